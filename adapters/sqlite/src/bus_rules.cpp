// SPDX-License-Identifier: Apache-2.0
// Filters as the bytes in their column.
#include "bus_rules.hpp"

#include <array>

namespace evsrc::sqlite::inline v0::detail {
namespace {

using field = std::optional<std::string> correlation_filter::*;
/// A correlation filter is written as properties: those of the message's own fields under one
/// letter, the user's behind a dot.
constexpr std::array<std::pair<char const*, field>, 8> fields{
    std::pair{"m", &correlation_filter::message_id},
    std::pair{"c", &correlation_filter::correlation_id},
    std::pair{"s", &correlation_filter::subject},
    std::pair{"t", &correlation_filter::to},
    std::pair{"r", &correlation_filter::reply_to},
    std::pair{"g", &correlation_filter::session_id},
    std::pair{"h", &correlation_filter::reply_to_session_id},
    std::pair{"y", &correlation_filter::content_type}};

}  // namespace

std::string encode_filter(rule_filter const& what) {
  if (auto const* const sql = std::get_if<sql_rule_filter>(&what)) return sql->expression;
  auto const* const equal = std::get_if<correlation_filter>(&what);
  std::string out;
  if (equal == nullptr) return out;
  property_list all;
  for (auto const& [name, member] : fields)
    if (equal->*member) all.emplace_back(name, *(equal->*member));
  for (auto const& [name, value] : equal->properties) all.emplace_back("." + name, value);
  encode_properties(all, out);
  return out;
}

result<rule_filter> decode_filter(std::int64_t kind, std::string_view encoded) {
  if (kind == 0) return rule_filter{true_filter{}};
  if (kind == 1) return rule_filter{false_filter{}};
  if (kind == 2) return rule_filter{sql_rule_filter{std::string{encoded}}};
  auto all = decode_properties(encoded);
  if (kind != 3 || !all) return fail(errc::corrupt, "evsrc_bus_rules.filter does not decode");
  correlation_filter equal;
  for (auto& [name, value] : *all) {
    if (name.starts_with('.')) {
      equal.properties.emplace_back(name.substr(1), std::move(value));
      continue;
    }
    for (auto const& each : fields)
      if (auto* const text = std::get_if<std::string>(&value);
          text != nullptr && name == each.first)
        equal.*each.second = std::move(*text);
  }
  return rule_filter{std::move(equal)};
}

}  // namespace evsrc::sqlite::inline v0::detail
