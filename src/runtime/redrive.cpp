// SPDX-License-Identifier: Apache-2.0
// Records first, then copies: whatever is cut off can be done again.
#include "evsrc/runtime/redrive.hpp"

#include <algorithm>

namespace evsrc::inline v0 {

using detail::final_disposition;
using detail::held_message;
using detail::key_standing;
using detail::message_identity;
using kind = final_disposition::kind;

/// All that could be locked; what is not settled is given back at the end.
struct redriver::locked_dead_letters {
  std::unique_ptr<receiver> from;
  std::vector<delivery> all;

  locked_dead_letters() = default;
  locked_dead_letters(locked_dead_letters&&) = default;
  locked_dead_letters& operator=(locked_dead_letters&&) = default;
  ~locked_dead_letters() {
    if (!from) return;
    std::vector<settlement> back;
    for (auto const& one : all) back.push_back(one.settle(disposition::abandon));
    // Those that were settled answer lock_lost, and are gone.
    if (!back.empty()) static_cast<void>(from->settle(back));
  }
  [[nodiscard]] delivery const* find(message_identity const& which) const {
    for (auto const& one : all) {
      auto const identity = detail::identify(one.message, one.enqueued_at);
      if (identity.origin == which.origin && identity.round == which.round) return &one;
    }
    return nullptr;
  }
};

redriver::redriver(event_store& store, idempotency_store& keys, message_bus& bus,
                   redrive_options options)
    : store_(&store),
      keys_(&keys),
      bus_(&bus),
      options_(std::move(options)),
      clock_(options_.clock != nullptr ? options_.clock : &system_clock()),
      random_(options_.random != nullptr ? options_.random : &system_random()),
      inbox_(keys, *clock_, options_.consumer, options_.inbox_window),
      ledger_(store, *clock_, *random_, options_.consumer) {}

result<std::string> redriver::send_path() const {
  auto const path = parse_entity_path(options_.entity);
  if (!path) return fail(path.error());
  return path->name;
}

result<redriver::locked_dead_letters> redriver::lock_dead_letters(std::size_t max_messages) {
  locked_dead_letters made;
  auto opened = bus_->open_receiver(dead_letter_path(options_.entity));
  if (!opened) return fail(std::move(opened.error()));
  made.from = std::move(*opened);
  constexpr std::size_t at_once = 100;
  while (made.all.size() < max_messages) {
    auto some =
        made.from->receive({.max_messages = std::min(at_once, max_messages - made.all.size())});
    if (!some) return fail(std::move(some.error()));
    if (some->empty()) break;
    std::move(some->begin(), some->end(), std::back_inserter(made.all));
  }
  return made;
}

/// Where the bus can, the copy takes the dead letter's place in one transaction; else it is sent
/// first, and a repeat is known by its id.
result<void> redriver::send_copy(message copy, delivery const* in_place_of) {
  auto const to = send_path();
  if (!to) return fail(to.error());
  if (*to != options_.entity)
    set_property(copy.properties, std::string(property_names::only_for), options_.entity);
  bus_transaction both;
  both.sends.push_back({*to, copy});
  if (in_place_of != nullptr) both.settles.push_back(in_place_of->settle());
  auto const done = bus_->commit(both);
  if (done || done.error().code != errc::unsupported) return done;
  auto opened = bus_->open_sender(*to);
  if (!opened) return fail(std::move(opened.error()));
  EVSRC_TRY((*opened)->send(copy));
  return in_place_of != nullptr ? remove(*in_place_of) : result<void>{};
}

result<void> redriver::remove(delivery const& one) {
  auto opened = bus_->open_receiver(dead_letter_path(options_.entity));
  if (!opened) return fail(std::move(opened.error()));
  return (*opened)->settle(one.settle());
}

result<void> redriver::send_front(held_message const& front, delivery const* dead_letter) {
  auto const suffix = dead_letter != nullptr ? std::to_string(dead_letter->sequence_number)
                                             : std::to_string(front.identity.round) + ".redriven";
  auto copy = detail::copy_of(front.message, front.identity, suffix, {}, timestamp::max());
  copy.time_to_live = no_time_to_live;  // its key waits for it
  return send_copy(std::move(copy), dead_letter);
}

/// A copy of the first held message makes the consumer look at the key; it is a duplicate by then.
result<void> redriver::wake(std::string const& key) {
  auto const state = ledger_.load(key);
  if (!state) return fail(state.error());
  if (state->standing() != key_standing::draining) return {};
  auto const& next = state->held.front();
  auto copy = detail::copy_of(
      next.message, next.identity,
      std::to_string(next.identity.round) + ".next." + std::to_string(state->version), {},
      timestamp::max());
  copy.time_to_live = no_time_to_live;
  return send_copy(std::move(copy), nullptr);
}

/// The record that the round before has ended is renewed where it is no longer known.
result<void> redriver::start_round(std::string const& key, detail::key_state const& state) {
  auto const& front = *state.front;
  commit what;
  auto record = ledger_.redriven(key, state);
  if (!record) return fail(std::move(record.error()));
  what.appends.push_back(std::move(*record));
  auto const known = inbox_.find(front.identity);
  if (!known) return fail(known.error());
  if (!*known) {
    auto entry = inbox_.entry(front.identity, front.message.body,
                              {kind::dead_lettered, state.reason, state.description});
    if (!entry) return fail(std::move(entry.error()));
    what.once.push_back(std::move(*entry));
  }
  auto const done = store_->commit(std::move(what));
  if (!done) return fail(done.error());
  return {};
}

result<void> redriver::redrive(std::string const& key) {
  auto state = ledger_.load(key);
  if (!state) return fail(std::move(state.error()));
  switch (state->standing()) {
    case key_standing::open:
      return fail(errc::not_found, "key " + key + " is not blocked", "redrive");
    case key_standing::draining: return wake(key);
    case key_standing::waiting:
      if (state->due != timestamp{})
        return fail(errc::unavailable,
                    "key " + key + " waits for an attempt at " + to_string(state->due), "redrive");
      break;
    case key_standing::blocked:
      EVSRC_TRY(start_round(key, *state));
      ++state->front->identity.round;
      state->front->identity.attempts = 0;
      break;
  }
  auto const dead = lock_dead_letters(10'000);
  if (!dead) return fail(dead.error());
  auto before = state->front->identity;
  --before.round;
  return send_front(*state->front, dead->find(before));
}

result<void> redriver::skip(std::string const& key, std::string const& origin) {
  auto const state = ledger_.load(key);
  if (!state) return fail(state.error());
  bool const is_front = state->front && (origin.empty() || state->front->identity.origin == origin);
  held_message const* which = is_front ? &*state->front : nullptr;
  for (auto const& one : state->held)
    if (which == nullptr && one.identity.origin == origin) which = &one;
  if (which == nullptr) {
    if (origin.empty() && state->standing() == key_standing::draining) return wake(key);
    return fail(errc::not_found, "key " + key + " does not wait for such a message", "skip");
  }
  commit what;
  auto record = ledger_.skipped(key, *state, which->identity);
  if (!record) return fail(std::move(record.error()));
  what.appends.push_back(std::move(*record));
  // A dead letter has ended its round: what ends now is the next one, which nobody may begin.
  auto ended = which->identity;
  if (is_front && !state->is_waiting) ++ended.round;
  auto entry = inbox_.entry(ended, which->message.body, {kind::skipped});
  if (!entry) return fail(std::move(entry.error()));
  what.once.push_back(std::move(*entry));
  auto const done = store_->commit(std::move(what));
  if (!done) return fail(done.error());
  if (done->duplicate)
    return fail(errc::version_conflict, "message " + which->identity.origin + " has ended", "skip");
  if (is_front) {
    auto const dead = lock_dead_letters(10'000);
    if (!dead) return fail(dead.error());
    if (auto const* letter = dead->find(which->identity)) EVSRC_TRY(remove(*letter));
  }
  return wake(key);
}

result<redrive_report> redriver::redrive_dead_letters(unique_function<bool(delivery const&)> wanted,
                                                      std::size_t max_messages) {
  redrive_report report;
  auto const dead = lock_dead_letters(max_messages);
  if (!dead) return fail(dead.error());
  for (auto const& one : dead->all)
    if (wanted(one)) EVSRC_TRY(redrive_one(one, report));
  return report;
}

result<void> redriver::redrive_one(delivery const& one, redrive_report& report) {
  auto identity = detail::identify(one.message, one.enqueued_at);
  auto const known = inbox_.find(identity);
  if (!known) return fail(known.error());
  auto next = identity;
  ++next.round;
  next.attempts = 0;
  auto const later = inbox_.find(next);
  if (!later) return fail(later.error());
  if (*later || (*known && (*known)->what != kind::dead_lettered)) {
    ++report.ended_before;
    return remove(one);
  }
  auto const& key = one.message.session_id;
  auto state = ledger_.load(key);
  if (!state) return fail(std::move(state.error()));
  if (state->is_front(identity)) {
    if (state->standing() == key_standing::blocked) EVSRC_TRY(start_round(key, *state));
    state->front->identity.round = next.round;
    EVSRC_TRY(send_front(*state->front, &one));
    ++report.redriven;
    return {};
  }
  if (!*known) {  // the broker gave it up, or the entry has ended
    if (inbox_.has_passed(identity.first_enqueued) && !options_.is_forced) {
      ++report.refused;
      return {};
    }
    auto entry = inbox_.entry(
        identity, one.message.body,
        {kind::dead_lettered,
         std::string(find_text(one.message.properties, property_names::dead_letter_reason)),
         {}});
    if (!entry) return fail(std::move(entry.error()));
    auto const recorded = keys_->record_once(std::move(*entry));
    if (!recorded) return fail(recorded.error());
    if (recorded->duplicate) return redrive_one(one, report);
  }
  auto copy =
      detail::copy_of(one.message, next, std::to_string(one.sequence_number), {}, timestamp::max());
  EVSRC_TRY(send_copy(std::move(copy), &one));
  ++report.redriven;
  return {};
}

}  // namespace evsrc::inline v0
