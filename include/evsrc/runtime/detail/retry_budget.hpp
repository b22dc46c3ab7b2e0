// SPDX-License-Identifier: Apache-2.0
// How long a command may go on trying, and how it waits in between.
#pragma once

#include <chrono>
#include <cstdint>

#include "evsrc/core/clock.hpp"
#include "evsrc/core/random.hpp"

namespace evsrc::inline v0::detail {

/// The time of one command. Waits are drawn from zero to a ceiling that doubles ("full jitter"), so
/// that racers spread out; the first retry does not wait.
class retry_budget {
 public:
  retry_budget(clock& time, random_source& random, std::chrono::milliseconds deadline);

  /// Rounded up; zero when the deadline has passed.
  [[nodiscard]] std::chrono::milliseconds remaining() const;
  /// Waits before the next attempt. @return false where the deadline leaves no time for one
  [[nodiscard]] bool pause();

 private:
  clock* time_;
  random_source* random_;
  clock::steady_time end_;
  std::uint32_t pauses_ = 0;
};

}  // namespace evsrc::inline v0::detail
