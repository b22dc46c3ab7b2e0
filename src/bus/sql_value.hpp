// SPDX-License-Identifier: Apache-2.0
// The operators of a rule's SQL on values. Null stands for unknown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "evsrc/core/property.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0::detail {

/// Null. An object, as GCC 12.2 takes a moved temporary of this variant for uninitialized; the
/// temporary `property_value{}` may come back with GCC 13.
inline property_value const unknown{};

enum class comparison : std::uint8_t { equal, unequal, less, greater, at_most, at_least };
enum class arithmetic : std::uint8_t { add, subtract, multiply, divide, remainder };

/// Three-valued: nullopt is unknown, which is also what a value other than a bool is.
using truth = std::optional<bool>;
[[nodiscard]] truth truth_of(property_value const& value) noexcept;
[[nodiscard]] property_value value_of(truth known) noexcept;
[[nodiscard]] truth both(truth left, truth right) noexcept;
[[nodiscard]] truth either(truth left, truth right) noexcept;
[[nodiscard]] truth negated(truth of) noexcept;

[[nodiscard]] bool is_number(property_value const& value) noexcept;

/// Unknown where one is null, or the types have no such comparison. Integers are compared with
/// doubles as doubles; texts by their bytes; bools, ids and bytes only for equality.
[[nodiscard]] truth compare(comparison how, property_value const& left,
                            property_value const& right) noexcept;

/// Null where one is null, or the types have no such operator. Integers stay integers and become
/// doubles beside one; a text takes what is added to it as text.
/// @errors invalid_argument: integers that divide by zero or leave 64 bits; limit_exceeded
[[nodiscard]] result<property_value> compute(arithmetic how, property_value const& left,
                                             property_value const& right);
/// @errors invalid_argument: leaves 64 bits
[[nodiscard]] result<property_value> negative(property_value const& of);

/// '%' any run, '_' any one character of UTF-8, `escape` before either takes it as itself.
/// @errors invalid_argument: the escape is not one character or ends the pattern; limit_exceeded
/// @cost length of text times length of pattern
[[nodiscard]] result<bool> is_like(std::string_view text, std::string_view pattern,
                                   std::optional<std::string_view> escape);

/// As C# writes it; nullopt of null and bytes.
[[nodiscard]] std::optional<std::string> text_of(property_value const& value);

}  // namespace evsrc::inline v0::detail
