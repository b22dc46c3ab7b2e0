// SPDX-License-Identifier: Apache-2.0
// How often a message that fails is handled again, and when. A value.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "evsrc/core/random.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0 {

/// False where the same message would fail in the same way: bad values, bytes that do not decode,
/// what this program does not know. What handlers throw may pass.
[[nodiscard]] bool may_pass(error const& failure) noexcept;

/// One delivery makes `immediate` further attempts at once; after it has failed there are `delayed`
/// further ones, with pauses that grow. Version conflicts are no attempts.
/// `constexpr evsrc::retry_policy patient{.immediate = 1, .delayed = 8};`
struct retry_policy {
  std::uint32_t immediate = 2;
  std::uint32_t delayed = 5;
  std::chrono::milliseconds first_delay = std::chrono::seconds(1);
  std::uint32_t growth_percent = 300;  ///< each pause is that much of the one before it
  std::chrono::milliseconds max_delay = std::chrono::minutes(5);
  std::uint32_t jitter_percent = 30;          ///< a pause is shorter by up to so much, drawn evenly
  bool (*retries)(error const&) = &may_pass;  ///< which errors are worth another attempt

  /// In all, but for crashes.
  [[nodiscard]] constexpr std::uint64_t attempts() const noexcept {
    return (std::uint64_t{immediate} + 1) * (std::uint64_t{delayed} + 1);
  }
  /// The longest pause before the delayed attempt `number`, from 1.
  [[nodiscard]] constexpr std::chrono::milliseconds longest_delay(
      std::uint32_t number) const noexcept {
    auto pause = std::min(first_delay, max_delay);
    for (std::uint32_t step = 1; step < number && pause < max_delay && pause.count() > 0; ++step) {
      auto const grown = std::chrono::milliseconds(pause.count() / 100 * growth_percent +
                                                   pause.count() % 100 * growth_percent / 100);
      if (grown <= pause) break;  // does not grow
      pause = std::min(grown, max_delay);
    }
    return pause;
  }
  /// All pauses together at their longest, those that handlers ask for included: what the inbox
  /// window counts on.
  [[nodiscard]] constexpr std::chrono::milliseconds total_delay() const noexcept {
    return max_delay * delayed;
  }
  /// The pause before the delayed attempt `number`, from 1.
  [[nodiscard]] std::chrono::milliseconds draw_delay(std::uint32_t number,
                                                     random_source& random) const noexcept;
};

/// @errors invalid_argument: names the field
[[nodiscard]] result<void> validate(retry_policy const& what);

}  // namespace evsrc::inline v0
