// SPDX-License-Identifier: Apache-2.0
// What follows from the answer to a message's commit.
#include <algorithm>

#include "evsrc/runtime/detail/consumer_worker.hpp"
#include "evsrc/runtime/detail/fingerprint.hpp"

namespace evsrc::inline v0::detail {

using std::chrono::milliseconds;

namespace {

/// The store could not do it, whatever was in the commit.
bool is_trouble_of_the_store(error const& why) noexcept {
  switch (why.code) {
    case errc::closed:
    case errc::disk_full:
    case errc::read_only:
    case errc::corrupt:
    case errc::io_failed:
    case errc::permission_denied:
    case errc::unavailable:
    case errc::overloaded:
    case errc::timed_out: return true;
    default: return why.effect != effect::none;
  }
}

}  // namespace

void consumer_worker::note_end(job& one) {
  switch (one.becomes) {
    case job::end::done: shared_.count(&consumer_counts::done); break;
    case job::end::dead_letter: shared_.count_dead_letter(one.reason); break;
    case job::end::deferred: shared_.count(&consumer_counts::deferred); break;
    case job::end::held: shared_.count(&consumer_counts::held); break;
    case job::end::delayed: shared_.count(&consumer_counts::retried); break;
    case job::end::repeated: break;
  }
  if (one.becomes == job::end::done) shared_.note_success();
}

void consumer_worker::judge(job& one) {
  auto const outcome = std::move(*one.committed);
  one.committed.reset();
  one.at = job::stage::fresh;
  if (!outcome) {
    // States that were decided on may be old: they are forgotten.
    one.joint.reset();
    if (auto judged = judge_error(one, outcome.error()); !judged) trouble(one, judged.error());
    return;
  }
  if (outcome->duplicate) {
    one.joint.reset();
    judge_duplicate(one);
    return;
  }
  one.joint->committed();
  note_end(one);
  if (one.changes_ledger) one.session->wrote_state = true;
  if (one.from_ledger || one.rides) {
    one.is_finished = true;
    one.at = job::stage::gone;
    return;
  }
  // A key that changed is looked at before the broker is told: held messages come first.
  one.is_final = one.becomes != job::end::deferred && one.becomes != job::end::delayed;
  if (!one.changes_ledger || !one.is_final) one.at = job::stage::settling;
}

/// What the inbox has where this message's commit would have put it. Nothing: the key that is
/// known, or that another used, is one of the handler's own.
result<std::optional<idempotency_record>> consumer_worker::find_entry(job const& one) const {
  return shared_.known_keys.find_once(shared_.inbox.scope(), one.entry_key);
}

/// Another commit ended this message first; an answer that was lost may have been ours. Or a key of
/// the handler's own is known: it is called once more, as it may see that, then without effects.
void consumer_worker::judge_duplicate(job& one) {
  if (one.session != nullptr) one.session->state.reset();
  auto const entry = find_entry(one);
  if (!entry) return trouble(one, entry.error());
  if (!*entry) {
    ++one.known_keys;
    one.look_up = true;
    return;
  }
  if (one.becomes == job::end::deferred) {
    one.at = job::stage::settling;
    return;
  }
  // What the key says now counts; or it is another message under the same id, whose commit was
  // known by a key of its handler's own.
  if (one.from_ledger || keeps_order(one) ||
      (*entry)->fingerprint != fingerprint_of(one.received.message.body)) {
    one.look_up = true;
    return;
  }
  // Not the receipt's outcome: that is of the first key that is known.
  auto how = inbox::read((*entry)->outcome);
  if (how) how = end_as_recorded(one, *how).map([&] { return *how; });
  if (!how) trouble(one, how.error());
}

result<void> consumer_worker::judge_error(job& one, error const& why) {
  if (one.session != nullptr) one.session->state.reset();
  if (is_conflict(why)) return meet_conflict(one, why);
  if (why.code == errc::lock_lost) {
    if (one.session != nullptr) {  // dropped, and counted, as a whole
      shared_.locks.give_up(one.session->lock);
      return {};
    }
    shared_.count(&consumer_counts::locks_lost);
    one.at = job::stage::gone;
    return {};
  }
  if (is_trouble_of_the_store(why)) {
    one.look_up = true;
    return fail(why);
  }
  bool const had_effects = one.becomes == job::end::done || one.becomes == job::end::deferred;
  if (why.code == errc::key_reused) return meet_reused_key(one, why);
  // The commit cannot be made as the handler wants it.
  if (had_effects) return failed(one, why);
  return fail(why);
}

result<void> consumer_worker::meet_reused_key(job& one, error const& why) {
  auto const found = find_entry(one);
  if (!found) return fail(found.error());
  one.look_up = true;
  // The message ended meanwhile, by another.
  if (*found && (*found)->fingerprint == fingerprint_of(one.received.message.body)) return {};
  if (!*found) {
    one.verdict = {final_disposition::kind::dead_lettered, dead_letter_reasons::not_retriable,
                   "a key of the handler's own: " + why.message};
    return {};
  }
  return end_as_reused(one);
}

/// Its body alone tells it from the message that had the id before: its end stands beside that
/// one's.
result<void> consumer_worker::end_as_reused(job& one) {
  reset(one);
  final_disposition how{final_disposition::kind::dead_lettered, dead_letter_reasons::id_reused,
                        "another message had the id " + one.identity.origin + " before"};
  auto entry = shared_.inbox.entry_beside(one.identity, one.received.message.body, how);
  if (!entry) return fail(std::move(entry.error()));
  auto const known = shared_.known_keys.find_once(entry->scope, entry->key);
  if (!known) return fail(known.error());
  one.how = one.received.dead_letter(how.reason, how.description);
  EVSRC_TRY(report(one, how.reason, how.description));
  if (*known) {
    shared_.count(&consumer_counts::duplicates);
    one.becomes = job::end::repeated;
    one.is_final = true;
    tell_broker(one);
    return {};
  }
  record_end(one, std::move(*entry));
  one.becomes = job::end::dead_letter;
  one.reason = how.reason;
  one.at = job::stage::committing;
  return {};
}

/// True where effects are under a key of the handler's own that is known by now.
result<bool> consumer_worker::has_known_key(job const& one) const {
  for (auto const& entry : one.whole.once) {
    auto const found = shared_.known_keys.find_once(entry.scope, entry.key);
    if (!found) return fail(found.error());
    if (*found) return true;
  }
  return false;
}

/// Others wrote what this message's commit expects: it is handled again from the start, which is no
/// attempt (G17).
result<void> consumer_worker::meet_conflict(job& one, error const& why) {
  constexpr std::uint32_t at_once = 3;
  constexpr std::uint64_t pause_max_ms = 50;
  shared_.count(&consumer_counts::conflicts);
  auto const now = shared_.time.steady();
  if (!one.conflicting_since) one.conflicting_since = now;
  if (now - *one.conflicting_since >= shared_.options.conflict_deadline) {
    one.conflicting_since.reset();
    one.conflicts = 0;
    if (one.session != nullptr && keeps_order(one)) {
      auto state = shared_.ledger.load(one.session->key);
      if (!state) return fail(std::move(state.error()));
      one.session->state = std::move(*state);
    }
    return failed(one, why);
  }
  if (++one.conflicts > at_once) {
    auto const drawn = shared_.random.next() % pause_max_ms + 1;
    one.due = now + milliseconds(static_cast<std::int64_t>(drawn));
  }
  return {};
}

}  // namespace evsrc::inline v0::detail
