// SPDX-License-Identifier: Apache-2.0
// What is decided about one dead letter or one key. Records first, then copies: whatever is cut off
// can be done again.
#include "evsrc/runtime/detail/redrive_core.hpp"

#include <algorithm>
#include <charconv>

#include "evsrc/runtime/detail/fingerprint.hpp"
#include "evsrc/runtime/detail/moved_message.hpp"
#include "evsrc/runtime/detail/printable_text.hpp"

namespace evsrc::inline v0::detail {
namespace {

using kind = final_disposition::kind;
using outcome = letter_outcome::kind;

/// Why the next round of an edited message is skipped: another message takes its place.
constexpr char const* edited = "edited";
/// Why MessageIdReused is not redriven: its copy would be known as the other one's.
constexpr char const* shares_an_id =
    "another message had its id before: send it anew under an id of its own, then purge this one";
/// Why DedupWindowPassed is redriven only by force (G19).
constexpr char const* barred =
    "it came behind the inbox window: it may have taken effect, and would again";

dead_letter_record record_of(delivery const& one, message_identity const& identity) {
  auto const told = describe(one);
  dead_letter_record made;
  made.id = printable(identity.origin);
  made.origin = to_bytes(identity.origin);
  made.type = printable(told.type);
  made.key = printable(told.key);
  made.reason = printable(told.reason);
  made.description = printable(told.description);
  made.round = identity.round;
  made.sequence_number = one.sequence_number;
  made.enqueued_at = one.enqueued_at;
  return made;
}

/// Of a message that the ledger keeps; its dead letter may be gone.
dead_letter_record record_of(held_message const& what, key_state const& state,
                             delivery const* letter, std::string_view consumer) {
  if (letter != nullptr)
    return record_of(*letter, identify_for(consumer, letter->message, letter->enqueued_at));
  delivery as_held;
  as_held.message = what.message;
  as_held.enqueued_at = what.enqueued_at;
  auto made = record_of(as_held, what.identity);
  made.reason = state.reason;
  made.description = state.description;
  return made;
}

message_identity next_of(message_identity const& identity) {
  auto next = identity;
  ++next.round;
  next.attempts = 0;
  return next;
}

/// Of the copy of a key's front; the same when it is sent again.
std::string redriven_suffix(message_identity const& next, delivery const* letter) {
  if (letter != nullptr) return std::to_string(letter->sequence_number);
  return std::to_string(next.round) + "." + std::to_string(next.attempts) + ".redriven";
}

/// The round of which a key's front may have a dead letter.
message_identity failed_round_of(key_state const& state) {
  auto failed = state.front->identity;
  if (state.is_waiting && failed.round > 0) --failed.round;
  return failed;
}

std::string decision_of(char const* what, delivery const& one, message_identity const& identity) {
  return std::string(what) + "#" + inbox::key_of(identity) + "/" +
         std::to_string(one.sequence_number);
}

/// What `state` is once the message is out of the way.
key_state without(key_state state, message_identity const& which) {
  ++state.version;
  if (state.is_front(which)) state.front.reset();
  std::erase_if(state.held,
                [&](held_message const& one) { return one.identity.origin == which.origin; });
  return state;
}

void erase_traces(message& what) {
  constexpr std::string_view ours[] = {property_names::origin_id,
                                       property_names::round,
                                       property_names::attempts,
                                       property_names::first_enqueued,
                                       property_names::only_for,
                                       property_names::dead_letter_reason,
                                       property_names::dead_letter_description};
  std::erase_if(what.properties, [&](auto const& one) {
    return std::find(std::begin(ours), std::end(ours), one.first) != std::end(ours);
  });
}

/// Keeps copies of several places apart, whose dead letters have the same numbers.
std::string moved_suffix(delivery const& one, std::string_view entity) {
  return std::to_string(one.sequence_number) + "." + digits_of(entity);
}

/// What another place gets: the message at its beginning, under an id of its own. Comes it back, it
/// is in the round behind the skipped one.
message moved_copy(delivery const& one, message_identity identity, redrive_options const& by,
                   timestamp now) {
  auto from = one.message;
  erase_traces(from);
  note_return(from, by.consumer, identity.round + 2);
  identity.round = identity.attempts = 0;
  if (by.is_forced) identity.first_enqueued = now;
  return copy_of(from, identity, moved_suffix(one, by.entity), {}, timestamp::max());
}

tl::unexpected<error> ended(std::string const& origin) {
  return fail(errc::version_conflict,
              "message " + printable(origin) +
                  " took effect, was redriven, or was skipped or edited otherwise",
              "redrive");
}

}  // namespace

// ---- keys

/// The record that the round before has ended is renewed where it is no longer known.
result<void> redrive_core::redrive_front(std::string const& key, key_state const& state,
                                         delivery const* letter) {
  auto const& front = *state.front;
  auto const next = state.is_waiting ? front.identity : next_of(front.identity);
  commit record;
  sends copies;
  if (!state.is_waiting) {
    auto began = ledger_.redriven(key, state);
    if (!began) return fail(std::move(began.error()));
    record.appends.push_back(std::move(*began));
    auto const known = inbox_.find(front.identity);
    if (!known) return fail(known.error());
    if (!*known) {
      auto entry = inbox_.entry(front.identity, front.message.body,
                                {kind::dead_lettered, state.reason, state.description});
      if (!entry) return fail(std::move(entry.error()));
      record.once.push_back(std::move(*entry));
    }
  }
  auto const letter_record = record_of(front, state, letter, options_.consumer);
  auto copy = copy_of(front.message, next, redriven_suffix(next, letter), {}, timestamp::max());
  copy.time_to_live = no_time_to_live;  // its key waits for it
  EVSRC_TRY(add_home(copies, std::move(copy)));
  std::string decision;
  if (!state.is_waiting) {
    EVSRC_TRY(note(record, dead_letter_redriven{options_.consumer, letter_record, copies[0].entity,
                                                printable(copies[0].message.id.value)}));
    decision = "front#" + inbox::key_of(front.identity) + "/" + std::to_string(state.version);
  }
  auto const done = carry_out(std::move(record), decision, copies, letter);
  if (!done) return fail(done.error());
  if (!*done) return ended(front.identity.origin);
  return {};
}

result<void> redrive_core::redrive_key(std::string const& key) {
  EVSRC_TRY(check_options());
  auto const state = ledger_.load(key);
  if (!state) return fail(state.error());
  if (state->standing() == key_standing::open)
    return fail(errc::not_found, "key " + key + " is not blocked", "redrive");
  if (state->standing() == key_standing::draining) {
    return wake(key, *state);
  }
  if (state->is_waiting && state->due > clock_->now())
    return fail(errc::unavailable,
                "key " + key + " waits for an attempt at " + evsrc::to_string(state->due),
                "redrive");
  if (!state->is_waiting && is_barred(state->reason))
    return fail(errc::condition_failed, "the front of key " + key + " is barred: " + barred,
                "redrive");
  dead_letter_locks locks(*bus_, options_.entity, *clock_);
  auto const letter = lock_letter_of(failed_round_of(*state), state->front->message.body, locks);
  if (!letter) return fail(letter.error());
  auto done = redrive_front(key, *state, *letter ? &**letter : nullptr);
  if (!done && *letter) locks.put_aside(**letter);
  return done;
}

result<void> redrive_core::skip_key(std::string const& key, std::string const& origin) {
  EVSRC_TRY(check_options());
  auto const state = ledger_.load(key);
  if (!state) return fail(state.error());
  bool const is_front = state->front && (origin.empty() || state->front->identity.origin == origin);
  held_message const* which = is_front ? &*state->front : nullptr;
  for (auto const& one : state->held)
    if (which == nullptr && one.identity.origin == origin) which = &one;
  sends copies;
  if (which == nullptr) {
    if (!origin.empty() || state->standing() != key_standing::draining)
      return fail(errc::not_found, "key " + key + " does not wait for such a message", "skip");
    return wake(key, *state);
  }
  dead_letter_locks locks(*bus_, options_.entity, *clock_);
  std::optional<delivery> letter;
  if (is_front) {
    auto locked = lock_letter_of(failed_round_of(*state), which->message.body, locks);
    if (!locked) return fail(std::move(locked.error()));
    letter = std::move(*locked);
  }
  commit record;
  auto skipped = ledger_.skipped(key, *state, which->identity);
  if (!skipped) return fail(std::move(skipped.error()));
  record.appends.push_back(std::move(*skipped));
  // A dead letter has ended its round: what ends now is the next one, which nobody may begin.
  auto ending = which->identity;
  if (is_front && !state->is_waiting) ++ending.round;
  auto entry = inbox_.entry(ending, which->message.body, {kind::skipped, {}, {}});
  if (!entry) return fail(std::move(entry.error()));
  record.once.push_back(std::move(*entry));
  auto const* const of_letter = letter ? &*letter : nullptr;
  EVSRC_TRY(note(record, dead_letter_skipped{options_.consumer, record_of(*which, *state, of_letter,
                                                                          options_.consumer)}));
  EVSRC_TRY(add_wake(copies, without(*state, which->identity)));
  auto const done = carry_out(std::move(record), {}, copies, of_letter);
  if (letter && (!done || !*done)) locks.put_aside(*letter);
  if (!done) return fail(done.error());
  if (!*done) return ended(which->identity.origin);
  return {};
}

// ---- dead letters

result<void> redrive_core::add_end(commit& record, delivery const& one,
                                   message_identity const& identity,
                                   std::optional<final_disposition> const& known) const {
  if (known) return {};
  auto const reason = find_text(one.message.properties, property_names::dead_letter_reason);
  auto entry =
      inbox_.entry(identity, one.message.body, {kind::dead_lettered, std::string(reason), {}});
  if (!entry) return fail(std::move(entry.error()));
  record.once.push_back(std::move(*entry));
  return {};
}

result<letter_outcome> redrive_core::redrive_letter(delivery const& one,
                                                    std::string const& destination) {
  auto const identity = identity_of(one);
  if (identity.origin.empty())
    return letter_outcome{outcome::refused, "it has no id that its effects could be known by"};
  auto const known = inbox_.find(identity);
  if (!known) return fail(known.error());
  auto state = state_of(one.message);
  if (!state) return fail(std::move(state.error()));
  auto const shares = shares_its_id(one, identity, *state);
  if (!shares) return fail(shares.error());
  if (*shares) return letter_outcome{outcome::refused, shares_an_id};
  auto const next = next_of(identity);
  auto const later = inbox_.find(next);
  if (!later) return fail(later.error());
  if (*later) return finish(one, identity, **later);
  if (*known && (*known)->what != kind::dead_lettered) return remove_ended(one);
  auto const reason = find_text(one.message.properties, property_names::dead_letter_reason);
  if (is_barred(*known ? (*known)->reason : reason))
    return letter_outcome{outcome::refused, barred};
  auto const to = home();
  if (!to) return fail(to.error());
  if (!destination.empty() && folded(destination) != folded(*to))
    return move_letter(one, identity, destination);
  if (state->holds(identity)) {  // its key has it whole, and handles it in its turn
    auto const removed = remove_ended(one);
    if (!removed) return fail(removed.error());
    return letter_outcome{};
  }
  if (state->is_front(identity)) {
    if (!state->is_waiting && is_barred(state->reason))
      return letter_outcome{outcome::refused, barred};
    EVSRC_TRY(redrive_front(one.message.session_id, *state, &one));
    return letter_outcome{};
  }
  commit record;
  sends copies;
  if (!*known && has_passed(identity))
    return letter_outcome{outcome::refused, "it is older than the inbox window"};
  EVSRC_TRY(add_end(record, one, identity, *known));
  auto redriven = next;
  if (options_.is_forced) redriven.first_enqueued = clock_->now();
  auto copy =
      copy_of(one.message, redriven, std::to_string(one.sequence_number), {}, timestamp::max());
  EVSRC_TRY(add_home(copies, std::move(copy)));
  EVSRC_TRY(note(record, dead_letter_redriven{options_.consumer, record_of(one, identity), *to,
                                              printable(copies[0].message.id.value)}));
  auto const done =
      carry_out(std::move(record), decision_of("redriven", one, identity), copies, &one);
  if (!done) return fail(done.error());
  if (!*done) return redrive_letter(one, destination);  // others decided meanwhile
  return letter_outcome{};
}

/// For this consumer the next round is skipped, with a note where the message went.
result<letter_outcome> redrive_core::move_letter(delivery const& one,
                                                 message_identity const& identity,
                                                 std::string const& destination) {
  auto const known = inbox_.find(identity);
  if (!known) return fail(known.error());
  if (!*known && has_passed(identity))
    return letter_outcome{outcome::refused, "it is older than the inbox window"};
  auto const state = state_of(one.message);
  if (!state) return fail(state.error());
  commit record;
  auto entry = inbox_.entry(
      next_of(identity), one.message.body,
      {kind::skipped, moved_reason, std::to_string(one.sequence_number) + " " + destination});
  if (!entry) return fail(std::move(entry.error()));
  record.once.push_back(std::move(*entry));
  EVSRC_TRY(add_end(record, one, identity, *known));
  auto copy = moved_copy(one, identity, options_, clock_->now());
  EVSRC_TRY(note(record, dead_letter_redriven{options_.consumer, record_of(one, identity),
                                              destination, printable(copy.id.value)}));
  sends copies{{destination, std::move(copy)}};
  if (state->is_front(identity)) {
    auto skipped = ledger_.skipped(one.message.session_id, *state, identity);
    if (!skipped) return fail(std::move(skipped.error()));
    record.appends.push_back(std::move(*skipped));
    EVSRC_TRY(add_wake(copies, without(*state, identity)));
  }
  auto const done = carry_out(std::move(record), {}, copies, &one);
  if (!done) return fail(done.error());
  if (!*done) return redrive_letter(one, destination);
  return letter_outcome{};
}

/// The next round has an end already: by a decision that was cut off, or without this dead letter.
result<letter_outcome> redrive_core::finish(delivery const& one, message_identity const& identity,
                                            final_disposition const& later) {
  if (later.what != kind::skipped) return remove_ended(one);
  if (later.reason == edited) return letter_outcome{outcome::kept, {}};
  auto const mine = std::to_string(one.sequence_number) + " ";
  if (later.reason != moved_reason || later.description.rfind(mine, 0) != 0)
    return remove_ended(one);
  auto const state = state_of(one.message);
  if (!state) return fail(state.error());
  sends copies{
      {later.description.substr(mine.size()), moved_copy(one, identity, options_, clock_->now())}};
  EVSRC_TRY(add_wake(copies, *state));
  EVSRC_TRY(tell_bus(copies, &one));
  return letter_outcome{};
}

result<letter_outcome> redrive_core::remove_ended(delivery const& one) {
  auto const identity = identity_of(one);
  commit record;
  sends copies;
  EVSRC_TRY(note(record, dead_letter_removed{options_.consumer, record_of(one, identity)}));
  // A key that was let go before a crash may wait for being looked at.
  auto const state = state_of(one.message);
  if (!state) return fail(state.error());
  EVSRC_TRY(add_wake(copies, *state));
  auto const done =
      carry_out(std::move(record), decision_of("removed", one, identity), copies, &one);
  if (!done) return fail(done.error());
  return letter_outcome{outcome::ended_before, {}};
}

result<letter_outcome> redrive_core::skip_letter(delivery const& one, bool is_purge) {
  auto const identity = identity_of(one);
  commit record;
  sends copies;
  auto const letter = record_of(one, identity);
  auto const noted = is_purge ? note(record, dead_letter_purged{options_.consumer, letter})
                              : note(record, dead_letter_skipped{options_.consumer, letter});
  if (!noted) return fail(noted.error());
  // Before the key: whoever blocks it by this message records both at once.
  auto const known = inbox_.find(identity);
  if (!known) return fail(known.error());
  auto const state = state_of(one.message);
  if (!state) return fail(state.error());
  auto const shares = shares_its_id(one, identity, *state);
  if (!shares) return fail(shares.error());
  // What is recorded under its id is of another message, which goes on as if this one had not been.
  bool is_new = !identity.origin.empty() && !*shares;
  if (is_new) {
    auto const later = inbox_.find(next_of(identity));
    if (!later) return fail(later.error());
    if (*later && (*later)->reason == moved_reason) return finish(one, identity, **later);
    bool const is_original = *later && (*later)->reason == edited;
    is_new = !*later && (!*known || (*known)->what == kind::dead_lettered);
    if (is_new) EVSRC_TRY(add_end(record, one, identity, *known));
    if (!is_new && !is_original) return remove_ended(one);
  }
  if (is_new) {
    auto entry = inbox_.entry(next_of(identity), one.message.body, {kind::skipped, {}, {}});
    if (!entry) return fail(std::move(entry.error()));
    record.once.push_back(std::move(*entry));
    if (state->is_front(identity)) {
      auto skipped = ledger_.skipped(one.message.session_id, *state, identity);
      if (!skipped) return fail(std::move(skipped.error()));
      record.appends.push_back(std::move(*skipped));
      EVSRC_TRY(add_wake(copies, without(*state, identity)));
    }
  }
  auto const decision = is_new ? std::string() : decision_of("skipped", one, identity);
  auto const done = carry_out(std::move(record), decision, copies, &one);
  if (!done) return fail(done.error());
  if (!*done) return skip_letter(one, is_purge);
  return letter_outcome{outcome::skipped, {}};
}

// ---- edited messages

result<message> redrive_core::edited_from(delivery const& one, message_identity const& identity,
                                          unique_function<result<void>(message&)>& change) const {
  auto made = one.message;
  erase_traces(made);
  erase_returns(made);
  made.enqueue_at = {};
  auto const before = made;
  EVSRC_TRY(change(made));
  if (made.id != before.id) return invalid("id", "an edited message gets one of its own");
  if (made.session_id != before.session_id || made.partition_key != before.partition_key)
    return invalid("session_id", "an edited message keeps its key");
  // The same change makes the same message: what was cut off can be sent again. Each subscription
  // of a topic has one of its own.
  std::string all = inbox::key_of(identity) + "/" + std::to_string(one.sequence_number);
  auto const to = home();
  if (!to) return fail(to.error());
  if (*to != options_.entity) all.append("/").append(digits_of(options_.entity));
  encode_properties(made.properties, all);
  for (auto const* field : {&made.body, &made.content_type, &made.subject, &made.correlation_id,
                            &made.reply_to, &made.reply_to_session_id, &made.to})
    all.append(std::to_string(field->size())).append(*field);
  made.id.value = "edited-" + fingerprint_of(all);
  set_property(made.properties, std::string(property_names::causation), identity.origin);
  return made;
}

result<message_id> redrive_core::edit(std::int64_t sequence_number,
                                      unique_function<result<void>(message&)>& change) {
  EVSRC_TRY(check_options());
  dead_letters all(*bus_, options_.entity);
  auto const found = all.find(sequence_number);
  if (!found) return fail(found.error());
  auto const& one = found->letter;
  auto const identity = identity_of(one);
  auto made = edited_from(one, identity, change);
  if (!made) return fail(std::move(made.error()));
  auto const id = made->id;
  auto const known = inbox_.find(identity);
  if (!known) return fail(known.error());
  auto const state = state_of(one.message);
  if (!state) return fail(state.error());
  auto const shares = shares_its_id(one, identity, *state);
  if (!shares) return fail(shares.error());
  if (*shares) return fail(errc::condition_failed, shares_an_id, "redrive_edited");
  auto const later = inbox_.find(next_of(identity));
  if (!later) return fail(later.error());
  bool const is_again = *later && (*later)->reason == edited && (*later)->description == id.value;
  auto const redriven =
      keys_->find_once("redrive:" + options_.consumer, decision_of("redriven", one, identity));
  if (!redriven) return fail(redriven.error());
  if ((*later && !is_again) || (*known && (*known)->what != kind::dead_lettered) || *redriven)
    return ended(identity.origin);
  auto const reason = find_text(one.message.properties, property_names::dead_letter_reason);
  if (is_barred(*known ? (*known)->reason : reason))
    return fail(errc::condition_failed, barred, "redrive_edited");
  if (!*known && has_passed(identity))
    return fail(errc::version_conflict, "it is older than the inbox window", "redrive_edited");
  bool const is_front = state->is_front(identity);
  if (is_front && state->is_waiting) return ended(identity.origin);

  commit record;
  held_message const as_held{*made, identify(*made, clock_->now()), 0, clock_->now()};
  bool const takes_front = is_front || (is_again && state->is_front(as_held.identity));
  if (takes_front) made->time_to_live = no_time_to_live;  // its key waits for it
  sends copies;
  EVSRC_TRY(add_home(copies, *made));
  if (!is_again) {
    auto entry =
        inbox_.entry(next_of(identity), one.message.body, {kind::skipped, edited, id.value});
    if (!entry) return fail(std::move(entry.error()));
    entry->expires_at = timestamp::max();  // as long as the original may stand here
    record.once.push_back(std::move(*entry));
    EVSRC_TRY(add_end(record, one, identity, *known));
    if (is_front) {
      auto skipped = ledger_.skipped(one.message.session_id, *state, identity);
      if (!skipped) return fail(std::move(skipped.error()));
      record.appends.push_back(std::move(*skipped));
      auto after = without(*state, identity);
      auto waits = ledger_.delayed(one.message.session_id, after, as_held, {}, false);
      if (!waits) return fail(std::move(waits.error()));
      record.appends.push_back(std::move(*waits));
    }
    EVSRC_TRY(note(record, dead_letter_edited{options_.consumer, record_of(one, identity),
                                              copies[0].entity, id.value}));
  }
  auto const done = carry_out(std::move(record), {}, copies, nullptr);
  if (!done) return fail(done.error());
  if (!*done) return ended(identity.origin);
  return id;
}

}  // namespace evsrc::inline v0::detail
