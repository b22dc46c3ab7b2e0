// SPDX-License-Identifier: Apache-2.0
// One rule, parsed.
#pragma once

#include <string>
#include <vector>

#include "evsrc/bus/rule.hpp"
#include "evsrc/core/result.hpp"
#include "sql_program.hpp"

namespace evsrc::inline v0::detail {

struct compiled_rule {
  std::string name;
  rule_filter filter;
  sql_program condition{};  ///< of a sql_rule_filter
  std::vector<sql_statement> action{};
};

/// @errors as validate(rule)
[[nodiscard]] result<compiled_rule> compile_rule(rule const& what);

}  // namespace evsrc::inline v0::detail
