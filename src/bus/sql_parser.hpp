// SPDX-License-Identifier: Apache-2.0
// From a rule's SQL to the programs that judge and change messages.
#pragma once

#include <string_view>
#include <vector>

#include "evsrc/core/result.hpp"
#include "sql_program.hpp"

namespace evsrc::inline v0::detail {

/// A filter's condition. At most limits::rule_expression_bytes and limits::rule_depth.
/// @errors invalid_argument, limit_exceeded: "at 12: expected ..., found ..."
/// @source Microsoft, "Subscription Rule SQL Filter Syntax"; where it is silent: docs/bus.md
[[nodiscard]] result<sql_program> parse_condition(std::string_view sql);
/// An action's statements, one to limits::rule_actions.
/// @source Microsoft, "Subscription Rule SQL Action Syntax"
[[nodiscard]] result<std::vector<sql_statement>> parse_action(std::string_view sql);

}  // namespace evsrc::inline v0::detail
