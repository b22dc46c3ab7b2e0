// SPDX-License-Identifier: Apache-2.0
// Tests of the SQL of actions: what they change, and what they cannot.
#include <gtest/gtest.h>

#include <array>
#include <utility>

#include "evsrc/bus/message_limits.hpp"
#include "judging.hpp"

namespace {

using judging::changed_by;
using judging::text_of;

evsrc::message const sent{
    .body = "b",
    .id = {"m-1"},
    .subject = "s",
    .properties = {{"Quantity", std::int64_t{10}}, {"price", 2.5}, {"color", std::string{"blue"}}}};

std::string property_after(std::string const& action, std::string_view name) {
  auto const changed = changed_by(action, sent);
  auto const* const value = find_property(changed.properties, name);
  return value == nullptr ? "nothing" : text_of(*value);
}

std::string failure_of(std::string const& action, evsrc::message const& of = sent) {
  std::string failure;
  (void)changed_by(action, of, &failure);
  return failure;
}

std::string refusal(std::string const& action) {
  auto const checked = validate(evsrc::rule{"r", evsrc::true_filter{}, action});
  return checked ? "" : to_string(checked.error());
}

TEST(sql_action, sets_new_properties_and_existing_ones_without_case) {
  EXPECT_EQ(property_after("SET size = 'xl'", "size"), "text xl");
  EXPECT_EQ(property_after("set [New One] = 1", "New One"), "integer 1");
  EXPECT_EQ(property_after("SET quantity = quantity / 2", "Quantity"), "integer 5");
  EXPECT_EQ(property_after("SET quantity = quantity / 2", "quantity"), "nothing");
  EXPECT_EQ(property_after("SET user.color = 'red';", "color"), "text red");
}

TEST(sql_action, keeps_what_it_does_not_name) {
  auto const changed = changed_by("SET color = 'red'", sent);
  auto expected = sent;
  set_property(expected.properties, "color", std::string{"red"});
  set_property(expected.properties, "RuleName", std::string{"r"});
  EXPECT_EQ(changed, expected);
}

TEST(sql_action, makes_integers_doubles_where_a_double_was) {
  EXPECT_EQ(property_after("SET price = 3", "price"), "double 3.000000");
  EXPECT_EQ(property_after("SET quantity = 1.5", "Quantity"), "double 1.500000");
  EXPECT_EQ(property_after("SET price = 'free'", "price"), "text free");
}

TEST(sql_action, sets_null_where_the_value_is_unknown) {
  EXPECT_EQ(property_after("SET color = missing", "color"), "null");
  EXPECT_EQ(property_after("SET x = missing + 1", "x"), "null");
}

TEST(sql_action, removes_properties_without_case) {
  EXPECT_EQ(property_after("REMOVE quantity", "Quantity"), "nothing");
  EXPECT_EQ(property_after("remove user.[QUANTITY]", "Quantity"), "nothing");
  EXPECT_EQ(property_after("REMOVE missing", "color"), "text blue");
}

TEST(sql_action, runs_one_statement_after_the_other) {
  for (auto const* text :
       {"SET a = 1; SET a = a + 1; REMOVE color", "SET a = 1;SET a = a+1;;REMOVE color;",
        "SET a = 1\nSET a = a + 1\nREMOVE color\n", "SET a = 1 SET a = a + 1 REMOVE color",
        "SET a = 1 ;\r\n SET a = a\n + 1 ;\n REMOVE color ; "}) {
    EXPECT_EQ(refusal(text), "") << text;
    EXPECT_EQ(property_after(text, "a"), "integer 2") << text;
    EXPECT_EQ(property_after(text, "color"), "nothing") << text;
  }
}

TEST(sql_action, sets_system_properties) {
  auto const changed = changed_by(
      "SET sys.MessageId = 'i'; SET sys.Label = 'l'; SET sys.CorrelationId = 'c'; SET sys.To = 't';"
      "SET sys.ReplyTo = 'r'; SET sys.SessionId = 's'; SET sys.ReplyToSessionId = 'rs';"
      "SET SYS.CONTENTTYPE = 'ct'; SET sys.PartitionKey = 's'",
      sent);
  evsrc::message const expected{.body = "b",
                                .content_type = "ct",
                                .id = {"i"},
                                .session_id = "s",
                                .partition_key = "s",
                                .correlation_id = "c",
                                .subject = "l",
                                .reply_to = "r",
                                .reply_to_session_id = "rs",
                                .to = "t",
                                .properties = changed.properties};
  EXPECT_EQ(changed, expected);
  EXPECT_EQ(changed_by("SET sys.Subject = 'x'", sent).subject, "x");
}

TEST(sql_action, writes_other_types_as_text_into_system_properties) {
  EXPECT_EQ(changed_by("SET sys.To = quantity", sent).to, "10");
  EXPECT_EQ(changed_by("SET sys.To = price", sent).to, "2.5");
  EXPECT_EQ(changed_by("SET sys.CorrelationId = newid()", sent).correlation_id.size(), 36U);
  EXPECT_EQ(changed_by("SET sys.To = 'x' + quantity", sent).to, "x10");
}

TEST(sql_action, clears_system_properties) {
  EXPECT_EQ(changed_by("SET sys.Label = NULL", sent).subject, "");
  EXPECT_EQ(changed_by("REMOVE sys.Label", sent).subject, "");
  EXPECT_EQ(changed_by("REMOVE sys.Label", sent).body, "b");
}

TEST(sql_action, makes_ids_that_differ_and_that_a_seed_repeats) {
  auto const first = changed_by("SET a = newid(); SET b = newid()", sent);
  auto const* const a = find_property(first.properties, "a");
  auto const* const b = find_property(first.properties, "b");
  ASSERT_TRUE(a != nullptr && b != nullptr);
  EXPECT_NE(*a, *b);
  auto const& id = std::get<evsrc::uuid>(*a);
  EXPECT_EQ(id.octets[6] >> 4U, 4);
  EXPECT_EQ(id.octets[8] >> 6U, 2);
  EXPECT_EQ(changed_by("SET a = newid(); SET b = newid()", sent), first);
}

TEST(sql_action, fails_where_a_value_has_no_result) {
  EXPECT_EQ(failure_of("SET a = 1 / (quantity - 10)"),
            "rule \"r\", action: an integer is divided by zero");
  EXPECT_EQ(failure_of("SET sys.To = raw", {.properties = {{"raw", evsrc::bytes{}}}}),
            "rule \"r\", action: bytes cannot become a text");
}

TEST(sql_action, fails_where_no_such_message_could_be_sent) {
  EXPECT_EQ(failure_of("SET sys.SessionId = 's'", {.partition_key = "p"}),
            "rule \"r\", action: partition_key: must equal session_id where both are set");
  EXPECT_EQ(
      failure_of("SET sys.MessageId = color", {.properties = {{"color", std::string(129, 'x')}}}),
      "rule \"r\", action: id: 129 bytes, at most 128");
}

TEST(sql_action, makes_headers_that_are_too_large_for_its_subscription_to_bury) {
  evsrc::message const large{.properties = {{"t", std::string(30'000, 'x')}}};
  EXPECT_EQ(failure_of("SET a = t; SET b = t", large), "");
  EXPECT_GT(header_bytes(changed_by("SET a = t; SET b = t", large)), 65'536U);
}

TEST(sql_action, is_refused_with_place_and_what_was_expected) {
  std::array<std::pair<char const*, char const*>, 14> const table{{
      {" ", "at 1: expected SET or REMOVE, found the end"},
      {";", "at 0: expected SET or REMOVE, found \";\""},
      {"a = 1", "at 0: expected SET or REMOVE, found \"a\""},
      {"SET a", "at 5: expected '=', found the end"},
      {"SET a =", "at 7: expected a value, found the end"},
      {"SET a = 1, b = 2", "at 9: expected SET or REMOVE, found \",\""},
      {"SET a = b = c", "at 10: expected SET or REMOVE, found \"=\""},
      {"SET a = (b = c)", "at 8: expected a value, found a condition"},
      {"SET a = EXISTS(b)", "at 8: expected a value, found a condition"},
      {"SET 1 = 2", "at 4: expected a property's name, found \"1\""},
      {"REMOVE", "at 6: expected a property's name, found the end"},
      {"REMOVE a = 1", "at 9: expected SET or REMOVE, found \"=\""},
      {"SET sys.SequenceNumber = 1", "at 4: this system property cannot be changed"},
      {"REMOVE sys.ScheduledEnqueueTimeUtc", "at 7: this system property cannot be changed"},
  }};
  for (auto const& [text, is] : table)
    EXPECT_EQ(refusal(text), std::string{"invalid_argument: action: "} + is) << text;
}

TEST(sql_action, is_bounded) {
  std::string most;
  for (int i = 0; i != 32; ++i) most += "SET a = 1;";
  EXPECT_EQ(refusal(most), "");
  EXPECT_EQ(refusal(most + "REMOVE a"),
            "limit_exceeded: action: at 320: at most 32 statements, found \"REMOVE\"");
  EXPECT_EQ(refusal("SET a = '" + std::string(1'100, 'x') + "'"),
            "limit_exceeded: action: 1110 bytes, at most 1024");
}

}  // namespace
