// SPDX-License-Identifier: Apache-2.0
// What tests of rules ask: how does this text judge, what does that action make.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "evsrc/bus/rule_set.hpp"
#include "evsrc/core/limits.hpp"

namespace judging {

/// Random and repeatable.
class seeded final : public evsrc::random_source {
 public:
  explicit seeded(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() noexcept override { return engine_(); }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
  bool is_one_in(std::size_t count) { return below(count) == 0; }

 private:
  std::mt19937_64 engine_;
};

/// EVSRC_SEED, else a fresh one; printed.
inline std::uint64_t chosen_seed() {
  auto const* const given = std::getenv("EVSRC_SEED");
  std::uint64_t const seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "EVSRC_SEED=" << seed << '\n';
  return seed;
}

inline evsrc::result<evsrc::rule_set> compile(evsrc::rule const& one) {
  return evsrc::rule_set::compile(std::span{&one, 1});
}

inline evsrc::rule_set::selection select(evsrc::rule const& one, evsrc::message const& sent,
                                         evsrc::rule_set::arrival const& known = {}) {
  seeded random{1};
  auto const rules = compile(one);
  if (!rules) return {.failed = rules.error()};
  return rules->select(sent, random, known);
}

/// "true", "false", "unknown", "failed: ..." or "refused: ...". Unknown is what neither matches
/// nor, in a NOT, does not.
inline std::string judge(std::string const& sql, evsrc::message const& sent,
                         evsrc::rule_set::arrival const& known = {}) {
  evsrc::rule const asked{"r", evsrc::sql_rule_filter{sql}};
  if (auto const checked = validate(asked); !checked) return "refused: " + checked.error().message;
  auto const straight = select(asked, sent, known);
  if (straight.failed) return "failed: " + straight.failed->message;
  if (straight.unchanged) return "true";
  auto const turned = select({"r", evsrc::sql_rule_filter{"NOT (" + sql + "\n)"}}, sent, known);
  if (turned.failed) return "failed: " + turned.failed->message;
  return turned.unchanged ? "false" : "unknown";
}

inline std::string text_of(evsrc::property_value const& value) {
  struct writer {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool is) const { return is ? "bool true" : "bool false"; }
    std::string operator()(std::int64_t is) const { return "integer " + std::to_string(is); }
    std::string operator()(double is) const { return "double " + std::to_string(is); }
    std::string operator()(std::string const& is) const { return "text " + is; }
    std::string operator()(evsrc::timestamp is) const { return "time " + evsrc::to_string(is); }
    std::string operator()(evsrc::uuid const& is) const { return "uuid " + to_string(is); }
    std::string operator()(evsrc::bytes const& is) const {
      return std::to_string(is.size()) + " bytes";
    }
  };
  return std::visit(writer{}, value);
}

/// What an action made of a message, or why it did not.
inline evsrc::message changed_by(std::string const& action, evsrc::message const& sent,
                                 std::string* failure = nullptr) {
  auto const made = select({"r", evsrc::true_filter{}, action}, sent);
  if (failure != nullptr) *failure = made.failed ? made.failed->message : "";
  return made.changed.empty() ? evsrc::message{} : made.changed.front();
}

/// The value of an expression, by an action that writes it down.
inline std::string compute(std::string const& sql, evsrc::message const& sent = {}) {
  std::string failure;
  auto const changed = changed_by("SET out = " + sql, sent, &failure);
  if (!failure.empty()) return "failed: " + failure;
  auto const* const value = find_property(changed.properties, "out");
  return value == nullptr ? "nothing" : text_of(*value);
}

}  // namespace judging
