// SPDX-License-Identifier: Apache-2.0
// Rules that a value states about itself.
#pragma once

#include <concepts>

#include "evsrc/core/result.hpp"

namespace evsrc::inline v0 {

/// `evsrc::result<> validate() const;` on an event or command. It is asked of what comes from
/// outside and of a decision's events before they are appended, never of stored events: history is
/// a fact. A failure names the field: `return evsrc::invalid("quantity", "must be above zero");`
template <class T>
concept validated = requires(T const& value) {
  { value.validate() } -> std::same_as<result<>>;
};

/// Asks `value` for its rules; fine where it has none.
template <class T>
[[nodiscard]] result<> check_valid(T const& value) {
  if constexpr (requires(T & any) { any.validate(); }) {
    static_assert(validated<T>, "evsrc: `validate()` is const and returns evsrc::result<>");
    return value.validate();
  } else {
    return {};
  }
}

}  // namespace evsrc::inline v0
