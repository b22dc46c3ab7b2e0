// SPDX-License-Identifier: Apache-2.0
// Rules as they are run: instructions for a stack of values, so that no text makes anything
// recurse.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/bus/rule_set.hpp"
#include "evsrc/core/message.hpp"
#include "evsrc/core/property.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/core/result.hpp"
#include "sql_value.hpp"
#include "system_property.hpp"

namespace evsrc::inline v0::detail {

enum class sql_op : std::uint8_t {
  constant,         ///< pushes `value`
  user_property,    ///< pushes the one that the text `value` names
  named_property,   ///< the same, named by what it pops
  system_property,  ///< pushes `field`
  has_user_property,
  has_system_property,
  new_id,
  compare,   ///< `comparing`
  compute,   ///< `computing`
  negative,  ///< unary minus
  positive,  ///< unary plus
  is_null,
  in,             ///< pops `count` values and the one that is looked for
  like,           ///< pops pattern and text
  like_with,      ///< pops escape, pattern and text
  negate,         ///< NOT
  both,           ///< AND
  either,         ///< OR
  skip_if_false,  ///< goes to instruction `count`, leaving what decided
  skip_if_true,
};

struct sql_instruction {
  sql_op op = sql_op::constant;
  comparison comparing{};
  arithmetic computing{};
  system_property field{};
  std::uint32_t count = 0;
  property_value value{};
};

using sql_program = std::vector<sql_instruction>;

/// One SET or REMOVE.
struct sql_statement {
  std::optional<system_property> field{};  ///< else the user's property of that name
  std::string name{};
  sql_program value{};
  bool is_removal = false;
};

/// What a program may ask for.
struct sql_surroundings {
  message const& sent;
  rule_set::arrival const& known;
  random_source& random;
};

/// @errors invalid_argument, limit_exceeded: an operator has no result for these values
[[nodiscard]] result<property_value> run(sql_program const& program, sql_surroundings const& with);
/// On `changed`, one after the other. @errors as run: some may be done
[[nodiscard]] result<void> apply(std::vector<sql_statement> const& all,
                                 rule_set::arrival const& known, random_source& random,
                                 message& changed);

}  // namespace evsrc::inline v0::detail
