// SPDX-License-Identifier: Apache-2.0
// Damaged documents are accepted and refused as nlohmann, which is strict, does.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "golden_types.hpp"
#include "json_text.hpp"

namespace {

using evsrc::json_value;
using golden::everything;

/// The documented differences: what nlohmann takes and this codec does not.
bool differs_on_purpose(std::string const& text) {
  // nlohmann passes a byte order mark over and takes NUL as the end of the text.
  return text.starts_with('\xEF') || text.find('\0') != std::string::npos;
}

/// True for what nlohmann reads, unless a key stands twice or brackets nest beyond the limit.
bool should_be_read(std::string const& text) {
  std::vector<std::set<std::string>> open;
  bool allowed = true;
  using event = nlohmann::json::parse_event_t;
  auto const look = [&](int, event what, nlohmann::json& parsed) {
    if (what == event::object_start || what == event::array_start) {
      open.emplace_back();
      allowed = allowed && open.size() <= evsrc::limits::json_depth;
    } else if (what == event::object_end || what == event::array_end) {
      open.pop_back();
    } else if (what == event::key) {
      allowed = open.back().insert(parsed.get<std::string>()).second && allowed;
    }
    return true;
  };
  auto const tree = nlohmann::json::parse(text, look, false);
  return !tree.is_discarded() && allowed;
}

std::vector<std::string> const seeds{
    std::string(golden::filled_text),
    R"({"a":[1,2.5e-3,-0,"x\u00e9\ud83d\ude00\\\"",true,false,null,{}],"b":{"c":[[],[{}]]}})",
    " [ 1 , { \"k\" : \"v\" } , [ ] ] ",
    R"("text")",
    "-12.50E+2",
    R"({"a":{"a":{"a":{"a":{"a":1}}}},"b":"\b\f\n\r\t\/"})",
    std::string(63, '[') + std::string(63, ']'),
    R"({"value":123456789012345678901234567890,"x":1e308,"y":1e-400,"z":0.1e1})"};

std::vector<std::string> const pieces{"{",
                                      "}",
                                      "[",
                                      "]",
                                      ",",
                                      ":",
                                      "\"",
                                      "\\",
                                      "\\u",
                                      "\\ud800",
                                      "\\u12",
                                      "null",
                                      "true",
                                      "false",
                                      "0",
                                      "00",
                                      "-",
                                      "1e",
                                      "1e5",
                                      "1e999",
                                      ".",
                                      "1.",
                                      ".5",
                                      "+1",
                                      "NaN",
                                      "Infinity",
                                      "//",
                                      "/**/",
                                      " ",
                                      "\t",
                                      "\n",
                                      "\v",
                                      "\x01",
                                      "\x7F",
                                      "\xC3",
                                      "\xC3\xA9",
                                      "\xFF",
                                      "\xED\xA0\x80",
                                      "\xF4\x90\x80\x80",
                                      "\"a\":",
                                      "\"a\"",
                                      "'a'",
                                      "[[[[[[",
                                      "]]]]]]",
                                      "{\"a\":",
                                      "\"type\":\"card\",",
                                      "18446744073709551616",
                                      "\xEF\xBB\xBF",
                                      "\xF0\x9F\x98\x80"};

class damage {
 public:
  explicit damage(std::uint64_t seed) : random_(seed) {}

  std::string make() {
    std::string text = seeds[below(seeds.size())];
    for (auto times = below(4); times > 0; --times) once(text);
    return text;
  }
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

 private:
  void once(std::string& text) {
    auto const at = below(text.size() + 1);
    auto const length = std::min(below(8) + 1, text.size() - at);
    switch (below(6)) {
      case 0: text.insert(at, pieces[below(pieces.size())]); break;
      case 1: text.replace(at, length, pieces[below(pieces.size())]); break;
      case 2: text.erase(at, length); break;
      case 3: text.insert(below(text.size() + 1), text.substr(at, length)); break;
      case 4: text.resize(at); break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
    }
  }

