// SPDX-License-Identifier: Apache-2.0
// The longest span that a user may name.
#pragma once

#include <algorithm>
#include <chrono>

namespace evsrc::inline v0::detail {

/// As good as for ever, and no clock's arithmetic overflows on it, nor on the sum of two.
inline constexpr std::chrono::milliseconds long_time = std::chrono::hours(24 * 365);

/// `milliseconds::max()` is how users say "for ever"; in nanoseconds it would be below zero.
[[nodiscard]] constexpr std::chrono::milliseconds bounded(std::chrono::milliseconds span) noexcept {
  return std::clamp(span, std::chrono::milliseconds::zero(), long_time);
}

}  // namespace evsrc::inline v0::detail
