// SPDX-License-Identifier: Apache-2.0
// Tests of names on the wire.
#include "names_way.hpp"
//
#include "evsrc/codec/wire_fields.hpp"

#include <gtest/gtest.h>

#include "golden_types.hpp"
#include "json_text.hpp"

namespace {

template <class T>
std::vector<std::string> names_of() {
  std::vector<std::string> names;
  for (auto const& one : evsrc::detail::wire_names<T>::texts) names.emplace_back(one.view());
  return names;
}

std::string camel(std::string_view name) {
  return std::string(evsrc::detail::to_camel_case<64>(name).view());
}

TEST(wire_fields, rename_one_by_one_and_put_the_rest_in_camel_case) {
  EXPECT_EQ(names_of<golden::renamed>(),
            (std::vector<std::string>{"class", "orderId", "_private"}));
}

TEST(wire_fields, are_the_names_in_json) {
  golden::renamed const value{"gold", 7, 1};
  EXPECT_EQ(encoded(value), R"({"class":"gold","orderId":7,"_private":1})");
  EXPECT_EQ(*decoded<golden::renamed>(encoded(value)), value);
  EXPECT_EQ(refusal<golden::renamed>(R"({"class_":"gold","orderId":7})"),
            "class: is missing at byte 28");
}

TEST(wire_fields, camel_case_keeps_what_is_no_word) {
  EXPECT_EQ(camel("order_id"), "orderId");
  EXPECT_EQ(camel("_leading"), "_leading");
  EXPECT_EQ(camel("trailing_"), "trailing_");
  EXPECT_EQ(camel("two__in_a_row"), "two_inARow");
  EXPECT_EQ(camel("line_2"), "line2");
  EXPECT_EQ(camel("URL_of"), "URLOf");
}

TEST(enum_names, rename_or_list_the_values) {
  golden::graded const value{golden::level::new_, golden::second};
  EXPECT_EQ(encoded(value), R"({"severity":"new","kind":"2nd"})");
  EXPECT_EQ(*decoded<golden::graded>(encoded(value)), value);
  EXPECT_EQ(encoded(golden::graded{}), R"({"severity":"LOW","kind":"1st"})");
}

TEST(enum_names, are_the_only_texts_that_are_read) {
  EXPECT_EQ(refusal<golden::graded>(R"({"severity":"low","kind":"1st"})"),
            "severity: 'low' is not one of its values at byte 12");
  EXPECT_EQ(refusal<golden::graded>(R"({"severity":1,"kind":"1st"})"),
            "severity: expected a string at byte 12");
}

TEST(enum_names, refuse_to_write_a_value_without_name) {
  EXPECT_EQ(encoded(golden::graded{static_cast<golden::level>(9), golden::first}),
            "severity: is a value of an enum without a name, 9");
}

TEST(wire_names, may_be_any_plain_utf8) {
  using evsrc::detail::is_plain_text;
  static_assert(is_plain_text("größe"));
  static_assert(is_plain_text("with space"));
  static_assert(!is_plain_text("\"quoted\""));
  static_assert(!is_plain_text("back\\slash"));
  static_assert(!is_plain_text("tab\t"));
  static_assert(!is_plain_text("\xC3"));
  static_assert(!is_plain_text("\xC0\x80"));
  static_assert(!is_plain_text("\xED\xA0\x80"));
}

TEST(reserved_words, are_those_with_an_underscore_behind) {
  using evsrc::detail::is_reserved_word;
  static_assert(is_reserved_word("class_"));
  static_assert(is_reserved_word("requires_"));
  static_assert(!is_reserved_word("class"));
  static_assert(!is_reserved_word("price_"));
}

}  // namespace
