// SPDX-License-Identifier: Apache-2.0
// Tests that no text harms what reads rules: damaged ones, deep ones, noise.
#include <gtest/gtest.h>

#include <array>

#include "judging.hpp"

namespace {

constexpr std::array<char const*, 12> samples{
    "sys.Label LIKE '%bus%' OR user.tag IN ('queue', 'topic', 'subscription')",
    "NOT (a = 1 AND [b c] <> \"d\"\"e\") OR EXISTS(user.x) AND y IS NOT NULL",
    "quantity * 2 + -price / 3.5e1 % 0x1F >= 9223372036854775807 - 1",
    "p('a' + property('b')) = newid() OR 'it''s' NOT LIKE 'a!%_' ESCAPE '!'",
    "color NOT IN ('red', NULL, TRUE, 1.5, [a]]b])",
    "SET sys.Label = 'x' + quantity; REMOVE [a b]; SET n = (n + 1) * -2",
    "SET a = newid()\nREMOVE sys.To\nSET price = p('price') % 2",
    "((((((((((a = 1))))))))))",
    "TRUE AND FALSE OR NULL",
    "gr\xc3\xb6\xc3\x9f\x65 LIKE '_\xe2\x82\xac%'",
    "sys.SequenceNumber > 5 AND sys.EnqueuedTimeUtc = at",
    "- - - + - 9223372036854775808 < 0"};

constexpr std::array<char const*, 26> pieces{
    "(",  ")",    "'",       "\"", "[",        "]",      "NOT ",  " AND ", " OR ",
    "=",  "<",    ">",       "!",  "sys.",     ".",      " IN (", ",",     "0x",
    "1e", "SET ", "REMOVE ", ";",  " IS NULL", " LIKE ", "-",     "%"};

std::string damaged(judging::seeded& random) {
  std::string text = samples[random.below(samples.size())];
  for (auto left = 1 + random.below(4); left != 0; --left) {
    auto const at = random.below(text.size() + 1);
    switch (random.below(5)) {
      case 0: text.erase(at, 1 + random.below(6)); break;
      case 1: text.insert(at, pieces[random.below(pieces.size())]); break;
      case 2: text.insert(at, 1, static_cast<char>(random.below(256))); break;
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(random.below(256));
        break;
      default: {
        std::string const other = samples[random.below(samples.size())];
        text.insert(at, other.substr(random.below(other.size()), 1 + random.below(20)));
      }
    }
  }
  return text;
}

evsrc::message const sent{.subject = "bus",
                          .properties = {{"a", std::int64_t{1}},
                                         {"price", 2.5},
                                         {"quantity", std::int64_t{3}},
                                         {"color", std::string{"red"}}}};

TEST(sql_damage, is_read_or_refused_with_a_reason) {
  judging::seeded random{judging::chosen_seed()};
  std::size_t read = 0;
  constexpr std::size_t rounds = 20'000;
  for (std::size_t round = 0; round != rounds; ++round) {
    auto const text = damaged(random);
    for (auto const& one : {evsrc::rule{"r", evsrc::sql_rule_filter{text}},
                            evsrc::rule{"r", evsrc::true_filter{}, text}}) {
      auto const rules = judging::compile(one);
      if (rules) {
        ++read;
        (void)rules->select(sent, random);
      } else {
        ASSERT_FALSE(rules.error().message.empty()) << text;
        auto const first = validate(one);
        ASSERT_FALSE(first) << text;
      }
    }
  }
  // Neither all nor nothing, or the test would prove little.
  EXPECT_GT(read, rounds / 50);
  EXPECT_LT(read, rounds);
}

TEST(sql_damage, of_nothing_but_noise_is_refused) {
  judging::seeded random{judging::chosen_seed()};
  for (int round = 0; round != 2'000; ++round) {
    std::string text;
    for (auto left = random.below(60); left != 0; --left)
      text += random.is_one_in(3) ? std::string(1, static_cast<char>(random.below(256)))
                                  : std::string{pieces[random.below(pieces.size())]};
    (void)judging::judge(text, sent);
    (void)judging::changed_by(text, sent);
  }
}

TEST(sql_damage, by_depth_ends_at_the_limit) {
  for (auto const* piece : {"(", "NOT ", "-", "NOT (", "-(", "p(", "a IN (", "EXISTS(", "1 + (",
                            "a = 1 AND (", "a = 1 OR NOT (", "'", "[", "((((p(-("}) {
    std::string text;
    while (text.size() + std::string_view{piece}.size() <= evsrc::limits::rule_expression_bytes)
      text += piece;
    EXPECT_EQ(judging::judge(text, sent).find("refused: filter.expression: "), 0U) << piece;
    EXPECT_FALSE(validate(evsrc::rule{"r", evsrc::true_filter{}, "SET a = " + text})) << piece;
  }
}

}  // namespace
