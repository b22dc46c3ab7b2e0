// SPDX-License-Identifier: Apache-2.0
// A clock that stands still until it is told otherwise.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "evsrc/core/clock.hpp"
#include "evsrc/core/timestamp.hpp"

namespace evsrc::testing::inline v0 {

/// Virtual time for tests: none passes but what `advance` and `sleep` let pass, so no test waits.
/// @threads every function may be called from any thread
class manual_clock final : public clock {
 public:
  /// 2026-01-01T00:00:00Z
  static constexpr timestamp default_start{
      std::chrono::sys_days{std::chrono::year{2026} / std::chrono::January / 1}};

  explicit manual_clock(timestamp start = default_start) noexcept
      : wall_offset_us_(start.time_since_epoch().count()) {}

  [[nodiscard]] timestamp now() noexcept override {
    auto const offset_us = wall_offset_us_.load();
    return timestamp{std::chrono::microseconds{offset_us + elapsed_us_.load()}};
  }
  /// Time since construction, which `set` does not touch.
  [[nodiscard]] steady_time steady() noexcept override {
    return steady_time{std::chrono::microseconds{elapsed_us_.load()}};
  }
  /// Advances by `duration` at once and returns.
  void sleep(std::chrono::microseconds duration) override { advance(duration); }

  /// Lets both clocks run on; zero or less does nothing, as a steady clock never goes back.
  void advance(std::chrono::microseconds duration) noexcept {
    if (duration > std::chrono::microseconds::zero()) elapsed_us_.fetch_add(duration.count());
  }
  /// The wall clock jumps, forwards or back, as when an operator corrects it.
  void set(timestamp wall) noexcept {
    wall_offset_us_.store(wall.time_since_epoch().count() - elapsed_us_.load());
  }

 private:
  std::atomic<std::int64_t> wall_offset_us_;
  std::atomic<std::int64_t> elapsed_us_ = 0;
};

}  // namespace evsrc::testing::inline v0
