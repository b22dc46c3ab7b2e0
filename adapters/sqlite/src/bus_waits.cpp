// SPDX-License-Identifier: Apache-2.0
// Waking who waits for messages.
#include "bus_waits.hpp"

#include <algorithm>

#include "bus_row.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr std::chrono::milliseconds look_interval{5};

}  // namespace

bus_waits::waiter::waiter(bus_waits& in, std::int64_t first_lane, std::int64_t last_lane)
    : in_(in), asks_{first_lane, last_lane} {
  lock const held{in_.mutex_};
  in_.waiting_.push_back(this);
}

bus_waits::waiter::~waiter() {
  lock const held{in_.mutex_};
  bool const was_first = in_.waiting_.front() == this;
  in_.waiting_.remove(this);
  // The next one looks around from now on.
  if (was_first && !in_.waiting_.empty()) in_.waiting_.front()->called_.notify_one();
}

void bus_waits::waiter::sleep(std::chrono::steady_clock::time_point until) {
  lock held{in_.mutex_};
  while (!is_called_) {
    auto const now = std::chrono::steady_clock::now();
    if (now >= until) break;
    bool const looks = in_.waiting_.front() == this && !in_.is_looking_;
    if (!looks) {
      called_.wait_until(held, until);
      continue;
    }
    called_.wait_until(held, std::min(until, now + look_interval));
    if (!is_called_) in_.look_around(held);
  }
  is_called_ = false;
  is_answered_ = false;  // who asks again may have changed what is due
}

void bus_waits::call(waiter& one) {
  one.is_called_ = true;
  one.called_.notify_one();
}

void bus_waits::look_around(lock& held) {
  std::vector<question> asked;
  bool is_new = false;
  for (auto* const each : waiting_) {
    is_new = is_new || !each->is_answered_;
    auto asks = each->asks_;
    asks.has_messages = false;
    asks.next_due = timestamp::max();
    asked.push_back(asks);
  }
  std::sort(asked.begin(), asked.end());
  asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
  is_looking_ = true;
  held.unlock();
  bool const is_answered = ask_(asked, is_new);
  auto const now = time_.now();
  held.lock();
  is_looking_ = false;
  for (auto* const each : waiting_) {
    if (is_answered) take_answer(*each, asked);
    if (each->is_answered_ && each->asks_.next_due <= now) call(*each);
  }
}

void bus_waits::take_answer(waiter& one, std::vector<question> const& answered) {
  for (auto const& told : answered) {
    if (told.first_lane != one.asks_.first_lane || told.last_lane != one.asks_.last_lane) continue;
    one.asks_.next_due = told.next_due;
    one.is_answered_ = true;
    if (told.has_messages) call(one);
  }
}

void bus_waits::announce(std::span<std::int64_t const> lanes) {
  lock const held{mutex_};
  for (auto* const each : waiting_) {
    auto const& asks = each->asks_;
    bool const is_meant = std::any_of(lanes.begin(), lanes.end(), [&](std::int64_t lane) {
      bool const is_whole_queue =
          number_of(lane) == 0 && queue_of(lane) == queue_of(asks.first_lane);
      return is_whole_queue || (lane >= asks.first_lane && lane <= asks.last_lane);
    });
    if (is_meant) call(*each);
  }
}

void bus_waits::call_all() {
  lock const held{mutex_};
  for (auto* const each : waiting_) call(*each);
}

}  // namespace evsrc::sqlite::inline v0::detail
