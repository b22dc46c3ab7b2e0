// SPDX-License-Identifier: Apache-2.0
// Tests of how the rules of a subscription judge together.
#include "evsrc/bus/rule_set.hpp"

#include <gtest/gtest.h>

#include <array>

#include "judging.hpp"

namespace {

using evsrc::correlation_filter;
using evsrc::message;
using evsrc::rule;
using evsrc::rule_set;
using evsrc::sql_rule_filter;

rule_set::selection select(std::vector<rule> const& rules, message const& sent) {
  judging::seeded random{1};
  auto const compiled = rule_set::compile(rules);
  EXPECT_TRUE(compiled) << to_string(compiled.error());
  return compiled ? compiled->select(sent, random) : rule_set::selection{};
}

bool takes(correlation_filter const& filter, message const& sent) {
  return select({{"r", filter}}, sent).unchanged;
}

TEST(rule_set, without_rules_takes_nothing) {
  auto const none = select({}, {});
  EXPECT_FALSE(none.unchanged || none.failed || !none.changed.empty());
  judging::seeded random{1};
  EXPECT_FALSE(rule_set{}.select({}, random).unchanged);
}

TEST(rule_set, takes_all_or_nothing_by_boolean_filters) {
  EXPECT_TRUE(select({{evsrc::default_rule_name}}, {}).unchanged);
  EXPECT_FALSE(select({{"r", evsrc::false_filter{}}}, {}).unchanged);
}

TEST(rule_set, does_not_take_what_is_unknown) {
  EXPECT_FALSE(select({{"r", sql_rule_filter{"a = 1"}}}, {}).unchanged);
  EXPECT_FALSE(select({{"r", sql_rule_filter{"NOT a = 1"}}}, {}).unchanged);
}

TEST(rule_set, makes_one_copy_of_all_matches_without_action) {
  auto const some = select({{"a"}, {"b"}, {"c", evsrc::false_filter{}}}, {});
  EXPECT_TRUE(some.unchanged);
  EXPECT_TRUE(some.changed.empty());
}

/// The case of Microsoft's "Topic filters and actions": five match, two have an action.
TEST(rule_set, makes_a_copy_for_each_match_with_an_action) {
  message const sent{.body = "b", .properties = {{"n", std::int64_t{1}}}};
  auto const some = select({{"one"},
                            {"two"},
                            {"three"},
                            {"four", evsrc::true_filter{}, "SET n = n + 1"},
                            {"five", sql_rule_filter{"n = 1"}, "REMOVE n"},
                            {"six", sql_rule_filter{"n = 2"}, "REMOVE n"}},
                           sent);
  EXPECT_TRUE(some.unchanged);
  ASSERT_EQ(some.changed.size(), 2U);
  evsrc::property_list const first{{"n", std::int64_t{2}}, {"RuleName", std::string{"four"}}};
  EXPECT_EQ(some.changed[0].properties, first);
  evsrc::property_list const second{{"RuleName", std::string{"five"}}};
  EXPECT_EQ(some.changed[1].properties, second);
  EXPECT_EQ(some.changed[0].body, "b");
}

TEST(rule_set, says_what_failed_and_keeps_what_did_not) {
  message const sent{.properties = {{"n", std::int64_t{0}}}};
  auto const some = select({{"bad", sql_rule_filter{"1 / n = 1"}},
                            {"worse", evsrc::true_filter{}, "SET n = 1 % n"},
                            {"good", evsrc::true_filter{}, "SET n = 3"},
                            {"plain"}},
                           sent);
  EXPECT_TRUE(some.unchanged);
  EXPECT_EQ(some.changed.size(), 1U);
  ASSERT_TRUE(some.failed);
  EXPECT_EQ(to_string(*some.failed),
            "invalid_argument: rule \"bad\", filter: an integer is divided by zero");
}

TEST(rule_set, refuses_two_rules_of_one_name) {
  auto const twins = rule_set::compile(std::array<rule, 2>{rule{"Same"}, rule{"same"}});
  ASSERT_FALSE(twins);
  EXPECT_EQ(twins.error().code, evsrc::errc::already_exists);
  EXPECT_EQ(twins.error().message, "rules: two are called \"same\"");
}

TEST(rule_set, names_the_rule_that_it_refuses) {
  auto const bad =
      rule_set::compile(std::array<rule, 2>{rule{"a"}, rule{"b", sql_rule_filter{"("}}});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message,
            "rules[1].filter.expression: at 1: expected a value, found the end");
}