  std::mt19937_64 random_;
};

std::uint64_t chosen_seed() {
  auto const* const given = std::getenv("EVSRC_SEED");
  std::uint64_t const seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "EVSRC_SEED=" << seed << '\n';
  return seed;
}

TEST(json_scanner, accepts_and_refuses_as_nlohmann_does) {
  damage random(chosen_seed());
  std::size_t accepted = 0;
  constexpr std::size_t rounds = 100'000;
  for (std::size_t round = 0; round < rounds; ++round) {
    auto const text = random.make();
    if (differs_on_purpose(text)) continue;
    bool const expected = should_be_read(text);
    accepted += expected ? 1 : 0;
    auto const& behind = pieces[random.below(pieces.size())];
    auto const read = evsrc::decode_json<json_value>(exact_text(text, behind).json());
    ASSERT_EQ(read.has_value(), expected) << text << "\n"
                                          << (read ? "is read" : read.error().message);
  }
  // Neither all nor nothing, or the test would prove little.
  EXPECT_GT(accepted, rounds / 20);
  EXPECT_LT(accepted, rounds - rounds / 20);
}

TEST(json_scanner, survives_any_damage_to_a_struct) {
  damage random(chosen_seed());
  everything reused;
  for (std::size_t round = 0; round < 50'000; ++round) {
    auto const text = random.make();
    auto const& behind = pieces[random.below(pieces.size())];
    exact_text const exact(text, behind);
    bool const read = evsrc::decode_json_into(reused, exact.json()).has_value();
    // What is read as a struct is JSON; what is not read as JSON is no struct.
    ASSERT_TRUE(!read || differs_on_purpose(text) || should_be_read(text)) << text;
    static_cast<void>(evsrc::decode_json<golden::tree>(exact.json()));
    static_cast<void>(evsrc::decode_json<golden::payment>(exact.json()));
    static_cast<void>(evsrc::decode_json<evsrc::money>(exact.json()));
  }
}

TEST(json_scanner, refuses_garbage_in_what_it_passes_over) {
  for (auto const* garbage : {"tru",
                              "nul",
                              "01",
                              "1.",
                              "1e",
                              "--1",
                              "+1",
                              "\"\\x\"",
                              "\"\\ud800\"",
                              "\"\x01\"",
                              "\"\xFF\"",
                              "[1,]",
                              "[,1]",
                              "{\"a\"}",
                              "{\"a\":}",
                              "{a:1}",
                              "{\"a\":1,}",
                              "[1 2]",
                              "{\"a\":1 \"b\":2}",
                              "1e999",
                              "truex",
                              "\"a",
                              "{\"a\":1,\"a\":1}",
                              "'a'",
                              "[1}",
                              "NaN"}) {
    auto const text = std::string(R"({"unknown":)") + garbage + R"(,"value":1})";
    EXPECT_FALSE(refusal<golden::box<int>>(text).empty()) << text;
  }
}

TEST(json_scanner, stops_at_the_limit_of_depth) {
  auto const nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(refusal<json_value>(nested(64)), "");
  EXPECT_EQ(refusal<json_value>(nested(65)).substr(0, 3), "[0]");
  auto const deep = evsrc::decode_json<json_value>(std::string(500'000, '['));
  EXPECT_FALSE(deep);
  auto const objects = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += "{\"a\":";
    return text + "1" + std::string(depth, '}');
  };
  EXPECT_EQ(refusal<json_value>(objects(64)), "");
  EXPECT_FALSE(refusal<json_value>(objects(65)).empty());
  // The struct itself is one level.
  EXPECT_EQ(refusal<golden::box<int>>("{\"value\":1,\"x\":" + nested(63) + "}"), "");
  EXPECT_FALSE(refusal<golden::box<int>>("{\"value\":1,\"x\":" + nested(64) + "}").empty());
}

}  // namespace
