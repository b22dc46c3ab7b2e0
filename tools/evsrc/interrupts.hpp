// SPDX-License-Identifier: Apache-2.0
// Ctrl-C as a stop token.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <stop_token>
#include <thread>

namespace evsrc_cli {

/// From when one is made, Ctrl-C ends the work after what is in hand. A signal's handler itself may
/// do next to nothing, hence a thread that looks now and then: the work may be long without a
/// moment to ask.
class interrupts {
 public:
  interrupts() { static_cast<void>(std::signal(SIGINT, note)); }
  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

 private:
  static void note(int) { was_interrupted_ = true; }
  void watch(std::stop_token const& end) {
    // All that a signal's handler may do is to set the flag: it wakes nobody, so it is looked at.
    constexpr std::chrono::milliseconds pause{20};
    while (!end.stop_requested() && !was_interrupted_) std::this_thread::sleep_for(pause);
    if (was_interrupted_) stop_.request_stop();
  }

  // Read by another thread than the one that the signal hits.
  static inline std::atomic<bool> was_interrupted_ = false;

  std::stop_source stop_;
  std::jthread watching_{[this](std::stop_token const& end) { watch(end); }};
};

}  // namespace evsrc_cli
