// SPDX-License-Identifier: Apache-2.0
// The judges of buses' histories: locks and order.
#include <algorithm>
#include <map>
#include <set>

#include "bus_holds.hpp"
#include "bus_sightings.hpp"
#include "evsrc/bus/entity.hpp"

namespace evsrc::testing::inline v0 {

namespace detail {

std::string text(sighting const& one) {
  std::string said = "message " + one.message->id + " (number " +
                     std::to_string(one.message->sequence_number) + " of " + *one.entity;
  if (one.by == nullptr) return said + ", standing at the end)";
  return said + ", received by worker " + std::to_string(one.by->worker) + " at " +
         std::to_string(one.by->times.invoked) + ")";
}

std::vector<sighting> sightings(bus_history const& what) {
  std::vector<sighting> found;
  for (auto const& one : what.receives)
    for (auto const& each : one.messages) found.push_back({&one.entity, &one, &each});
  for (auto const& one : what.standing)
    for (auto const& each : one.messages) found.push_back({&one.entity, nullptr, &each});
  return found;
}

bool is_dead_letter_queue(std::string const& entity) { return home_of(entity) != entity; }

std::string dead_letters_of(std::string const& entity) { return dead_letter_path(entity); }

std::string home_of(std::string const& entity) {
  static std::string const ending = dead_letter_path({});
  bool const is_dead = entity.size() > ending.size() &&
                       entity.compare(entity.size() - ending.size(), ending.size(), ending) == 0;
  return is_dead ? entity.substr(0, entity.size() - ending.size()) : entity;
}

}  // namespace detail

namespace {

using detail::hold;
using detail::hold_table;
using detail::sighting;
using detail::text;

bool is_done(bus_call const& call) { return call.outcome == call_outcome::done; }

/// True where nobody can say that both were not held at one time.
bool may_follow(hold const& one, hold const& other) {
  bool const is_apart_in_time = one.from >= other.until || other.from >= one.until;
  return is_apart_in_time || one.ended < other.given.completed || other.ended < one.given.completed;
}

/// The bus gave `later` when `earlier` had been given.
bool is_later(hold const& later, hold const& earlier) {
  return earlier.first_until <= later.from || earlier.given.completed < later.given.invoked;
}

}  // namespace

verdict locks_exclude_each_other(bus_history const& what) {
  hold_table const locks{what};
  for (auto const& [thing, holds] : locks.by_thing())
    for (std::size_t i = 0; i != holds.size(); ++i)
      for (std::size_t j = i + 1; j != holds.size(); ++j)
        if (!may_follow(*holds[i], *holds[j]))
          return verdict::fails(text(thing) + " was held twice at one time: by " + text(*holds[i]) +
                                " and by " + text(*holds[j]));
  return verdict::holds();
}

verdict lost_locks_do_nothing(bus_history const& what) {
  hold_table const locks{what};
  std::set<lock_token> settled;
  for (auto const& one : what.settles)
    if (is_done(one) && !settled.insert(one.lock).second)
      return verdict::fails("one lock of " + one.entity + " settled twice, again by worker " +
                            std::to_string(one.worker) + " at " +
                            std::to_string(one.times.invoked));
  for (auto const& [thing, holds] : locks.by_thing())
    for (auto const* const lost : holds)
      for (auto const* const next : holds) {
        if (next == lost || !is_later(*next, *lost)) continue;
        for (auto const& use : lost->uses)
          if (use.times.invoked > next->given.completed)
            return verdict::fails(text(thing) + " was " + use.what + " at " +
                                  std::to_string(use.times.invoked) + " by the lock of " +
                                  text(*lost) + ", but belonged to " + text(*next));
      }
  return verdict::holds();
}

namespace {

/// Until when the holder knew its lock to hold when it made the call: renewals that had been
/// answered count.
timestamp known_until(bus_history const& what, hold const& of, std::uint64_t holder,
                      lock_token lock, bus_call const& at) {
  auto until = of.first_until;
  for (auto const& one : what.renewals) {
    bool const is_meant = holder != 0 ? one.holder == holder : one.lock == lock;
    if (is_meant && is_done(one) && one.times.completed < at.times.invoked)
      until = std::max(until, one.until);
  }
  return until;
}

verdict judge_refusal(bus_history const& what, hold_table const& locks, bus_call const& call,
                      lock_token lock, std::uint64_t holder) {
  if (call.outcome != call_outcome::refused || call.refusal != errc::lock_lost)
    return verdict::holds();
  auto const* held = holder != 0 ? locks.of_accept(holder) : locks.of_lock(lock);
  if (held == nullptr || held->ended < call.times.completed) return verdict::holds();
  auto const session = holder != 0 ? holder : locks.holder_of(lock);
  if (session != 0) {
    held = locks.of_accept(session);
    if (held == nullptr || held->ended < call.times.completed) return verdict::holds();
  }
  auto const until = known_until(what, *held, session, lock, call);
  if (call.bus_time >= until) return verdict::holds();
  return verdict::fails("worker " + std::to_string(call.worker) + " was told at " +
                        to_string(call.bus_time) + " that its lock of " + text(held->of) +
                        " was lost, but held it until " + to_string(until));
}

}  // namespace

verdict held_locks_are_honoured(bus_history const& what) {
  hold_table const locks{what};
  std::map<std::uint64_t, std::size_t> of_transaction;
  for (auto const& one : what.settles)
    if (one.transaction != 0) ++of_transaction[one.transaction];
  for (auto const& one : what.settles) {
    // Of several settlements in one transaction nobody knows whose lock was lost.
    if (one.transaction != 0 && of_transaction[one.transaction] > 1) continue;
    if (auto said = judge_refusal(what, locks, one, one.lock, 0); !said) return said;
  }
  for (auto const& one : what.renewals)
    if (auto said = judge_refusal(what, locks, one, one.lock, one.holder); !said) return said;
  for (auto const& one : what.receives)
    if (one.holder != 0)
      if (auto said = judge_refusal(what, locks, one, {}, one.holder); !said) return said;
  return verdict::holds();
}

namespace {

/// One delivery in a session, as its order is judged.
struct session_delivery {
  sighting seen;
  call_times abandoned{};  ///< 0: was not
};

bool is_behind(session_delivery const& later, session_delivery const& earlier) {
  auto const& one = *earlier.seen.by;
  auto const& other = *later.seen.by;
  if (one.holder == other.holder) return &earlier < &later;  // in the order of the history
  return one.times.completed < other.times.invoked;
}

/// The deliveries of each message of a session.
using by_number = std::map<std::int64_t, std::vector<session_delivery const*>>;

/// One of these, of the message in front, was in the hands of the holder of `at` at that time.
bool is_in_hand(std::vector<session_delivery const*> const& of_front, session_delivery const& at) {
  return std::any_of(of_front.begin(), of_front.end(), [&](session_delivery const* one) {
    if (one->seen.by->holder != at.seen.by->holder || !is_behind(at, *one)) return false;
    return one->abandoned.completed == 0 || one->abandoned.completed > at.seen.by->times.invoked;
  });
}

verdict judge_session(std::vector<session_delivery> const& all) {
  by_number numbers;
  for (auto const& one : all) numbers[one.seen.message->sequence_number].push_back(&one);
  for (std::size_t i = 0; i != all.size(); ++i) {
    auto const& front = all[i];
    auto const& of_front = numbers[front.seen.message->sequence_number];
    for (std::size_t j = 0; j != i; ++j) {
      auto const& at = all[j];
      if (at.seen.message->sequence_number <= front.seen.message->sequence_number) continue;
      if (!is_behind(front, at) || is_in_hand(of_front, at)) continue;
      return verdict::fails(text(at.seen) + " overtook " + text(front.seen) + " in session " +
                            front.seen.message->session_id);
    }
  }
  return verdict::holds();
}

}  // namespace

verdict sessions_are_in_order(bus_history const& what) {
  std::map<lock_token, call_times> abandoned;
  for (auto const& one : what.settles)
    if (is_done(one) && one.what == disposition::abandon) abandoned.emplace(one.lock, one.times);
  std::map<std::pair<std::string, std::string>, std::vector<session_delivery>> sessions;
  for (auto const& each : detail::sightings(what)) {
    if (each.by == nullptr || each.by->holder == 0 || each.by->is_deferred) continue;
    auto const given_back = abandoned.find(each.message->lock.token);
    sessions[{*each.entity, each.message->session_id}].push_back(
        {each, given_back == abandoned.end() ? call_times{} : given_back->second});
  }
  for (auto& [name, all] : sessions) {
    std::stable_sort(all.begin(), all.end(), [](auto const& one, auto const& other) {
      return one.seen.by->times.invoked < other.seen.by->times.invoked;
    });
    if (auto said = judge_session(all); !said) return said;
  }
  return verdict::holds();
}

namespace {

/// The least and greatest numbers that a send's messages got, where they were seen in their queue.
struct numbered_send {
  recorded_send const* send = nullptr;
  std::int64_t least = 0;
  std::int64_t greatest = 0;
};

verdict judge_order(std::vector<numbered_send> all) {
  std::vector<numbered_send> by_end = all;
  std::sort(all.begin(), all.end(), [](auto const& one, auto const& other) {
    return one.send->times.invoked < other.send->times.invoked;
  });
  std::sort(by_end.begin(), by_end.end(), [](auto const& one, auto const& other) {
    return one.send->times.completed < other.send->times.completed;
  });
  numbered_send const* greatest = nullptr;
  auto ended = by_end.begin();
  for (auto const& each : all) {
    for (; ended != by_end.end() && ended->send->times.completed < each.send->times.invoked;
         ++ended)
      if (greatest == nullptr || ended->greatest > greatest->greatest) greatest = &*ended;
    if (greatest != nullptr && greatest->greatest > each.least)
      return verdict::fails("the send of worker " + std::to_string(each.send->worker) + " at " +
                            std::to_string(each.send->times.invoked) + " got number " +
                            std::to_string(each.least) + ", behind " +
                            std::to_string(greatest->greatest) + " of a send that ended before");
  }
  return verdict::holds();
}

}  // namespace

verdict sends_are_in_order(bus_history const& what) {
  std::map<std::pair<std::string, std::string>, std::int64_t> numbers;
  for (auto const& each : detail::sightings(what))
    numbers.emplace(std::pair{*each.entity, each.message->id}, each.message->sequence_number);
  std::set<std::string> const detecting{what.detecting.begin(), what.detecting.end()};
  std::map<std::string, std::vector<numbered_send>> entities;
  for (auto const& one : what.sends) {
    // A dropped duplicate has the number of the message that it repeats.
    if (!is_done(one) || one.is_scheduled || detecting.count(one.entity) != 0) continue;
    numbered_send made{&one};
    for (auto const& each : one.messages) {
      auto const number = numbers.find({one.entity, each.id});
      if (number == numbers.end()) continue;
      if (number->second <= made.greatest)
        return verdict::fails("message " + each.id + " got number " +
                              std::to_string(number->second) + ", behind " +
                              std::to_string(made.greatest) + " of one in front of it");
      made.least = made.least == 0 ? number->second : made.least;
      made.greatest = number->second;
    }
    if (made.least != 0) entities[one.entity].push_back(made);
  }
  for (auto const& [entity, all] : entities)
    if (auto said = judge_order(all); !said) return said;
  return verdict::holds();
}

}  // namespace evsrc::testing::inline v0
