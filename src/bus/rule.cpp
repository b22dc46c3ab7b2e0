// SPDX-License-Identifier: Apache-2.0
// Rules are checked by making what runs them.
#include "evsrc/bus/rule.hpp"

#include <algorithm>

#include "compiled_rule.hpp"
#include "evsrc/bus/message_limits.hpp"
#include "letter_case.hpp"
#include "sql_parser.hpp"

namespace evsrc::inline v0 {
namespace {

result<void> check_name(std::string_view name) {
  if (name.empty()) return invalid("name", "empty");
  if (name.size() > limits::rule_name_bytes)
    return fail(errc::limit_exceeded, "name: " + std::to_string(name.size()) + " bytes, at most " +
                                          std::to_string(limits::rule_name_bytes));
  bool const is_sound = std::all_of(name.begin(), name.end(), [](char byte) {
    auto const letter = detail::in_lower_case(byte);
    return (letter >= 'a' && letter <= 'z') || (byte >= '0' && byte <= '9') || byte == '.' ||
           byte == '-' || byte == '_' || byte == '$';
  });
  if (is_sound) return {};
  return invalid("name", "\"" + std::string{name} +
                             "\" holds other than letters, digits, '.', '-', '_' and '$'");
}

/// No message can equal what no message can be.
result<void> check_correlation(correlation_filter const& what) {
  message asked;
  asked.content_type = what.content_type.value_or("");
  asked.id.value = what.message_id.value_or("");
  asked.session_id = what.session_id.value_or("");
  asked.correlation_id = what.correlation_id.value_or("");
  asked.subject = what.subject.value_or("");
  asked.reply_to = what.reply_to.value_or("");
  asked.reply_to_session_id = what.reply_to_session_id.value_or("");
  asked.to = what.to.value_or("");
  asked.properties = what.properties;
  return validate(asked);
}

tl::unexpected<error> in_field(std::string_view field, error failure) {
  failure.message.insert(0, std::string{field});
  return fail(std::move(failure));
}

}  // namespace

namespace detail {

result<compiled_rule> compile_rule(rule const& what) {
  EVSRC_TRY(check_name(what.name));
  compiled_rule made{what.name, what.filter};
  if (auto const* const sql = std::get_if<sql_rule_filter>(&what.filter)) {
    auto condition = parse_condition(sql->expression);
    if (!condition) return in_field("filter.expression: ", std::move(condition.error()));
    made.condition = *std::move(condition);
  } else if (auto const* const equal = std::get_if<correlation_filter>(&what.filter)) {
    if (auto checked = check_correlation(*equal); !checked)
      return in_field("filter.", std::move(checked.error()));
  }
  if (what.action.empty()) return made;
  auto action = parse_action(what.action);
  if (!action) return in_field("action: ", std::move(action.error()));
  made.action = *std::move(action);
  return made;
}

}  // namespace detail

result<void> validate(rule const& what) {
  if (auto compiled = detail::compile_rule(what); !compiled)
    return fail(std::move(compiled.error()));
  return {};
}

}  // namespace evsrc::inline v0
