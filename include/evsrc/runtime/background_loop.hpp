// SPDX-License-Identifier: Apache-2.0
// A thread around a loop.
#pragma once

#include <thread>

namespace evsrc::inline v0 {

/// Runs `loop.run(stop_token)` on a thread of its own, until destroyed; the loop outlives it. A
/// loop that a failure stopped has ended: its `explain()` says why.
class [[nodiscard]] background_loop {
 public:
  template <class Loop>
  explicit background_loop(Loop& loop)
      : thread_([&loop](std::stop_token const& stop) { static_cast<void>(loop.run(stop)); }) {}

  /// Asks the loop to end, and waits for that: a consumer ends behind the handler that it is in,
  /// others behind their step.
  void stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::jthread thread_;
};

}  // namespace evsrc::inline v0
