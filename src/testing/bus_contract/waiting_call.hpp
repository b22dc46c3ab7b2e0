// SPDX-License-Identifier: Apache-2.0
// Calls that wait on threads of their own, while the check goes on.
#pragma once

#include <functional>
#include <future>
#include <thread>

#include "bus_workbench.hpp"

namespace evsrc::testing::inline v0::detail {

/// What a waiting call of a check is told to wait at most: much longer than it should.
inline constexpr std::chrono::seconds long_wait{60};

template <class T>
class waiting_call {
 public:
  /// Returns when the bus has looked for an answer at least once.
  waiting_call(bus_workbench& bench, std::function<result<T>()> call) : bench_(&bench) {
    auto const looks = bench.watched().looks();
    answer_ = std::async(std::launch::async, std::move(call));
    bench.watched().wait_for_more_than(looks);
  }
  [[nodiscard]] bool has_ended() const {
    return answer_.wait_for(std::chrono::seconds::zero()) == std::future_status::ready;
  }
  /// Demands that the wait ends by what happened, not by its time.
  [[nodiscard]] result<T> answer() {
    if (answer_.wait_for(long_wait / 3) != std::future_status::ready) {
      bench_->bus().close();
      answer_.wait();
      require(false, "a wait must end when there is an answer");
    }
    return answer_.get();
  }

 private:
  bus_workbench* bench_;
  std::future<result<T>> answer_;
};

/// Two of the same kind, of which each answer is for one.
template <class T>
class two_waiting_calls {
 public:
  two_waiting_calls(bus_workbench& bench, std::function<result<T>()> const& call)
      : calls_{waiting_call<T>{bench, call}, waiting_call<T>{bench, call}} {}
  /// Of whichever ends first.
  [[nodiscard]] result<T> first() {
    while (!calls_[0].has_ended() && !calls_[1].has_ended()) std::this_thread::yield();
    if (!calls_[0].has_ended()) std::swap(calls_[0], calls_[1]);
    return calls_[0].answer();
  }
  [[nodiscard]] result<T> second() { return calls_[1].answer(); }

 private:
  waiting_call<T> calls_[2];
};

}  // namespace evsrc::testing::inline v0::detail
