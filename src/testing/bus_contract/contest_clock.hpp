// SPDX-License-Identifier: Apache-2.0
// What the workers of a contest share: a barrier, a clock, the lock that a round is about.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "../contract/child_process.hpp"
#include "evsrc/core/clock.hpp"
#include "evsrc/testing/manual_clock.hpp"

namespace evsrc::testing::inline v0::detail {

/// Lies in memory that forked processes inherit.
struct contest_ground {
  shared_barrier between;
  std::atomic<std::int64_t> elapsed_us = 0;
  std::array<std::atomic<std::uint64_t>, 2> token{};
};

/// Stands still until a worker lets it run on; who waits for another process really waits.
class contest_clock final : public clock {
 public:
  explicit contest_clock(contest_ground& ground) : ground_(&ground) {}

  [[nodiscard]] timestamp now() noexcept override {
    return manual_clock::default_start + std::chrono::microseconds{ground_->elapsed_us.load()};
  }
  [[nodiscard]] steady_time steady() noexcept override { return system_clock().steady(); }
  void sleep(std::chrono::microseconds duration) override { system_clock().sleep(duration); }
  void advance(std::chrono::microseconds duration) noexcept {
    ground_->elapsed_us.fetch_add(duration.count());
  }

 private:
  contest_ground* ground_;
};

}  // namespace evsrc::testing::inline v0::detail
