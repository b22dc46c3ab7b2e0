// SPDX-License-Identifier: Apache-2.0
// Short words for demands: what is not met leaves the check.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "evsrc/core/result.hpp"

namespace evsrc::testing::inline v0::detail {

/// Leaves a check; caught where the check was started.
struct flaw_found {
  std::string text;
};

void require(bool holds, std::string_view otherwise);
[[noreturn]] void give_up(std::string_view what, error const& failure);

template <class T>
T value_of(result<T> outcome, std::string_view what) {
  if (!outcome) give_up(what, outcome.error());
  if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}
/// Demands a refusal with that code, and that it claims to have changed nothing.
void require_error(error const* failure, errc expected, std::string_view what);
template <class T>
void require_error(result<T> const& outcome, errc expected, std::string_view what) {
  require_error(outcome ? nullptr : &outcome.error(), expected, what);
}

}  // namespace evsrc::testing::inline v0::detail
