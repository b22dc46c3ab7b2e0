// SPDX-License-Identifier: Apache-2.0
// Takes dead letters in order, and gives back those that were only in the way.
#include "evsrc/runtime/detail/dead_letter_locks.hpp"

namespace evsrc::inline v0::detail {

dead_letter_locks::dead_letter_locks(message_bus& bus, std::string_view entity, clock& time)
    : bus_(&bus), path_(dead_letter_path(entity)), clock_(&time) {}

result<std::vector<delivery>> dead_letter_locks::take(std::size_t max_messages) {
  if (!from_) {
    auto opened = bus_->open_receiver(path_);
    if (!opened) return fail(std::move(opened.error()));
    from_ = std::move(*opened);
  }
  renew_due();  // else those in front would come again and again, and none behind them
  return from_->receive({.max_messages = max_messages});
}

result<std::optional<delivery>> dead_letter_locks::take_one(std::int64_t sequence_number) {
  constexpr std::size_t at_once = 100;
  std::optional<delivery> found;
  while (!found) {
    auto some = take(at_once);
    if (!some) return fail(std::move(some.error()));
    bool is_beyond = some->empty();
    for (auto& one : *some) {
      is_beyond = is_beyond || one.sequence_number > sequence_number;
      if (one.sequence_number == sequence_number)
        found = std::move(one);
      else
        put_aside(one);
    }
    if (is_beyond) break;
  }
  return found;
}

void dead_letter_locks::put_aside(delivery const& one) {
  aside_.insert_or_assign(one.sequence_number,
                          lock{one.settle(disposition::abandon), half_of(one.locked_until)});
}

timestamp dead_letter_locks::half_of(timestamp until) const {
  auto const now = clock_->now();
  return now + (until - now) / 2;
}

void dead_letter_locks::renew_due() {
  auto const now = clock_->now();
  for (auto& [number, one] : aside_) {
    if (one.renew_at > now) continue;
    // One that is lost, or another's, comes again or does not: either is right.
    if (auto const until = from_->renew(one.back.lock)) one.renew_at = half_of(*until);
  }
}

void dead_letter_locks::give_back() {
  constexpr std::size_t at_once = 100;
  std::vector<settlement> back;
  for (auto at = aside_.begin(); at != aside_.end();) {
    back.push_back(std::move(at->second.back));
    at = aside_.erase(at);
    if (back.size() < at_once && at != aside_.end()) continue;
    // A lock that cannot be given back ends by itself.
    static_cast<void>(from_->settle(back));
    back.clear();
  }
}

}  // namespace evsrc::inline v0::detail
