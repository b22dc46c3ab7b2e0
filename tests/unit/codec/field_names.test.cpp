// SPDX-License-Identifier: Apache-2.0
// Tests of reflected names, both ways of finding them.
#include "names_way.hpp"
//
#include "evsrc/codec/field_names.hpp"

#include <gtest/gtest.h>

#include "golden_types.hpp"

namespace {

using evsrc::field_names;

enum class far : std::int16_t { lowest = -128, zero = 0, highest = 127, beyond = 128 };
enum class only_some : std::uint8_t { a = 0, c = 2, c_again = 2 };
enum plain : int { plain_one = 1 };
enum class none : int {};

namespace nested::deeper {
enum class colour { red };
template <class T>
struct with_enum {
  enum class kind { first_kind };
};
}  // namespace nested::deeper

struct hidden {
  int in_an_unnamed_namespace = 0;
  static constexpr std::array cpp_names{std::string_view("in_an_unnamed_namespace")};
};

template <class T>
bool names_are_as_listed() {
  return field_names<T> == T::cpp_names;
}

TEST(field_names, are_those_of_the_declaration) {
  EXPECT_TRUE(names_are_as_listed<golden::everything>());
  EXPECT_TRUE(names_are_as_listed<golden::item>());
  EXPECT_TRUE(names_are_as_listed<golden::transfer>());
  EXPECT_TRUE(names_are_as_listed<golden::renamed>());
  EXPECT_TRUE(names_are_as_listed<golden::tree>());
  EXPECT_TRUE(names_are_as_listed<golden::empty>());
  EXPECT_TRUE(names_are_as_listed<golden::long_names>());
  EXPECT_TRUE(names_are_as_listed<hidden>());
}

TEST(field_names, of_templates_do_not_mind_brackets_in_the_arguments) {
  EXPECT_TRUE((names_are_as_listed<golden::box<std::map<int, std::vector<golden::box<int>>>>>()));
}

TEST(field_names, of_a_struct_within_a_function_are_found) {
#ifndef EVSRC_TEST_OTHER_NAMES
  struct local {
    int inside = 0;
    std::string also_inside{};
  };
  EXPECT_EQ(field_names<local>, (std::array<std::string_view, 2>{"inside", "also_inside"}));
#endif
}

TEST(field_names, are_constant_expressions) {
  static_assert(field_names<golden::card>[0] == "number");
}

TEST(enumerators, are_found_from_minus_128_to_127) {
  auto const& found = evsrc::enumerators<far>;
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].name, "lowest");
  EXPECT_EQ(found[0].value, far::lowest);
  EXPECT_EQ(found[1].name, "zero");
  EXPECT_EQ(found[2].name, "highest");
}

TEST(enumerators, of_one_value_have_one_name) {
  auto const& found = evsrc::enumerators<only_some>;
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "a");
  EXPECT_EQ(found[1].value, only_some::c);
  EXPECT_EQ(found[1].name, "c");
}

TEST(enumerators, are_found_in_any_scope) {
  EXPECT_EQ(evsrc::enumerators<plain>[0].name, "plain_one");
  EXPECT_EQ(evsrc::enumerators<nested::deeper::colour>[0].name, "red");
  // Clang knows the values of an enum in a template from when one of them was named.
  using kind = nested::deeper::with_enum<int>::kind;
  static_assert(kind::first_kind == kind{0});
  EXPECT_EQ(evsrc::enumerators<kind>[0].name, "first_kind");
  EXPECT_TRUE(evsrc::enumerators<none>.empty());
}

}  // namespace
