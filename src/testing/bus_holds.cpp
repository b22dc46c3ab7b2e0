// SPDX-License-Identifier: Apache-2.0
// Locks, collected from the calls that gave, renewed and ended them.
#include "bus_holds.hpp"

#include <algorithm>

namespace evsrc::testing::inline v0::detail {
namespace {

/// What may have taken effect.
bool is_possible(bus_call const& call) { return call.outcome != call_outcome::refused; }
bool is_done(bus_call const& call) { return call.outcome == call_outcome::done; }

}  // namespace

std::string text(held_thing const& thing) {
  if (thing.sequence_number == 0) return "session " + thing.session_id + " of " + thing.entity;
  return "message " + std::to_string(thing.sequence_number) + " of " + thing.entity;
}

std::string text(hold const& one) {
  return "worker " + std::to_string(one.worker) + " from " + to_string(one.from) + " to " +
         to_string(one.until) + " (asked at " + std::to_string(one.given.invoked) + ")";
}

hold_table::hold_table(bus_history const& what) {
  add_accepts(what);
  add_deliveries(what);
  add_renewals(what);
  // The lock of a message in a session is the session's, as that was renewed and closed.
  for (auto const& [lock, at] : locks_) {
    if (at.holder == 0 || accepts_.count(at.holder) == 0) continue;
    auto const& session = holds_[accepts_.at(at.holder)];
    auto& message = holds_[at.hold];
    message.until = std::max(message.until, session.until);
    message.ended = std::min(message.ended, session.ended);
  }
  add_settles(what);
}

void hold_table::add_accepts(bus_history const& what) {
  for (auto const& one : what.accepts) {
    if (!is_done(one)) continue;
    hold made{{one.entity, one.session_id},
              one.worker,
              one.times,
              one.lock.from,
              one.lock.until,
              one.lock.until};
    if (one.closing.invoked != 0) made.ended = one.closing.invoked;
    accepts_.emplace(one.holder, holds_.size());
    holds_.push_back(std::move(made));
  }
}

void hold_table::add_deliveries(bus_history const& what) {
  for (auto const& one : what.receives)
    for (auto const& seen : one.messages) {
      if (seen.lock.token == lock_token{}) continue;
      locks_.emplace(seen.lock.token, place{holds_.size(), one.holder});
      holds_.push_back({{one.entity, {}, seen.sequence_number},
                        one.worker,
                        one.times,
                        seen.lock.from,
                        seen.lock.until,
                        seen.lock.until});
    }
}

void hold_table::add_renewals(bus_history const& what) {
  for (auto const& one : what.renewals) {
    if (!is_done(one)) continue;
    hold* renewed = nullptr;
    if (one.holder != 0) {
      if (auto const at = accepts_.find(one.holder); at != accepts_.end())
        renewed = &holds_[at->second];
    } else if (auto const at = locks_.find(one.lock); at != locks_.end()) {
      renewed = &holds_[at->second.hold];
    }
    if (renewed == nullptr) continue;
    renewed->until = std::max(renewed->until, one.until);
    renewed->uses.push_back({one.times, "renewed"});
  }
}

void hold_table::add_settles(bus_history const& what) {
  for (auto const& one : what.settles) {
    auto const at = locks_.find(one.lock);
    if (at == locks_.end() || !is_possible(one)) continue;
    auto& settled = holds_[at->second.hold];
    settled.ended = std::min(settled.ended, one.times.invoked);
    if (!is_done(one)) continue;
    settled.uses.push_back({one.times, "settled"});
    if (auto const session = accepts_.find(at->second.holder); session != accepts_.end())
      holds_[session->second].uses.push_back({one.times, "settled in"});
  }
}

hold const* hold_table::of_lock(lock_token lock) const {
  auto const at = locks_.find(lock);
  return at == locks_.end() ? nullptr : &holds_[at->second.hold];
}

hold const* hold_table::of_accept(std::uint64_t holder) const {
  auto const at = accepts_.find(holder);
  return at == accepts_.end() ? nullptr : &holds_[at->second];
}

std::uint64_t hold_table::holder_of(lock_token lock) const {
  auto const at = locks_.find(lock);
  return at == locks_.end() ? 0 : at->second.holder;
}

std::map<held_thing, std::vector<hold const*>> hold_table::by_thing() const {
  std::map<held_thing, std::vector<hold const*>> found;
  for (auto const& one : holds_) found[one.of].push_back(&one);
  return found;
}

}  // namespace evsrc::testing::inline v0::detail
