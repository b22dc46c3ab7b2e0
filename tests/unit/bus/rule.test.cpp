// SPDX-License-Identifier: Apache-2.0
// Tests of what a rule may be.
#include "evsrc/bus/rule.hpp"

#include <gtest/gtest.h>

namespace {

using evsrc::correlation_filter;
using evsrc::rule;

std::string refusal(rule const& what) {
  auto const checked = validate(what);
  return checked ? "" : to_string(checked.error());
}

TEST(rule, is_sound_as_the_default) {
  EXPECT_EQ(refusal({evsrc::default_rule_name}), "");
  EXPECT_EQ(refusal({"a.b-c_9", evsrc::false_filter{}}), "");
}

TEST(rule, has_a_name) {
  EXPECT_EQ(refusal({""}), "invalid_argument: name: empty");
  EXPECT_EQ(refusal({std::string(50, 'n')}), "");
  EXPECT_EQ(refusal({std::string(51, 'n')}), "limit_exceeded: name: 51 bytes, at most 50");
  EXPECT_EQ(refusal({"a/b"}),
            "invalid_argument: name: \"a/b\" holds other than letters, digits, '.', '-', '_' and "
            "'$'");
}

TEST(rule, names_the_part_that_is_wrong) {
  EXPECT_EQ(refusal({"r", evsrc::sql_rule_filter{"a ="}}),
            "invalid_argument: filter.expression: at 3: expected a value, found the end");
  EXPECT_EQ(refusal({"r", evsrc::true_filter{}, "DROP a"}),
            "invalid_argument: action: at 0: expected SET or REMOVE, found \"DROP\"");
}

TEST(rule, asks_for_what_a_message_can_be) {
  EXPECT_EQ(refusal({"r", correlation_filter{.subject = "s", .properties = {{"a", true}}}}), "");
  EXPECT_EQ(refusal({"r", correlation_filter{.message_id = std::string(129, 'm')}}),
            "limit_exceeded: filter.id: 129 bytes, at most 128");
  EXPECT_EQ(refusal({"r", correlation_filter{.properties = {{"a", true}, {"a", false}}}}),
            "invalid_argument: filter.properties[\"a\"]: a name stands once");
  EXPECT_EQ(refusal({"r", correlation_filter{.properties = {{"", true}}}}),
            "invalid_argument: filter.properties: a name is empty");
}

}  // namespace
