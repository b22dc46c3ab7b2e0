// SPDX-License-Identifier: Apache-2.0
// Judges messages by the rules of a subscription.
#include "evsrc/bus/rule_set.hpp"

#include <algorithm>

#include "compiled_rule.hpp"
#include "evsrc/bus/message_limits.hpp"
#include "letter_case.hpp"

namespace evsrc::inline v0 {
namespace {

constexpr char const* rule_name_property = "RuleName";

bool is_asked(std::optional<std::string> const& asked, std::string const& is) noexcept {
  return !asked || *asked == is;
}

bool matches(correlation_filter const& asked, message const& sent) noexcept {
  if (!is_asked(asked.message_id, sent.id.value) ||
      !is_asked(asked.correlation_id, sent.correlation_id) ||
      !is_asked(asked.subject, sent.subject) || !is_asked(asked.to, sent.to) ||
      !is_asked(asked.reply_to, sent.reply_to) || !is_asked(asked.session_id, sent.session_id) ||
      !is_asked(asked.reply_to_session_id, sent.reply_to_session_id) ||
      !is_asked(asked.content_type, sent.content_type))
    return false;
  return std::all_of(asked.properties.begin(), asked.properties.end(), [&](auto const& each) {
    auto const* const value = find_property(sent.properties, each.first);
    return value != nullptr && *value == each.second;
  });
}

/// Unknown is not true.
result<bool> matches(detail::compiled_rule const& rule, detail::sql_surroundings const& with) {
  if (std::holds_alternative<true_filter>(rule.filter)) return true;
  if (std::holds_alternative<false_filter>(rule.filter)) return false;
  if (auto const* const asked = std::get_if<correlation_filter>(&rule.filter))
    return matches(*asked, with.sent);
  auto const judged = detail::run(rule.condition, with);
  if (!judged) return fail(judged.error());
  return detail::truth_of(*judged).value_or(false);
}

/// What the action makes is a message like any that was sent, so it keeps to the same limits; but
/// headers that are too large together are no failure of the rule: the subscription dead-letters
/// such a copy for that reason.
result<message> changed_copy(detail::compiled_rule const& rule,
                             detail::sql_surroundings const& with) {
  auto copy = with.sent;
  EVSRC_TRY(detail::apply(rule.action, with.known, with.random, copy));
  set_property(copy.properties, rule_name_property, rule.name);
  bool const is_for_dead_letters = header_bytes(copy) > limits::message_header_bytes &&
                                   size_bytes(copy) <= limits::bus_message_bytes;
  if (!is_for_dead_letters) EVSRC_TRY(validate(copy));
  return copy;
}

void keep_first(std::optional<error>& kept, std::string const& rule, char const* part,
                error failure) {
  if (kept) return;
  failure.message.insert(0, "rule \"" + rule + "\", " + part + ": ");
  kept = std::move(failure);
}

}  // namespace

rule_set::rule_set() = default;
rule_set::rule_set(rule_set&&) noexcept = default;
rule_set& rule_set::operator=(rule_set&&) noexcept = default;
rule_set::~rule_set() = default;

result<rule_set> rule_set::compile(std::span<rule const> rules) {
  if (rules.size() > limits::rules_per_subscription)
    return fail(errc::limit_exceeded, "rules: " + std::to_string(rules.size()) + ", at most " +
                                          std::to_string(limits::rules_per_subscription));
  rule_set made;
  std::vector<std::string> names;
  for (std::size_t i = 0; i != rules.size(); ++i) {
    auto compiled = detail::compile_rule(rules[i]);
    if (!compiled) {
      auto failure = std::move(compiled.error());
      failure.message.insert(0, "rules[" + std::to_string(i) + "].");
      return fail(std::move(failure));
    }
    names.push_back(folded(compiled->name));
    made.rules_.push_back(std::make_unique<detail::compiled_rule>(*std::move(compiled)));
  }
  std::sort(names.begin(), names.end());
  if (auto const twin = std::adjacent_find(names.begin(), names.end()); twin != names.end())
    return fail(errc::already_exists, "rules: two are called \"" + *twin + "\"");
  return made;
}

rule_set::selection rule_set::select(message const& sent, random_source& random,
                                     arrival const& known) const {
  selection made;
  detail::sql_surroundings const with{sent, known, random};
  for (auto const& rule : rules_) {
    auto const judged = matches(*rule, with);
    if (!judged) {
      keep_first(made.failed, rule->name, "filter", judged.error());
    } else if (*judged && rule->action.empty()) {
      made.unchanged = true;
    } else if (*judged) {
      if (auto copy = changed_copy(*rule, with))
        made.changed.push_back(*std::move(copy));
      else
        keep_first(made.failed, rule->name, "action", std::move(copy.error()));
    }
  }
  return made;
}

}  // namespace evsrc::inline v0
