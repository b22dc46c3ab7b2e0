// SPDX-License-Identifier: Apache-2.0
// Who waits for messages, and how they are woken: by commits of this process at once, by those of
// others and by time within some milliseconds.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <span>
#include <vector>

#include "evsrc/core/clock.hpp"
#include "evsrc/core/unique_function.hpp"

namespace evsrc::sqlite::inline v0::detail {

class bus_waits {
 public:
  /// What somebody waits for: a message in one of these lanes.
  struct question {
    std::int64_t first_lane = 0;
    std::int64_t last_lane = 0;
    bool has_messages = false;
    timestamp next_due = timestamp::max();  ///< when time alone may bring one

    friend auto operator<=>(question const&, question const&) = default;
  };
  /// Answers the questions; called by one thread at a time, outside locks. `is_new`: some of them
  /// were not asked before, so they are answered even where the file has not changed.
  /// @return false: the file has not changed, and nothing was answered
  using look = unique_function<bool(std::vector<question>& asked, bool is_new)>;

  bus_waits(clock& time, look ask) : time_(time), ask_(std::move(ask)) {}

  /// Waiting from its construction on: what comes later is not missed.
  class waiter {
   public:
    waiter(bus_waits& in, std::int64_t first_lane, std::int64_t last_lane);
    waiter(waiter const&) = delete;
    waiter& operator=(waiter const&) = delete;
    ~waiter();
    /// Returns when something may have come, at the latest at `until`.
    void sleep(std::chrono::steady_clock::time_point until);

   private:
    friend class bus_waits;
    bus_waits& in_;
    question asks_;
    bool is_called_ = false;
    bool is_answered_ = false;  ///< next_due is known
    std::condition_variable called_;
  };

  /// Lanes that got messages. A queue's lane of no session calls everybody who waits for it.
  void announce(std::span<std::int64_t const> lanes);
  void call_all();

 private:
  using lock = std::unique_lock<std::mutex>;
  void look_around(lock& held);
  static void take_answer(waiter& one, std::vector<question> const& answered);
  static void call(waiter& one);

  clock& time_;
  look ask_;
  std::mutex mutex_;
  std::list<waiter*> waiting_;  ///< the first one looks around for all of them
  bool is_looking_ = false;
};

}  // namespace evsrc::sqlite::inline v0::detail
