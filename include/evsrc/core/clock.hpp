// SPDX-License-Identifier: Apache-2.0
// Time as an argument, so that tests and simulations own it.
#pragma once

#include <chrono>

#include "evsrc/core/timestamp.hpp"

namespace evsrc::inline v0 {

/// Where time comes from. @threads every function may be called from any thread
class clock {
 public:
  using steady_time = std::chrono::steady_clock::time_point;

  clock() = default;
  clock(clock const&) = delete;
  clock& operator=(clock const&) = delete;
  virtual ~clock() = default;

  /// Wall-clock time for what is stored. May jump.
  [[nodiscard]] virtual timestamp now() noexcept = 0;
  /// For deadlines. Never goes back.
  [[nodiscard]] virtual steady_time steady() noexcept = 0;
  /// Waits; a manual clock advances instead. Zero or less returns at once.
  virtual void sleep(std::chrono::microseconds duration) = 0;
};

/// The operating system's clocks; stateless, lives as long as the program.
[[nodiscard]] clock& system_clock() noexcept;

}  // namespace evsrc::inline v0
