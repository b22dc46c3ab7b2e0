// SPDX-License-Identifier: Apache-2.0
// Spares what failed several times in a row, and whoever would wait for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "evsrc/core/clock.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0 {

struct circuit_options {
  std::uint32_t failures = 5;  ///< in a row, after which it opens; at least 1
  std::chrono::milliseconds first_pause = std::chrono::seconds(1);  ///< of an open circuit
  std::uint32_t growth_percent = 200;  ///< each pause is that much of the one before it
  std::chrono::milliseconds max_pause = std::chrono::minutes(1);
  std::uint32_t jitter_percent = 30;  ///< a pause is shorter by up to so much, drawn evenly
};

/// @errors invalid_argument: names the field
[[nodiscard]] result<void> validate(circuit_options const& what);

enum class circuit_standing : std::uint8_t {
  closed,     ///< works, or has not failed often enough
  open,       ///< pauses
  half_open,  ///< the pause is over: one more failure opens it again, for longer
};
[[nodiscard]] std::string_view to_string(circuit_standing value) noexcept;

/// Counts failures and says when to try again. It calls nothing and waits for nothing: whoever has
/// it asks before, and tells it what came of it. A value; not locked.
/// @source Michael T. Nygard, "Release It!", 2007
class circuit_breaker {
 public:
  using steady_time = clock::steady_time;

  circuit_breaker() = default;
  /// `settings` must be valid.
  explicit circuit_breaker(circuit_options const& settings) noexcept : settings_(settings) {}

  [[nodiscard]] circuit_standing standing(steady_time now) const noexcept;
  [[nodiscard]] bool may_try(steady_time now) const noexcept { return now >= retry_at_; }
  /// The end of the last pause; long ago where there was none.
  [[nodiscard]] steady_time retry_at() const noexcept { return retry_at_; }
  [[nodiscard]] std::uint32_t failures() const noexcept { return failures_; }  ///< in a row

  /// Closes it.
  void note_success() noexcept;
  /// Opens it, where that is one too many. Failures of attempts that began before it opened are
  /// part of the same outage and do not prolong the pause.
  void note_failure(steady_time now, random_source& random) noexcept;

 private:
  circuit_options settings_{};
  std::uint32_t failures_ = 0;
  std::uint32_t pauses_ = 0;  // in a row
  steady_time retry_at_ = steady_time::min();
};

}  // namespace evsrc::inline v0
