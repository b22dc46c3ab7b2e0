// SPDX-License-Identifier: Apache-2.0
// What becomes of one message: known already, held, given up, handled, tried again.
#include <algorithm>

#include "evsrc/runtime/detail/consumer_worker.hpp"
#include "evsrc/runtime/detail/moved_message.hpp"

namespace evsrc::inline v0::detail {

using std::chrono::milliseconds;
using kind = final_disposition::kind;

namespace {

/// Of copies: dots keep attempts apart from the sequence numbers that name redriven ones.
std::string attempt_suffix(message_identity const& which) {
  return std::to_string(which.round) + "." + std::to_string(which.attempts);
}

/// Its key waits for it: it does not expire, as nobody would notice.
message copy_of_front(message const& from, message_identity const& as, timestamp at,
                      char const* suffix = "") {
  auto made = copy_of(from, as, attempt_suffix(as) + suffix, at, timestamp::max());
  made.time_to_live = no_time_to_live;
  return made;
}

}  // namespace

bool consumer_worker::keeps_order(job const& one) const noexcept {
  return shared_.options.keep_order && one.session != nullptr;
}

bool consumer_worker::is_lost(job const& one) const {
  if (one.session != nullptr) return shared_.locks.is_lost(one.session->lock);
  return one.lock && shared_.locks.is_lost(*one.lock);
}

/// True where its entry in the inbox may have ended. What a key waits for the key itself remembers.
bool consumer_worker::is_too_old(job const& one) const {
  if (one.from_ledger || one.identity.round != 0) return false;
  if (keeps_order(one)) {
    auto const& state = *one.session->state;
    if (state.is_front(one.identity) || state.holds(one.identity)) return false;
  }
  return shared_.inbox.has_passed(one.identity.first_enqueued);
}

/// True where it would take effect, and became too old while it was handled.
bool consumer_worker::is_too_late(job const& one) const {
  bool const is_given_up =
      one.becomes == job::end::dead_letter && (one.reason == dead_letter_reasons::window_passed ||
                                               one.reason == dead_letter_reasons::id_reused);
  return !is_given_up && is_too_old(one);
}

void consumer_worker::reset(job& one) {
  one.joint.reset();
  one.whole = {};
  if (one.common != nullptr)
    one.joint.emplace(one.whole, *one.common);
  else
    one.joint.emplace(one.whole);
  one.changes_ledger = one.rides = one.carries = false;
  one.copy.reset();
  one.report.reset();
  one.committed.reset();
}

void consumer_worker::record_end(job& one, idempotency_entry entry) {
  one.entry_key = entry.key;
  one.whole.once.push_back(std::move(entry));
}

void consumer_worker::prepare(job& one) {
  shared_.locks.renew_due();
  if (is_lost(one)) {
    if (one.session == nullptr) {  // a lost session is dropped as a whole
      shared_.count(&consumer_counts::locks_lost);
      one.at = job::stage::gone;
    }
    return;
  }
  if (auto planned = plan(one); !planned) trouble(one, planned.error());
}

result<void> consumer_worker::plan(job& one) {
  if (one.is_final) {
    tell_broker(one);
    return {};
  }
  reset(one);
  if (is_for_others(one.received)) {
    one.how = one.received.settle();
    tell_broker(one);
    return {};
  }
  if (one.identity.origin.empty()) {  // nothing that it could be recorded under
    one.how = one.received.dead_letter(dead_letter_reasons::id_missing,
                                       "a message without an id cannot be told from its repeat");
    one.reason = one.how.reason;
    one.becomes = job::end::dead_letter;
    EVSRC_TRY(report(one, one.reason, one.how.description));
    note_end(one);
    tell_broker(one);
    return {};
  }
  bool const is_calm = !keeps_order(one) || one.session->state->standing() == key_standing::open;
  if (one.look_up || one.received.delivery_count > 0 || one.identity.is_copy ||
      one.identity.round > 0 || !is_calm) {
    auto const known = ended_before(one);
    if (!known) return fail(known.error());
    if (*known) return {};
  }
  // Before it is held: a key's held messages are handled without a look at their age.
  if (is_too_old(one)) return end_too_old(one);
  // Behind another front it is held, whatever was found out about it: it would end before that one.
  bool const is_behind =
      keeps_order(one) && one.session->state->front && !one.session->state->is_front(one.identity);
  if (one.verdict && !is_behind) return give_up(one, one.verdict->reason, one.verdict->description);
  auto const waits = waits_for_key(one);
  if (!waits) return fail(waits.error());
  if (*waits) return {};
  if (!one.from_ledger && one.received.delivery_count + 1 >= shared_.facts.max_delivery_count)
    return give_up(one, std::string(dead_letter_reasons::delivery_count),
                   std::to_string(one.received.delivery_count) +
                       " deliveries ended without an outcome; this is the last one");
  return call(one);
}

/// Where a later round is still known the message is, too: no repeat of it is wanted.
result<void> consumer_worker::end_too_old(job& one) {
  auto next = one.identity;
  ++next.round;
  auto const later = shared_.inbox.find(next);
  if (!later) return fail(later.error());
  if (*later) return end_as_recorded(one, **later);
  return give_up(one, dead_letter_reasons::window_passed,
                 "first enqueued " + evsrc::to_string(one.identity.first_enqueued) +
                     ": the inbox no longer knows whether it took effect");
}

/// True where the message has its end: this round was recorded, or cannot begin.
result<bool> consumer_worker::ended_before(job& one) {
  auto const known = shared_.inbox.find(one.identity);
  if (!known) return fail(known.error());
  if (*known) {
    auto const is_another = shared_.inbox.is_of_another(one.identity, one.received.message.body);
    if (!is_another) return fail(is_another.error());
    EVSRC_TRY(*is_another && !one.from_ledger ? end_as_reused(one) : end_as_recorded(one, **known));
    return true;
  }
  if (auto const how = ended_by_key(one)) {
    EVSRC_TRY(end_as_recorded(one, *how));
    return true;
  }
  if (one.identity.round == 0) return false;
  auto before = one.identity;
  --before.round;
  auto last = shared_.inbox.find(before);
  if (!last) return fail(last.error());
  if (*last && is_doubtful(one, **last)) last->reset();
  if (*last && lets_next_begin(**last)) return false;
  if (*last) {  // it took effect, or was given up, in the round before
    EVSRC_TRY(end_as_recorded(one, **last));
    return true;
  }
  EVSRC_TRY(give_up(one, dead_letter_reasons::window_passed,
                    "round " + std::to_string(one.identity.round) +
                        ": the inbox no longer knows how the round before it ended"));
  return true;
}

/// The end of this round where the inbox may have forgotten it: a key keeps its front for ever.
std::optional<final_disposition> consumer_worker::ended_by_key(job const& one) const {
  if (!keeps_order(one) || one.from_ledger) return std::nullopt;
  auto const& state = *one.session->state;
  if (!state.is_front(one.identity)) return std::nullopt;
  auto const round = state.front->identity.round;
  bool const has_ended =
      one.identity.round < round || (one.identity.round == round && !state.is_waiting);
  if (!has_ended) return std::nullopt;
  return final_disposition{kind::dead_lettered, state.reason, state.description};
}

/// A repeat that came behind the window ended the round before: this one may have ended as well,
/// and be forgotten. An operator who forces it makes its copy young.
bool consumer_worker::is_doubtful(job const& one, final_disposition const& last) const {
  if (last.reason != dead_letter_reasons::window_passed) return false;
  bool const is_awaited =  // the key knows that it was redriven
      keeps_order(one) && one.session->state->is_front(one.identity) &&
      one.session->state->front->identity.round == one.identity.round;
  return !is_awaited && shared_.inbox.has_passed(one.identity.first_enqueued);
}

/// True where a message of the same key comes first.
result<bool> consumer_worker::waits_for_key(job& one) {
  if (!keeps_order(one) || one.from_ledger) return false;
  auto const& state = *one.session->state;
  if (state.has_another(one.identity.origin, one.received.message.body)) {
    EVSRC_TRY(end_as_reused(one));
    return true;
  }
  if (!state.front) return false;
  if (!state.is_front(one.identity)) {
    EVSRC_TRY(hold(one));
    return true;
  }
  // The original of a delayed message, whose copy may not have been sent: it is sent again.
  bool const is_original = state.is_waiting && one.identity.round == state.front->identity.round &&
                           one.identity.attempts < state.front->identity.attempts;
  if (!is_original) return false;
  one.how = one.received.settle();
  one.copy = copy_of_front(state.front->message, state.front->identity, state.due);
  one.becomes = job::end::repeated;
  one.at = job::stage::settling;
  return true;
}

result<void> consumer_worker::end_as_recorded(job& one, final_disposition const& how) {
  shared_.count(&consumer_counts::duplicates);
  reset(one);
  one.becomes = job::end::repeated;
  // Who delayed or held it did not know yet that it was done: its key need not wait for it.
  bool const is_awaited = keeps_order(one) && how.what != kind::dead_lettered &&
                          one.session->state->is_front(one.identity);
  if (one.from_ledger || is_awaited) {
    auto record = shared_.ledger.done(one.session->key, *one.session->state, one.identity);
    if (!record) return fail(std::move(record.error()));
    one.whole.appends.push_back(std::move(*record));
    one.changes_ledger = true;
    one.at = job::stage::committing;
    one.how = one.received.settle();
    return {};
  }
  one.how = one.received.settle();
  if (how.what == kind::dead_lettered) {
    // Each delivery is: which of them the broker still has nobody can say. A round later it is no
    // longer wanted.
    auto next = one.identity;
    ++next.round;
    auto const later = shared_.inbox.find(next);
    if (!later) return fail(later.error());
    if (!*later) {
      one.how = one.received.dead_letter(how.reason, how.description);
      EVSRC_TRY(report(one, how.reason, how.description));
    }
  }
  one.is_final = true;
  tell_broker(one);
  return {};
}

/// The store knows: the broker is told, and gets the copy that the key's front waits for.
void consumer_worker::tell_broker(job& one) {
  one.at = job::stage::settling;
  if (!keeps_order(one) || !one.session->state) return;
  auto const& state = *one.session->state;
  if (!state.front || !state.wants_carrier || one.copy) return;
  auto const& front = *state.front;
  one.copy =
      copy_of_front(front.message, front.identity, state.is_waiting ? state.due : timestamp{},
                    state.is_waiting ? "" : ".dead");
  one.carries = true;
}

result<void> consumer_worker::call(job& one) {
  auto const& policy = shared_.options.retry;
  for (;;) {
    reset(one);
    message_surroundings around;
    around.received = &one.received;
    around.identity = one.identity;
    std::uint32_t const crashes = one.from_ledger ? 0 : one.received.delivery_count;
    around.attempt = (one.identity.attempts + crashes) * (policy.immediate + 1) + one.immediate + 1;
    if (one.session != nullptr)
      around.stop = shared_.locks.token_of(one.session->lock);
    else
      around.stop = shared_.locks.token_of(*one.lock);
    around.time = &shared_.time;
    around.random = &shared_.random;
    around.consumer = shared_.options.name;
    around.keep_alive = &keep_alive_;
    message_context context(std::move(around), *one.joint);
    auto const answer = shared_.way.handle(context);
    if (is_lost(one)) {  // another may have it: whatever was wanted is not written
      prepare(one);
      return {};
    }
    if (one.common != nullptr && !(answer && std::holds_alternative<ack>(*answer))) return {};
    if (answer) return accept(one, *answer);
    if (one.immediate >= policy.immediate || !policy.retries(answer.error()))
      return failed(one, answer.error());
    ++one.immediate;
    shared_.locks.renew_due();
  }
}

result<void> consumer_worker::accept(job& one, handling const& answer) {
  if (one.known_keys > 1) {  // its effects were made before, under a key of its own
    auto const is_known = has_known_key(one);
    if (!is_known) return fail(is_known.error());
    if (*is_known) reset(one);
  }
  if (std::holds_alternative<ack>(answer)) return end_with(one, {});
  auto const known = ended_before(one);  // perhaps meanwhile, by another
  if (!known) return fail(known.error());
  if (*known) return {};
  if (auto const* later = std::get_if<retry_in>(&answer)) {
    auto const asked = std::clamp(later->after, milliseconds(0), shared_.options.retry.max_delay);
    return delay(one, asked, "the handler asked for another attempt");
  }
  if (auto const* never = std::get_if<dead_letter>(&answer))
    return give_up(one, never->reason.empty() ? dead_letter_reasons::not_retriable : never->reason,
                   never->description, true);
  return defer_it(one);
}

/// Effects, the note that it is done, and what the key expects: one commit.
result<void> consumer_worker::end_with(job& one, final_disposition const& how) {
  auto entry = shared_.inbox.entry(one.identity, one.received.message.body, how);
  if (!entry) return fail(std::move(entry.error()));
  record_end(one, std::move(*entry));
  one.at = job::stage::committing;
  bool const is_done = how.what == kind::done;
  one.becomes = is_done ? job::end::done : job::end::dead_letter;
  one.reason = how.reason;
  bool const is_open = !keeps_order(one) || one.session->state->standing() == key_standing::open;
  if (keeps_order(one)) {
    auto const& state = *one.session->state;
    result<append> record = shared_.ledger.guard(one.session->key, state);
    bool const is_behind = state.front && !state.is_front(one.identity);  // blocked already
    if (!is_done && !is_behind)
      record =
          shared_.ledger.blocked(one.session->key, state, held_from(one.received, one.identity),
                                 how.reason, how.description, one.from_ledger);
    else if (is_done && !is_open)
      record = shared_.ledger.done(one.session->key, state, one.identity);
    if (!record) return fail(std::move(record.error()));
    one.changes_ledger = !record->events.empty();
    one.whole.appends.push_back(std::move(*record));
  }
  if (one.from_ledger) return {};
  one.how = is_done ? one.received.settle() : one.received.dead_letter(how.reason, how.description);
  // After its front is done a key has held messages to handle before the broker is told.
  one.rides = shared_.is_one_place && (is_open || !is_done);
  if (one.rides) one.whole.settles.push_back(one.how);
  return is_done ? result<void>{} : report(one, how.reason, how.description);
}

result<void> consumer_worker::give_up(job& one, std::string reason, std::string description,
                                      bool keep_effects) {
  if (!keep_effects) reset(one);
  final_disposition how{kind::dead_lettered,
                        cut_text(std::move(reason), limits::dead_letter_reason_bytes),
                        cut_text(std::move(description), limits::dead_letter_description_bytes)};
  return end_with(one, how);
}

result<void> consumer_worker::failed(job& one, error const& why) {
  auto const known = ended_before(one);  // perhaps meanwhile, by another
  if (!known) return fail(known.error());
  if (*known) return {};
  if (!shared_.options.retry.retries(why))
    return give_up(one, dead_letter_reasons::not_retriable, evsrc::to_string(why));
  shared_.note_failure(why);
  return delay(one, std::nullopt, evsrc::to_string(why));
}

result<void> consumer_worker::delay(job& one, std::optional<milliseconds> asked,
                                    std::string const& why) {
  auto const& policy = shared_.options.retry;
  std::uint32_t const crashes = one.from_ledger ? 0 : one.received.delivery_count;
  std::uint32_t const used = one.identity.attempts + crashes;
  reset(one);
  if (used >= policy.delayed)
    return give_up(one, dead_letter_reasons::attempts_exhausted,
                   std::to_string(policy.attempts()) + " attempts; the last one: " + why);
  auto const pause = asked.value_or(policy.draw_delay(used + 1, shared_.random));
  one.immediate = 0;
  if (keeps_order(one)) {
    if (!shared_.locks.can_wait(one.session->lock, pause))
      return delay_by_ledger(one, used + 1, pause);
    shared_.count(&consumer_counts::retried);
    ++one.identity.attempts;  // the message stays here, and its session with it
    one.due = shared_.time.steady() + pause;
    return {};
  }
  auto const at = shared_.time.now() + pause;
  if (one.received.expires_at <= at)
    return give_up(one, std::string(dead_letter_reasons::expired),
                   "expires before its next attempt; the last one: " + why);
  auto again = one.identity;
  again.attempts = used + 1;
  one.copy =
      copy_of(one.received.message, again, attempt_suffix(again), at, one.received.expires_at);
  one.how = one.received.settle();
  one.becomes = job::end::delayed;
  shared_.count(&consumer_counts::retried);
  one.at = job::stage::settling;
  return {};
}

/// The session cannot be held that long: the key waits in the ledger, for a copy that comes then.
result<void> consumer_worker::delay_by_ledger(job& one, std::uint32_t attempts,
                                              milliseconds pause) {
  auto again = one.identity;
  again.attempts = attempts;
  auto const due = shared_.time.now() + pause;
  auto record = shared_.ledger.delayed(one.session->key, *one.session->state,
                                       held_from(one.received, again), due, one.from_ledger);
  if (!record) return fail(std::move(record.error()));
  one.whole.appends.push_back(std::move(*record));
  one.changes_ledger = true;
  one.becomes = job::end::delayed;
  one.at = job::stage::committing;
  if (one.from_ledger) return {};
  one.how = one.received.settle();
  one.copy = copy_of_front(one.received.message, again, due);
  return {};
}

/// Not an end: the bus keeps it. What the handler noted down about that happens once.
result<void> consumer_worker::defer_it(job& one) {
  if (one.from_ledger)
    return give_up(one, dead_letter_reasons::not_retriable,
                   "a message that was held cannot be deferred: no bus has it");
  auto entry = shared_.inbox.entry(one.identity, one.received.message.body, {});
  if (!entry) return fail(std::move(entry.error()));
  entry->key.append("/deferred/").append(std::to_string(one.received.sequence_number));
  record_end(one, std::move(*entry));
  if (keeps_order(one))
    one.whole.appends.push_back(shared_.ledger.guard(one.session->key, *one.session->state));
  one.how = one.received.settle(disposition::defer);
  one.becomes = job::end::deferred;
  one.rides = shared_.is_one_place;
  if (one.rides) one.whole.settles.push_back(one.how);
  one.at = job::stage::committing;
  return {};
}

result<void> consumer_worker::hold(job& one) {
  auto const& state = *one.session->state;
  one.how = one.received.settle();
  if (state.holds(one.identity)) {  // the crash was between the record and the settlement
    one.is_final = true;
    one.becomes = job::end::repeated;
    tell_broker(one);
    return {};
  }
  if (state.held.size() >= shared_.options.max_held_per_key) {
    error why{errc::limit_exceeded,
              "key " + one.session->key + " is blocked by message " + state.front->identity.origin +
                  " and holds " + std::to_string(state.held.size()) +
                  " messages, the most that max_held_per_key allows: redrive or skip it",
              "consumer"};
    shared_.stop_for(why);
    return fail(std::move(why));
  }
  auto record = shared_.ledger.held(one.session->key, state, held_from(one.received, one.identity));
  if (!record) return fail(std::move(record.error()));
  one.whole.appends.push_back(std::move(*record));
  one.changes_ledger = true;
  one.becomes = job::end::held;
  one.rides = shared_.is_one_place && !state.wants_carrier;
  if (one.rides) one.whole.settles.push_back(one.how);
  one.at = job::stage::committing;
  return {};
}

}  // namespace evsrc::inline v0::detail
