// SPDX-License-Identifier: Apache-2.0
// Knows when the bus looked at its clock, and so that a call has come that far.
#pragma once

#include <atomic>
#include <cstdint>

#include "evsrc/testing/manual_clock.hpp"

namespace evsrc::testing::inline v0::detail {

class watched_clock final : public clock {
 public:
  explicit watched_clock(manual_clock& of) : of_(of) {}

  [[nodiscard]] timestamp now() noexcept override {
    auto const is = of_.now();
    ++looks_;
    looks_.notify_all();
    return is;
  }
  [[nodiscard]] steady_time steady() noexcept override { return of_.steady(); }
  void sleep(std::chrono::microseconds duration) override { of_.sleep(duration); }

  [[nodiscard]] std::uint64_t looks() const noexcept { return looks_; }
  void wait_for_more_than(std::uint64_t looks) const noexcept { looks_.wait(looks); }

 private:
  manual_clock& of_;
  std::atomic<std::uint64_t> looks_ = 0;
};

}  // namespace evsrc::testing::inline v0::detail