TEST(rule_set, is_bounded) {
  std::vector<rule> many;
  for (std::size_t i = 0; i != evsrc::limits::rules_per_subscription + 1; ++i)
    many.push_back({"r" + std::to_string(i)});
  auto const refused = rule_set::compile(many);
  ASSERT_FALSE(refused);
  EXPECT_EQ(to_string(refused.error()), "limit_exceeded: rules: 2001, at most 2000");
  many.pop_back();
  EXPECT_TRUE(rule_set::compile(many));
}

TEST(correlation_filter, matches_each_field_byte_by_byte) {
  message const sent{.content_type = "ct",
                     .id = {"id"},
                     .session_id = "ses",
                     .correlation_id = "cor",
                     .subject = "sub",
                     .reply_to = "rep",
                     .reply_to_session_id = "rts",
                     .to = "to"};
  correlation_filter const all{.message_id = "id",
                               .correlation_id = "cor",
                               .subject = "sub",
                               .to = "to",
                               .reply_to = "rep",
                               .session_id = "ses",
                               .reply_to_session_id = "rts",
                               .content_type = "ct"};
  EXPECT_TRUE(takes(all, sent));
  std::array<std::optional<std::string> correlation_filter::*, 8> const fields{
      &correlation_filter::message_id,   &correlation_filter::correlation_id,
      &correlation_filter::subject,      &correlation_filter::to,
      &correlation_filter::reply_to,     &correlation_filter::session_id,
      &correlation_filter::content_type, &correlation_filter::reply_to_session_id};
  for (auto const field : fields) {
    auto other = all;
    *(other.*field) += "x";
    EXPECT_FALSE(takes(other, sent));
    other.*field = std::string{};
    EXPECT_FALSE(takes(other, sent));
    other.*field = std::nullopt;
    EXPECT_TRUE(takes(other, sent));
  }
  EXPECT_FALSE(takes({.subject = "SUB"}, sent));
}

TEST(correlation_filter, matches_properties_by_name_type_and_value) {
  message const sent{.properties = {{"n", std::int64_t{1}}, {"t", std::string{"x"}}, {"u", true}}};
  EXPECT_TRUE(takes({.properties = {{"n", std::int64_t{1}}}}, sent));
  EXPECT_TRUE(takes({.properties = {{"u", true}, {"n", std::int64_t{1}}}}, sent));
  EXPECT_FALSE(takes({.properties = {{"n", 1.0}}}, sent));
  EXPECT_FALSE(takes({.properties = {{"n", std::string{"1"}}}}, sent));
  EXPECT_FALSE(takes({.properties = {{"N", std::int64_t{1}}}}, sent));
  EXPECT_FALSE(takes({.properties = {{"t", std::string{"X"}}}}, sent));
  EXPECT_FALSE(takes({.properties = {{"u", true}, {"n", std::int64_t{2}}}}, sent));
  EXPECT_FALSE(takes({.properties = {{"missing", std::monostate{}}}}, sent));
}

TEST(correlation_filter, takes_all_where_it_asks_for_nothing) { EXPECT_TRUE(takes({}, {})); }

TEST(correlation_filter, goes_with_an_action) {
  auto const made =
      select({{"r", correlation_filter{.subject = "s"}, "SET a = 1"}}, {.subject = "s"});
  EXPECT_FALSE(made.unchanged);
  EXPECT_EQ(made.changed.size(), 1U);
}

}  // namespace
