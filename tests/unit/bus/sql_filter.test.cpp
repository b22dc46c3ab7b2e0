// SPDX-License-Identifier: Apache-2.0
// Tests of the SQL of filters: what each part of the grammar means.
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "judging.hpp"

namespace {

using judging::compute;
using judging::judge;

evsrc::message const order{.content_type = "application/json",
                           .id = {"m-1"},
                           .session_id = "s-1",
                           .partition_key = "s-1",
                           .correlation_id = "c-1",
                           .subject = "order.created",
                           .reply_to = "answers",
                           .to = "stock",
                           .properties = {{"quantity", std::int64_t{10}},
                                          {"price", 2.5},
                                          {"color", std::string{"blue"}},
                                          {"urgent", true},
                                          {"gift", false},
                                          {"nothing", std::monostate{}},
                                          {"at", evsrc::timestamp{std::chrono::seconds{1}}},
                                          {"later", evsrc::timestamp{std::chrono::seconds{2}}},
                                          {"id", evsrc::uuid{{1}}},
                                          {"raw", evsrc::bytes{std::byte{1}}},
                                          {"Property With Space", std::int64_t{1}},
                                          {"a]b", std::int64_t{2}},
                                          {"a\"b", std::int64_t{3}},
                                          {"select", std::int64_t{4}},
                                          {"and", std::int64_t{5}},
                                          {"sys", std::int64_t{6}},
                                          {"p", std::int64_t{7}},
                                          {"gr\xc3\xb6\xc3\x9f"
                                           "e",
                                           std::int64_t{8}}}};

struct judged {
  std::string sql;
  std::string is;
};

template <std::size_t N>
void expect_all(std::array<judged, N> const& table) {
  for (auto const& [sql, is] : table) EXPECT_EQ(judge(sql, order), is) << sql;
}

TEST(sql_comparison, compares_numbers) {
  expect_all<14>({{{"quantity = 10", "true"},
                   {"quantity <> 10", "false"},
                   {"quantity != 11", "true"},
                   {"quantity < 11", "true"},
                   {"quantity < 10", "false"},
                   {"quantity <= 10", "true"},
                   {"quantity > 9", "true"},
                   {"quantity >= 11", "false"},
                   {"quantity = 10.0", "true"},
                   {"price = 2.5", "true"},
                   {"price > 2", "true"},
                   {"price < 2.5E0", "false"},
                   {"10 = quantity", "true"},
                   {"9007199254740993 = 9007199254740992", "false"}}});
}

TEST(sql_comparison, compares_texts_by_their_bytes) {
  expect_all<8>({{{"color = 'blue'", "true"},
                  {"color = 'Blue'", "false"},
                  {"color <> 'red'", "true"},
                  {"color < 'c'", "true"},
                  {"color > 'Z'", "true"},
                  {"color >= 'blue'", "true"},
                  {"color <= 'blu'", "false"},
                  {"'it''s' = 'it''s'", "true"}}});
}

TEST(sql_comparison, compares_moments_and_for_equality_bools_ids_and_bytes) {
  expect_all<10>({{{"at < later", "true"},
                   {"at >= later", "false"},
                   {"at = at", "true"},
                   {"urgent = TRUE", "true"},
                   {"gift <> false", "false"},
                   {"urgent > gift", "unknown"},
                   {"id = id", "true"},
                   {"id < id", "unknown"},
                   {"raw = raw", "true"},
                   {"raw <= raw", "unknown"}}});
}

TEST(sql_comparison, of_types_that_do_not_compare_is_unknown) {
  expect_all<9>({{{"quantity = '10'", "unknown"},
                  {"quantity <> '10'", "unknown"},
                  {"color > 1", "unknown"},
                  {"urgent = 1", "unknown"},
                  {"urgent = 'true'", "unknown"},
                  {"at = '1970-01-01T00:00:01Z'", "unknown"},
                  {"id = '01000000-0000-0000-0000-000000000000'", "unknown"},
                  {"raw = 'x'", "unknown"},
                  {"price = TRUE", "unknown"}}});
}

TEST(sql_comparison, with_null_or_what_is_not_there_is_unknown) {
  expect_all<8>({{{"missing = 1", "unknown"},
                  {"missing <> 1", "unknown"},
                  {"missing = missing", "unknown"},
                  {"nothing = nothing", "unknown"},
                  {"NULL = NULL", "unknown"},
                  {"quantity > NULL", "unknown"},
                  {"sys.ReplyToSessionId = ''", "unknown"},
                  {"missing + 1 = 1", "unknown"}}});
}

TEST(sql_logic, has_three_values) {
  std::array<std::string, 3> const words{"1 = 1", "1 = 0", "1 = NULL"};
  std::array<std::string, 3> const names{"true", "false", "unknown"};
  std::array<std::array<int, 3>, 3> const both{{{0, 1, 2}, {1, 1, 1}, {2, 1, 2}}};
  std::array<std::array<int, 3>, 3> const either{{{0, 0, 0}, {0, 1, 2}, {0, 2, 2}}};
  for (std::size_t i = 0; i != 3; ++i)
    for (std::size_t j = 0; j != 3; ++j) {
      EXPECT_EQ(judge(words[i] + " AND " + words[j], order),
                names[static_cast<std::size_t>(both[i][j])]);
      EXPECT_EQ(judge(words[i] + " OR " + words[j], order),
                names[static_cast<std::size_t>(either[i][j])]);
    }
  EXPECT_EQ(judge("NOT 1 = 1", order), "false");
  EXPECT_EQ(judge("NOT 1 = 0", order), "true");
  EXPECT_EQ(judge("NOT 1 = NULL", order), "unknown");
}

TEST(sql_logic, takes_properties_that_hold_bools) {
  expect_all<9>({{{"urgent", "true"},
                  {"gift", "false"},
                  {"NOT gift", "true"},
                  {"urgent AND NOT gift", "true"},
                  {"color", "unknown"},
                  {"NOT NOT color", "unknown"},
                  {"missing OR urgent", "true"},
                  {"TRUE", "true"},
                  {"p('urgent')", "true"}}});
}

TEST(sql_logic, does_not_judge_what_is_decided) {
  expect_all<6>({{{"quantity = 0 AND 1 / 0 = 1", "false"},
                  {"quantity = 10 OR 1 / 0 = 1", "true"},
                  {"missing = 1 AND quantity = 0", "false"},
                  {"quantity = 0 AND 1 / 0 = 1 AND 1 / 0 = 1", "false"},
                  {"quantity = 10 OR 1 / 0 = 1 OR 1 / 0 = 1", "true"},
                  {"quantity = 0 AND 1 / 0 = 1 OR quantity = 10", "true"}}});
  EXPECT_EQ(judge("missing = 1 AND 1 / 0 = 1", order),
            "failed: rule \"r\", filter: an integer is divided by zero");
}

TEST(sql_precedence, binds_not_before_and_before_or) {
  expect_all<8>({{{"1 = 1 OR 1 = 1 AND 1 = 0", "true"},
                  {"(1 = 1 OR 1 = 1) AND 1 = 0", "false"},
                  {"1 = 0 AND 1 = 0 OR 1 = 1", "true"},
                  {"NOT 1 = 0 AND 1 = 0", "false"},
                  {"NOT (1 = 0 AND 1 = 0)", "true"},
                  {"NOT 1 = 1 OR 1 = 1", "true"},
                  {"NOT NOT 1 = 1", "true"},
                  {"NOT quantity IN (1, 2) AND urgent", "true"}}});
}

TEST(sql_precedence, binds_products_before_sums_before_comparisons) {
  expect_all<10>({{{"1 + 2 * 3 = 7", "true"},
                   {"(1 + 2) * 3 = 9", "true"},
                   {"10 - 4 - 3 = 3", "true"},
                   {"100 / 10 / 2 = 5", "true"},
                   {"100 / 10 * 2 = 20", "true"},
                   {"7 % 4 * 2 = 6", "true"},
                   {"-2 * 3 = -6", "true"},
                   {"2 * -3 = -6", "true"},
                   {"1 - -1 = 2", "true"},
                   {"quantity - 1 > quantity - 2", "true"}}});
}

TEST(sql_in, is_equal_to_one_of_them) {
  expect_all<9>({{{"color IN ('red', 'blue')", "true"},
                  {"color IN ('red')", "false"},
                  {"color NOT IN ('red', 'green')", "true"},
                  {"color NOT IN ('blue')", "false"},
                  {"quantity IN (1, 2 + 8)", "true"},
                  {"quantity IN (10.0)", "true"},
                  {"quantity + 1 IN (11)", "true"},
                  {"sys.To IN ('stock', 'bank')", "true"},
                  {"10 IN (quantity)", "true"}}});
}

TEST(sql_in, is_unknown_where_a_null_may_be_the_one) {
  expect_all<8>({{{"missing IN (1, 2)", "unknown"},
                  {"missing NOT IN (1, 2)", "unknown"},
                  {"quantity IN (1, NULL)", "unknown"},
                  {"quantity IN (10, NULL)", "true"},
                  {"quantity NOT IN (10, NULL)", "false"},
                  {"quantity NOT IN (1, NULL)", "unknown"},
                  {"quantity IN ('10')", "unknown"},
                  {"quantity IN ('10', 10)", "true"}}});
}

TEST(sql_like, matches_patterns) {
  expect_all<20>(
      {{{"color LIKE 'blue'", "true"},     {"color LIKE 'bl%'", "true"},
        {"color LIKE '%ue'", "true"},      {"color LIKE '%lu%'", "true"},
        {"color LIKE '%'", "true"},        {"color LIKE '%%%'", "true"},
        {"color LIKE ''", "false"},        {"'' LIKE ''", "true"},
        {"'' LIKE '%'", "true"},           {"'' LIKE '_'", "false"},
        {"color LIKE 'b_ue'", "true"},     {"color LIKE '____'", "true"},
        {"color LIKE '___'", "false"},     {"color LIKE '_____'", "false"},
        {"color LIKE '%_____'", "false"},  {"color LIKE 'B%'", "false"},
        {"color NOT LIKE 'r%'", "true"},   {"'aab' LIKE '%ab'", "true"},
        {"'abababc' LIKE '%abc'", "true"}, {"'mississippi' LIKE 'm%iss%ip%i'", "true"}}});
}

TEST(sql_like, takes_escaped_characters_as_themselves) {
  expect_all<9>({{{R"('ABC%' LIKE 'ABC\%' ESCAPE '\')", "true"},
                  {R"('ABCD' LIKE 'ABC\%' ESCAPE '\')", "false"},
                  {R"('a_b' LIKE 'a!_b' ESCAPE '!')", "true"},
                  {R"('axb' LIKE 'a!_b' ESCAPE '!')", "false"},
                  {R"('a!b' LIKE 'a!!b' ESCAPE '!')", "true"},
                  {R"('axb' LIKE 'a!xb' ESCAPE '!')", "true"},
                  {R"('100%' LIKE '%%' ESCAPE '%')", "false"},
                  {R"('%%' LIKE '%%%%' ESCAPE '%')", "true"},
                  {"'a\xc3\xa9%' LIKE 'a\xc3\xa9\xc3\xa9\xc3\xa9%' ESCAPE '\xc3\xa9'", "true"}}});
}

TEST(sql_like, counts_characters_of_utf8) {
  expect_all<6>({{{"'\xc3\xbc' LIKE '_'", "true"},
                  {"'\xe2\x82\xac' LIKE '_'", "true"},
                  {"'\xf0\x9f\x98\x80' LIKE '_'", "true"},
                  {"'\xc3\xbc' LIKE '__'", "false"},
                  {"'a\xc3\xbc' LIKE '%\xbc'", "false"},
                  {"'\x80\xc3' LIKE '__'", "true"}}});
}

TEST(sql_like, is_unknown_of_what_is_no_text) {
  expect_all<6>({{{"quantity LIKE '1%'", "unknown"},
                  {"color LIKE 1", "unknown"},
                  {"missing LIKE '%'", "unknown"},
                  {"missing NOT LIKE '%'", "unknown"},
                  {"color LIKE NULL", "unknown"},
                  {"color LIKE 'b%' ESCAPE NULL", "unknown"}}});
}

TEST(sql_like, fails_by_a_bad_escape) {
  EXPECT_EQ(judge("color LIKE 'b!' ESCAPE '!'", order),
            "failed: rule \"r\", filter: the pattern of LIKE ends with its escape");
  EXPECT_EQ(judge("color LIKE 'b' ESCAPE ''", order),
            "failed: rule \"r\", filter: the ESCAPE of LIKE is not one character");
  EXPECT_EQ(judge("color LIKE 'b' ESCAPE 'ab'", order),
            "failed: rule \"r\", filter: the ESCAPE of LIKE is not one character");
}

TEST(sql_like, is_bounded) {
  evsrc::message const large{
      .properties = {{"text", std::string(30'000, 'a')}, {"pattern", std::string(1'025, '_')}}};
  EXPECT_EQ(judge("text LIKE '%a%a%a%a%a%a%a%a%b'", large), "false");
  EXPECT_EQ(judge("text LIKE pattern", large),
            "failed: rule \"r\", filter: the pattern of LIKE has 1025 bytes, at most 1024");
}

TEST(sql_null, is_asked_for_by_is) {
  expect_all<9>({{{"missing IS NULL", "true"},
                  {"nothing IS NULL", "true"},
                  {"color IS NULL", "false"},
                  {"color IS NOT NULL", "true"},
                  {"nothing IS NOT NULL", "false"},
                  {"sys.ReplyToSessionId IS NULL", "true"},
                  {"sys.Label IS NOT NULL", "true"},
                  {"missing + 1 IS NULL", "true"},
                  {"NOT missing IS NULL", "false"}}});
}

TEST(sql_exists, asks_for_the_property_whatever_it_holds) {
  expect_all<8>({{{"EXISTS(color)", "true"},
                  {"EXISTS(nothing)", "true"},
                  {"EXISTS(missing)", "false"},
                  {"exists ( user.COLOR )", "true"},
                  {"NOT EXISTS(missing)", "true"},
                  {"EXISTS([Property With Space])", "true"},
                  {"EXISTS(sys.To)", "true"},
                  {"EXISTS(sys.ReplyToSessionId)", "false"}}});
}

TEST(sql_name, is_without_case) {
  expect_all<10>({{{"QUANTITY = 10", "true"},
                   {"User.Quantity = 10", "true"},
                   {"[QUANTITY] = 10", "true"},
                   {"\"Quantity\" = 10", "true"},
                   {"SYS.LABEL = 'order.created'", "true"},
                   {"sys.[label] = 'order.created'", "true"},
                   {"color like 'b%' Or 1 = 0", "true"},
                   {"not urgent aNd tRuE", "false"},
                   {"Color In ('blue')", "true"},
                   {"property('COLOR') = 'blue'", "true"}}});
}

TEST(sql_name, prefers_the_very_spelling) {
  evsrc::message const twins{
      .properties = {{"Color", std::string{"red"}}, {"color", std::string{"blue"}}}};
  EXPECT_EQ(judge("color = 'blue'", twins), "true");
  EXPECT_EQ(judge("Color = 'red'", twins), "true");
  EXPECT_EQ(judge("COLOR = 'red'", twins), "true");
}

TEST(sql_name, stands_in_marks_where_it_is_no_word) {
  expect_all<11>({{{"[Property With Space] = 1", "true"},
                   {"\"Property With Space\" = 1", "true"},
                   {"[a]]b] = 2", "true"},
                   {"\"a\"\"b\" = 3", "true"},
                   {"select = 4", "true"},
                   {"[and] = 5", "true"},
                   {"user.[and] = 5", "true"},
                   {"sys = 6", "true"},
                   {"p = 7", "true"},
                   {"p('p') = 7", "true"},
                   {"gr\xc3\xb6\xc3\x9f"
                    "e = 8",
                    "true"}}});
}

TEST(sql_system_property, reads_the_message) {
  expect_all<11>({{{"sys.MessageId = 'm-1'", "true"},
                   {"sys.Label = 'order.created'", "true"},
                   {"sys.Subject = 'order.created'", "true"},
                   {"sys.CorrelationId = 'c-1'", "true"},
                   {"sys.To = 'stock'", "true"},
                   {"sys.ReplyTo = 'answers'", "true"},
                   {"sys.SessionId = 's-1'", "true"},
                   {"sys.PartitionKey = 's-1'", "true"},
                   {"sys.ContentType LIKE '%json'", "true"},
                   {"sys.ReplyToSessionId = 'x'", "unknown"},
                   {"sys.ScheduledEnqueueTimeUtc IS NULL", "true"}}});
}

TEST(sql_system_property, reads_the_arrival_where_it_is_known) {
  evsrc::rule_set::arrival const known{7, evsrc::timestamp{std::chrono::seconds{1}}};
  EXPECT_EQ(judge("sys.SequenceNumber % 2 = 1", order, known), "true");
  EXPECT_EQ(judge("sys.EnqueuedTimeUtc = at", order, known), "true");
  EXPECT_EQ(judge("sys.EnqueuedTimeUtc < later", order, known), "true");
  EXPECT_EQ(judge("sys.SequenceNumber IS NULL AND sys.EnqueuedTimeUtc IS NULL", order), "true");
}

TEST(sql_function, names_a_property_by_a_text) {
  expect_all<5>({{{"property('quantity') = 10", "true"},
                  {"P('col' + 'or') = 'blue'", "true"},
                  {"property('missing') IS NULL", "true"},
                  {"property(1) IS NULL", "true"},
                  {"newid() = newid()", "false"}}});
}

TEST(sql_literal, is_typed) {
  EXPECT_EQ(compute("12"), "integer 12");
  EXPECT_EQ(compute("0x1F"), "integer 31");
  EXPECT_EQ(compute("0XfF"), "integer 255");
  EXPECT_EQ(compute("1.5"), "double 1.500000");
  EXPECT_EQ(compute("2.0"), "double 2.000000");
  EXPECT_EQ(compute("101.5E2"), "double 10150.000000");
  EXPECT_EQ(compute("5e-1"), "double 0.500000");
  EXPECT_EQ(compute("1E+2"), "double 100.000000");
  EXPECT_EQ(compute("TRUE"), "bool true");
  EXPECT_EQ(compute("false"), "bool false");
  EXPECT_EQ(compute("NULL"), "null");
  EXPECT_EQ(compute("''"), "text ");
  EXPECT_EQ(compute("'it''s; SET x = 1'"), "text it's; SET x = 1");
  EXPECT_EQ(compute("9223372036854775807"), "integer 9223372036854775807");
  EXPECT_EQ(compute("-9223372036854775808"), "integer -9223372036854775808");
  EXPECT_EQ(compute("+-9223372036854775808"), "integer -9223372036854775808");
  EXPECT_EQ(compute("- - 1"), "integer 1");
}

TEST(sql_arithmetic, follows_the_types) {
  EXPECT_EQ(compute("7 / 2"), "integer 3");
  EXPECT_EQ(compute("-7 / 2"), "integer -3");
  EXPECT_EQ(compute("-7 % 3"), "integer -1");
  EXPECT_EQ(compute("7 / 2.0"), "double 3.500000");
  EXPECT_EQ(compute("7.5 % 2"), "double 1.500000");
  EXPECT_EQ(compute("1 + 0.5"), "double 1.500000");
  EXPECT_EQ(compute("1.0 / 0"), "double inf");
  EXPECT_EQ(compute("quantity * price", order), "double 25.000000");
}

TEST(sql_arithmetic, joins_texts) {
  EXPECT_EQ(compute("'a' + 'b' + 'c'"), "text abc");
  EXPECT_EQ(compute("'n' + 1"), "text n1");
  EXPECT_EQ(compute("1 + 2 + 'n'"), "text 3n");
  EXPECT_EQ(compute("'x' + 1.5"), "text x1.5");
  EXPECT_EQ(compute("'is ' + TRUE"), "text is True");
  EXPECT_EQ(compute("'at ' + at", order), "text at 1970-01-01T00:00:01.000000Z");
  EXPECT_EQ(compute("'id ' + id", order), "text id 01000000-0000-0000-0000-000000000000");
  EXPECT_EQ(compute("'a' + missing"), "null");
  EXPECT_EQ(compute("'a' + raw", order), "null");
}

TEST(sql_arithmetic, is_unknown_of_types_that_have_none) {
  EXPECT_EQ(compute("'a' * 2"), "null");
  EXPECT_EQ(compute("'a' - 'b'"), "null");
  EXPECT_EQ(compute("TRUE + 1"), "null");
  EXPECT_EQ(compute("-'a'"), "null");
  EXPECT_EQ(compute("+'a'"), "null");
  EXPECT_EQ(compute("-missing"), "null");
  EXPECT_EQ(compute("NULL * 1"), "null");
  EXPECT_EQ(compute("later - at", order), "null");
}

TEST(sql_arithmetic, fails_where_integers_have_no_result) {
  std::string const beyond = "failed: rule \"r\", action: an integer leaves 64 bits";
  std::string const by_zero = "failed: rule \"r\", action: an integer is divided by zero";
  EXPECT_EQ(compute("9223372036854775807 + 1"), beyond);
  EXPECT_EQ(compute("-9223372036854775808 - 1"), beyond);
  EXPECT_EQ(compute("-9223372036854775807 + -2"), beyond);
  EXPECT_EQ(compute("9223372036854775807 - -1"), beyond);
  EXPECT_EQ(compute("-(-9223372036854775808)"), beyond);
  EXPECT_EQ(compute("4611686018427387904 * 2"), beyond);
  EXPECT_EQ(compute("-4611686018427387905 * 2"), beyond);
  EXPECT_EQ(compute("2 * -4611686018427387905"), beyond);
  EXPECT_EQ(compute("-9223372036854775808 * -1"), beyond);
  EXPECT_EQ(compute("-9223372036854775808 / -1"), beyond);
  EXPECT_EQ(compute("-9223372036854775808 % -1"), beyond);
  EXPECT_EQ(compute("1 / 0"), by_zero);
  EXPECT_EQ(compute("1 % 0"), by_zero);
  EXPECT_EQ(compute("-4611686018427387904 * 2"), "integer -9223372036854775808");
  EXPECT_EQ(compute("0 * -9223372036854775808"), "integer 0");
}

TEST(sql_arithmetic, bounds_texts) {
  evsrc::message const large{.properties = {{"t", std::string(20'000, 'x')}}};
  EXPECT_EQ(compute("t + t", large), "failed: rule \"r\", action: a text grows beyond 32768 bytes");
}

TEST(sql_error, names_the_place_and_what_was_expected) {
  std::array<judged, 32> const table{{
      {"", "at 0: expected a value, found the end"},
      {"   ", "at 3: expected a value, found the end"},
      {"a =", "at 3: expected a value, found the end"},
      {"a = = 1", "at 4: expected a value, found \"=\""},
      {"a = 1 b = 2", "at 6: expected AND, OR, an operator or the end, found \"b\""},
      {"a = b = c", "at 6: expected AND, OR, an operator or the end, found \"=\""},
      {"(a = 1", "at 6: expected ')', found the end"},
      {"a = 1)", "at 5: expected AND, OR, an operator or the end, found \")\""},
      {"a IN ()", "at 6: expected a value, found \")\""},
      {"a IN (1, )", "at 9: expected a value, found \")\""},
      {"a IN (1 2)", "at 8: expected ',' or ')', found \"2\""},
      {"a IN 1", "at 5: expected '(', found \"1\""},
      {"a NOT 1", "at 6: expected IN or LIKE, found \"1\""},
      {"a IS 1", "at 5: expected NULL, found \"1\""},
      {"a LIKE", "at 6: expected a value, found the end"},
      {"AND a = 1",
       "at 0: expected a value; as a property's name it goes in brackets, found "
       "\"AND\""},
      {"a = 1 AND", "at 9: expected a value, found the end"},
      {"EXISTS(1)", "at 7: expected a property's name, found \"1\""},
      {"EXISTS a", "at 7: expected '(', found \"a\""},
      {"foo(1) = 1", "at 0: expected newid(), property(name) or p(name), found \"foo\""},
      {"newid(1) = 1", "at 6: expected ')', found \"1\""},
      {"foo.bar = 1", "at 0: expected sys. or user., found \"foo\""},
      {"user.or = 1",
       "at 5: expected a property's name; reserved words go in brackets, found \"or\""},
      {"1", "at 0: expected a condition, found a value"},
      {"a + 1 AND b = 1", "at 0: expected a condition, found a value"},
      {"NOT 'x'", "at 4: expected a condition, found a value"},
      {"(a = 1) = (b = 1)", "at 0: expected a value, found a condition"},
      {"1 + (a = 1) > 2", "at 4: expected a value, found a condition"},
      {"a = 'x", "at 4: a text begins here and has no end: expected '"},
      {"[x = 1", "at 0: a name begins here and has no end: expected ]"},
      {"[] = 1", "at 0: expected a name, found none"},
      {"a = @p", "at 4: parameters are not supported: write the value"},
  }};
  for (auto const& [sql, is] : table)
    EXPECT_EQ(judge(sql, order), "refused: filter.expression: " + is) << sql;
}

TEST(sql_error, names_what_is_wrong_with_a_number) {
  std::array<judged, 9> const table{{
      {"a = 9223372036854775808", "at 4: the number is beyond 64 bits"},
      {"a = -9223372036854775809", "at 5: the number is beyond 64 bits"},
      {"a = 99999999999999999999", "at 4: the number is beyond 64 bits"},
      {"a = 0xFFFFFFFFFFFFFFFF", "at 4: the number is beyond 64 bits"},
      {"a = 0x", "at 6: expected hexadecimal digits"},
      {"a = 1.", "at 6: expected digits behind the point"},
      {"a = 1e", "at 6: expected digits of an exponent"},
      {"a = 1e999", "at 4: the number is beyond what a double holds"},
      {"1a = 1",
       "at 1: expected the end of a number; names that begin with a digit go in brackets"},
  }};
  for (auto const& [sql, is] : table)
    EXPECT_EQ(judge(sql, order), "refused: filter.expression: " + is) << sql;
}

TEST(sql_error, lists_the_system_properties) {
  EXPECT_EQ(judge("sys.Colour = 1", order)
                .find("refused: filter.expression: at 4: expected one of "
                      "ContentType, CorrelationId, EnqueuedTimeUtc, Label"),
            0U);
}

TEST(sql_limit, bounds_the_expression) {
  std::string sql = "a = '" + std::string(evsrc::limits::rule_expression_bytes - 6, 'x') + "'";
  ASSERT_EQ(sql.size(), evsrc::limits::rule_expression_bytes);
  EXPECT_TRUE(validate(evsrc::rule{"r", evsrc::sql_rule_filter{sql}}));
  auto const longer = validate(evsrc::rule{"r", evsrc::sql_rule_filter{sql + " "}});
  ASSERT_FALSE(longer);
  EXPECT_EQ(to_string(longer.error()),
            "limit_exceeded: filter.expression: 1025 bytes, at most 1024");
}

TEST(sql_limit, bounds_brackets_within_brackets) {
  auto const nested = [](std::size_t depth) {
    return evsrc::rule{
        "r", evsrc::sql_rule_filter{std::string(depth, '(') + "a = 1" + std::string(depth, ')')}};
  };
  EXPECT_TRUE(validate(nested(64)));
  auto const deeper = validate(nested(65));
  ASSERT_FALSE(deeper);
  EXPECT_EQ(to_string(deeper.error()),
            "limit_exceeded: filter.expression: at 64: brackets within brackets deeper than 64");
  std::string chain;
  for (int i = 0; i != 65; ++i) chain += "p(";
  chain += "'a'" + std::string(65, ')') + " = 1";
  EXPECT_FALSE(validate(evsrc::rule{"r", evsrc::sql_rule_filter{chain}}));
}

TEST(sql_limit, takes_long_chains_without_recursion) {
  std::string nots;
  for (int i = 0; i != 200; ++i) nots += "NOT ";
  EXPECT_EQ(judge(nots + "1 = 1", order), "true");
  EXPECT_EQ(judge("1 = " + std::string(1'000, '-') + "1", order), "true");
  std::string sums = "250 = 1";
  for (int i = 0; i != 249; ++i) sums += "+ 1";
  EXPECT_EQ(judge(sums, order), "true");
}

}  // namespace
