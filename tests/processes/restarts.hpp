// SPDX-License-Identifier: Apache-2.0
// Consumers that are restarted by turns, while more waits than they can handle.
#pragma once

#include "fleet.hpp"

namespace evsrc_test {

/// Handlers take time and locks are short, so that restarts find messages in hand: one of three
/// processes that are told to end does not, and is killed.
class restarts {
 public:
  explicit restarts(std::string const& name, traffic_options how = {})
      : all_(name, under_load(std::move(how)), speed, &consume_on_threads) {
    all_.stage().is_slow = true;
    for (std::size_t process = 0; process < process_count; ++process) all_.start(process);
  }

  [[nodiscard]] fleet& all() { return all_; }
  /// @return the first flaw, or nothing
  [[nodiscard]] std::string run(std::size_t count) {
    if (!all_.watch(std::chrono::milliseconds(500))) return all_.flaw();
    for (std::size_t restart = 0; restart < count; ++restart) {
      auto const process = fleet::consumers[restart % fleet::consumers.size()];
      if (restart % 3 == 2)
        all_.kill(process);
      else
        all_.end(process);
      if (all_.backlog() == 0) return "there_is_load: none at restart " + std::to_string(restart);
      all_.start(process);
      if (!all_.watch(pause)) return all_.flaw();
    }
    return {};
  }

 private:
  static constexpr std::int64_t speed = 5;  ///< a lock lasts one second
  /// A life handles some dozen messages: who holds a hundred gives most of them back each time.
  static constexpr std::chrono::milliseconds pause{50};

  static traffic_options under_load(traffic_options how) {
    how.max_delivery_count = 10;
    how.repeats = false;
    how.backlog_max = 2'000;
    return how;
  }

  fleet all_;
};

}  // namespace evsrc_test
