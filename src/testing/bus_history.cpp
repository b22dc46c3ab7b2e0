// SPDX-License-Identifier: Apache-2.0
// The judges of buses' histories: messages. Those of locks and order are in bus_history_locks.cpp.
#include "evsrc/testing/bus_history.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "bus_sightings.hpp"

namespace evsrc::testing::inline v0 {
namespace {

using detail::dead_letters_of;
using detail::home_of;
using detail::is_dead_letter_queue;
using detail::sighting;
using detail::text;

bool is_done(bus_call const& call) { return call.outcome == call_outcome::done; }
bool is_possible(bus_call const& call) { return call.outcome != call_outcome::refused; }

bool detects(bus_history const& what, std::string const& entity) {
  return std::find(what.detecting.begin(), what.detecting.end(), entity) != what.detecting.end();
}

/// A message by the queue that it was sent to.
using message_name = std::pair<std::string, std::string>;

struct sent_as {
  recorded_send const* by = nullptr;
  sent_message const* message = nullptr;
};

std::multimap<message_name, sent_as> sent(bus_history const& what) {
  std::multimap<message_name, sent_as> found;
  for (auto const& one : what.sends)
    for (auto const& each : one.messages)
      if (is_possible(one)) found.emplace(message_name{one.entity, each.id}, sent_as{&one, &each});
  return found;
}

/// All that somebody saw, or that may have ended or been cancelled unseen.
struct fates {
  std::set<message_name> seen;
  std::set<message_name> ended;  ///< completed, deleted, cancelled, or standing at the end
  bool is_unclear = false;       ///< a deleting receive without an answer took who knows what
};

fates fates_of(bus_history const& what) {
  fates found;
  std::map<lock_token, message_name> locks;
  for (auto const& each : detail::sightings(what)) {
    message_name const name{home_of(*each.entity), each.message->id};
    found.seen.insert(name);
    bool const is_deleted = each.by != nullptr && each.by->is_deleting;
    if (each.by == nullptr || is_deleted) found.ended.insert(name);
    if (each.by != nullptr) locks.emplace(each.message->lock.token, name);
  }
  for (auto const& one : what.settles) {
    auto const at = locks.find(one.lock);
    if (at == locks.end() || !is_possible(one)) continue;
    // A dead letter must stand somewhere, unless nobody knows whether it became one.
    if (one.what == disposition::complete) found.ended.insert(at->second);
  }
  for (auto const& one : what.cancels) {
    if (!is_possible(one)) continue;
    found.ended.insert({one.entity, one.id});
    found.seen.insert({one.entity, one.id});
  }
  for (auto const& one : what.receives)
    found.is_unclear = found.is_unclear || (one.is_deleting && is_possible(one) && !is_done(one));
  return found;
}

}  // namespace

void merge(bus_history& into, bus_history from) {
  auto const move_all = [](auto& to, auto& of) {
    to.insert(to.end(), std::make_move_iterator(of.begin()), std::make_move_iterator(of.end()));
  };
  move_all(into.sends, from.sends);
  move_all(into.receives, from.receives);
  move_all(into.settles, from.settles);
  move_all(into.renewals, from.renewals);
  move_all(into.accepts, from.accepts);
  move_all(into.cancels, from.cancels);
}

verdict no_invented_message(bus_history const& what) {
  auto const by_name = sent(what);
  std::map<std::pair<std::string, std::int64_t>, std::string> numbers;
  for (auto const& each : detail::sightings(what)) {
    auto const& seen = *each.message;
    auto const [first, last] = by_name.equal_range({home_of(*each.entity), seen.id});
    bool const is_sent = std::any_of(first, last, [&](auto const& entry) {
      auto const& as = entry.second;
      return as.message->session_id == seen.session_id && as.message->body == seen.body &&
             (each.by == nullptr || as.by->times.invoked < each.by->times.completed);
    });
    if (!is_sent) return verdict::fails(text(each) + " was never sent so");
    auto const [at, is_new] = numbers.try_emplace({*each.entity, seen.sequence_number}, seen.id);
    if (!is_new && at->second != seen.id)
      return verdict::fails(text(each) + " has the sequence number of " + at->second);
  }
  return verdict::holds();
}

verdict nothing_acknowledged_is_lost(bus_history const& what) {
  auto const found = fates_of(what);
  std::map<std::uint64_t, std::pair<std::size_t, std::size_t>> calls;  // seen of all
  std::uint64_t single = 0;
  for (auto const& one : what.sends) {
    // Sends without a transaction are told apart by numbers from above.
    auto const number = one.transaction != 0 ? one.transaction : ~single++;
    for (auto const& each : one.messages) {
      message_name const name{one.entity, each.id};
      if (is_done(one) && !found.is_unclear && found.ended.count(name) == 0)
        return verdict::fails("message " + each.id + ", sent to " + one.entity + " at " +
                              std::to_string(one.times.invoked) +
                              " and acknowledged, is lost: nobody ended it, nor does it stand");
      if (is_done(one) || !is_possible(one) || detects(what, one.entity)) continue;
      auto& [seen, all] = calls[number];
      seen += found.seen.count(name);
      ++all;
    }
  }
  for (auto const& [number, count] : calls)
    if (count.first != 0 && count.first != count.second && !found.is_unclear)
      return verdict::fails("of a send without an answer " + std::to_string(count.first) + " of " +
                            std::to_string(count.second) + " messages got in");
  return verdict::holds();
}

verdict no_message_is_there_twice(bus_history const& what) {
  std::map<message_name, std::size_t> times_sent;
  for (auto const& [name, as] : sent(what)) ++times_sent[name];
  std::map<message_name, std::set<std::int64_t>> numbers;  // by the entity that it was seen in
  std::map<message_name, std::size_t> standing;            // in queue and dead letters together
  for (auto const& each : detail::sightings(what)) {
    numbers[{*each.entity, each.message->id}].insert(each.message->sequence_number);
    if (each.by == nullptr) ++standing[{home_of(*each.entity), each.message->id}];
  }
  auto const most = [&](std::string const& queue, std::string const& id) -> std::size_t {
    return detects(what, queue) ? 1 : std::max<std::size_t>(1, times_sent[{queue, id}]);
  };
  for (auto const& [name, all] : numbers)
    if (all.size() > most(home_of(name.first), name.second))
      return verdict::fails("message " + name.second + " is in " + name.first + " under " +
                            std::to_string(all.size()) + " sequence numbers, as " +
                            std::to_string(*all.begin()) + " and " + std::to_string(*all.rbegin()));
  for (auto const& [name, count] : standing)
    if (count > most(name.first, name.second))
      return verdict::fails("message " + name.second + " of " + name.first + " stands " +
                            std::to_string(count) + " times at the end");
  return verdict::holds();
}

namespace {

/// An acknowledged end of a message in its entity.
struct message_end {
  call_times times{};
  char const* how = "";
};

using ends_by_number = std::map<std::pair<std::string, std::int64_t>, message_end>;

verdict note_end(ends_by_number& all, sighting const& of, message_end how) {
  auto const [at, is_first] = all.try_emplace({*of.entity, of.message->sequence_number}, how);
  if (is_first) return verdict::holds();
  return verdict::fails(text(of) + " was ended twice: " + at->second.how + " by a call begun at " +
                        std::to_string(at->second.times.invoked) + ", " + how.how +
                        " by one begun at " + std::to_string(how.times.invoked));
}

}  // namespace

verdict each_is_ended_once(bus_history const& what) {
  auto const all = detail::sightings(what);
  std::map<lock_token, sighting> locks;
  ends_by_number ends;
  for (auto const& each : all) {
    if (each.by == nullptr) continue;
    locks.emplace(each.message->lock.token, each);
    if (!each.by->is_deleting) continue;
    if (auto said = note_end(ends, each, {each.by->times, "deleted"}); !said) return said;
  }
  for (auto const& one : what.settles) {
    auto const at = locks.find(one.lock);
    bool const is_end = one.what == disposition::complete ||
                        (one.what == disposition::dead_letter && !is_dead_letter_queue(one.entity));
    if (at == locks.end() || !is_done(one) || !is_end) continue;
    auto const* const how = one.what == disposition::complete ? "completed" : "dead-lettered";
    if (auto said = note_end(ends, at->second, {one.times, how}); !said) return said;
  }
  for (auto const& each : all) {
    auto const end = ends.find({*each.entity, each.message->sequence_number});
    if (end == ends.end()) continue;
    bool const is_later =
        each.by == nullptr || each.by->times.invoked > end->second.times.completed;
    if (is_later)
      return verdict::fails(text(each) + " is there after it was " + end->second.how +
                            " by a call begun at " + std::to_string(end->second.times.invoked));
  }
  return verdict::holds();
}

verdict cancelled_never_arrives(bus_history const& what) {
  std::set<message_name> cancelled;
  for (auto const& one : what.cancels)
    if (is_done(one)) cancelled.insert({one.entity, one.id});
  for (auto const& each : detail::sightings(what))
    if (cancelled.count({home_of(*each.entity), each.message->id}) != 0)
      return verdict::fails(text(each) + " was cancelled");
  return verdict::holds();
}

verdict dead_letters_keep_their_reason(bus_history const& what) {
  std::map<lock_token, std::string> ids;
  for (auto const& each : detail::sightings(what))
    if (each.by != nullptr) ids.emplace(each.message->lock.token, each.message->id);
  std::map<message_name, std::string> reasons;
  for (auto const& one : what.settles) {
    if (!is_done(one) || one.what != disposition::dead_letter) continue;
    if (is_dead_letter_queue(one.entity)) continue;
    if (auto const id = ids.find(one.lock); id != ids.end())
      reasons[{dead_letters_of(one.entity), id->second}] = one.reason;
  }
  for (auto const& each : detail::sightings(what)) {
    auto const given = reasons.find({*each.entity, each.message->id});
    if (given != reasons.end() && given->second != each.message->dead_letter_reason)
      return verdict::fails(text(each) + " was dead-lettered for \"" + given->second +
                            "\", but says \"" + each.message->dead_letter_reason + "\"");
  }
  return verdict::holds();
}

verdict nothing_expired_is_delivered(bus_history const& what) {
  for (auto const& each : detail::sightings(what)) {
    // A session's lock may be older than the delivery.
    if (each.by == nullptr || each.by->holder != 0) continue;
    if (is_dead_letter_queue(*each.entity) || each.message->lock.token == lock_token{}) continue;
    if (each.message->lock.from >= each.message->expires_at)
      return verdict::fails(text(each) + " was given out at " + to_string(each.message->lock.from) +
                            ", but had expired at " + to_string(each.message->expires_at));
  }
  return verdict::holds();
}

std::span<bus_history_judge const> bus_history_judges() noexcept {
  static constexpr bus_history_judge all[] = {
      {"no_invented_message", &no_invented_message},
      {"no_message_is_there_twice", &no_message_is_there_twice},
      {"each_is_ended_once", &each_is_ended_once},
      {"locks_exclude_each_other", &locks_exclude_each_other},
      {"lost_locks_do_nothing", &lost_locks_do_nothing},
      {"held_locks_are_honoured", &held_locks_are_honoured},
      {"sessions_are_in_order", &sessions_are_in_order},
      {"sends_are_in_order", &sends_are_in_order},
      {"cancelled_never_arrives", &cancelled_never_arrives},
      {"dead_letters_keep_their_reason", &dead_letters_keep_their_reason},
      {"nothing_expired_is_delivered", &nothing_expired_is_delivered},
      {"nothing_acknowledged_is_lost", &nothing_acknowledged_is_lost},
  };
  return all;
}

verdict judge_all(bus_history const& what) {
  for (auto const& each : bus_history_judges())
    if (auto said = each.judge(what); !said)
      return verdict::fails(std::string(each.name) + ": " + said.message());
  return verdict::holds();
}

}  // namespace evsrc::testing::inline v0
