// SPDX-License-Identifier: Apache-2.0
// Rules of a subscription: which messages it gets, and what is changed on its copies.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "evsrc/core/property.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0 {

/// Every message. What a new subscription has, under the name "$Default".
struct true_filter {
  friend bool operator==(true_filter const&, true_filter const&) = default;
};
struct false_filter {
  friend bool operator==(false_filter const&, false_filter const&) = default;
};
/// A condition in the SQL of Service Bus; docs/bus.md has the grammar. Names of properties without
/// case, what is unknown does not match. At most limits::rule_expression_bytes.
struct sql_rule_filter {
  std::string expression;
  friend bool operator==(sql_rule_filter const&, sql_rule_filter const&) = default;
};
/// Equal to all that is set here, byte by byte; properties also by type.
struct correlation_filter {
  std::optional<std::string> message_id{};
  std::optional<std::string> correlation_id{};
  std::optional<std::string> subject{};
  std::optional<std::string> to{};
  std::optional<std::string> reply_to{};
  std::optional<std::string> session_id{};
  std::optional<std::string> reply_to_session_id{};
  std::optional<std::string> content_type{};
  property_list properties{};
  friend bool operator==(correlation_filter const&, correlation_filter const&) = default;
};
using rule_filter = std::variant<true_filter, false_filter, sql_rule_filter, correlation_filter>;

struct rule {
  std::string name;  ///< unique in the subscription; limits::rule_name_bytes
  rule_filter filter = true_filter{};
  std::string action{};  ///< "SET x = expr; REMOVE y"; empty: none

  friend bool operator==(rule const&, rule const&) = default;
};

inline constexpr char const* default_rule_name = "$Default";

/// Parses filter and action. @errors invalid_argument, limit_exceeded: names the field, and for SQL
/// the place in the text and what was expected there
[[nodiscard]] result<void> validate(rule const& what);

}  // namespace evsrc::inline v0
