// SPDX-License-Identifier: Apache-2.0
// Waves of a consumer's worker: the first message of each key is handled, all of them are committed
// together, then settled; then the next ones, which see what the first ones did.
#include "evsrc/runtime/detail/consumer_worker.hpp"

#include <algorithm>
#include <condition_variable>
#include <set>

namespace evsrc::inline v0::detail {

using std::chrono::milliseconds;

namespace {

/// Counts completions, which may run on another thread that leads a group of commits.
class open_commits {
 public:
  void add() {
    std::scoped_lock const lock(mutex_);
    ++count_;
  }
  void done() {
    std::scoped_lock const lock(mutex_);
    --count_;
    changed_.notify_all();
  }
  void wait(event_store& store) {
    for (;;) {
      store.poll();
      std::unique_lock lock(mutex_);
      if (count_ == 0) return;
      if (changed_.wait_for(lock, milliseconds(10), [this] { return count_ == 0; })) return;
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
};

/// Whatever attempts were made in the meantime.
bool is_same_round(message_identity const& one, message_identity const& other) noexcept {
  return one.origin == other.origin && one.round == other.round;
}

std::string_view order_key(message const& of) noexcept {
  return of.session_id.empty() ? of.partition_key : of.session_id;
}

}  // namespace

result<std::size_t> consumer_worker::step(milliseconds wait) {
  constexpr int waves_max = 16;
  last_trouble_.reset();
  shared_.locks.renew_due();
  drop_lost();
  remove_gone();
  auto const taken = take(next_due() ? milliseconds(0) : wait);
  std::size_t finished = 0;
  for (int waves = 0; waves < waves_max && !is_stopping(); ++waves) {
    bool moved = false;
    finished += wave(moved);
    if (!moved) break;
  }
  if (auto const why = shared_.stopped()) {
    release();
    return fail(*why);
  }
  if (shared_.is_giving_back()) release();
  if (!taken) {
    shared_.note_failure(taken.error());
    return fail(taken.error());
  }
  shared_.clean_up();
  if (finished == 0 && last_trouble_) return fail(*last_trouble_);
  return finished;
}

bool consumer_worker::is_stopping() const {
  return stop_.stop_requested() || shared_.is_giving_back();
}

std::size_t consumer_worker::wave(bool& moved) {
  if (auto const watched = watch_dead_letters(); !watched) {
    // Nothing of a key may be handled before it is known whether its predecessor was given up.
    last_trouble_ = watched.error();
    shared_.note_failure(watched.error());
    return 0;
  }
  if (shared_.options.messages_per_commit > 1) {
    auto const finished = wave_together(moved);
    if (moved) return finished;
  }
  auto const jobs = ready();
  moved = !jobs.empty();
  for (auto* one : jobs) {
    if (one->at == job::stage::fresh && !is_stopping()) prepare(*one);
    if (shared_.stopped()) return 0;
  }
  commit_all(jobs);
  return end_wave(jobs);
}

std::size_t consumer_worker::end_wave(std::vector<job*> const& jobs) {
  auto const finished = settle_all(jobs);
  remove_gone();
  for (auto& session : sessions_) {
    if (session.current || shared_.locks.is_lost(session.lock) || is_stopping()) continue;
    if (auto next = take_next_of(session); !next) last_trouble_ = next.error();
  }
  return finished;
}

std::vector<consumer_job*> consumer_worker::ready() {
  std::vector<job*> found;
  auto const now = shared_.time.steady();
  bool const is_paused = shared_.is_paused();
  auto const add = [&](job& one) {
    bool const calls_handler = one.at == job::stage::fresh && !one.is_final;
    if (one.due <= now && !(is_paused && calls_handler)) found.push_back(&one);
  };
  std::set<std::string_view> keys;
  for (auto& one : jobs_) {
    auto const key = order_key(one->received.message);
    if (!key.empty() && !keys.insert(key).second) continue;  // behind another of its key
    add(*one);
  }
  for (auto& session : sessions_)
    if (auto* one = ready_of(session); one != nullptr) add(*one);
  return found;
}

/// Held messages of a key that was let go. At the bound the front, too, once it may be handled: its
/// copy stands behind messages for which there is no room.
held_message const* consumer_worker::next_of_ledger(key_state const& state,
                                                    message_identity const& current) const {
  if (state.standing() == key_standing::draining) return &state.held.front();
  bool const is_due = state.standing() == key_standing::waiting && state.due <= shared_.time.now();
  bool const is_full = state.held.size() >= shared_.options.max_held_per_key;
  return is_due && is_full && !state.is_front(current) ? &*state.front : nullptr;
}

/// What a session does next: held messages come before the one that the broker gave.
consumer_job* consumer_worker::ready_of(consumer_session& session) {
  if (!session.current || shared_.locks.is_lost(session.lock)) return nullptr;
  auto* const current = session.current.get();
  if (!shared_.options.keep_order || current->due > shared_.time.steady()) return current;
  if (!session.state || session.wrote_state) {
    auto state = shared_.ledger.load(session.key, std::move(session.state).value_or(key_state{}));
    session.state.reset();
    if (!state) {
      trouble(*current, state.error());
      return nullptr;
    }
    session.state = std::move(*state);
    session.wrote_state = false;
  }
  auto const* const next = next_of_ledger(*session.state, current->identity);
  if (next == nullptr) {
    session.replayed.reset();
    return current;
  }
  if (session.replayed && is_same_round(session.replayed->identity, next->identity))
    return session.replayed.get();
  auto made = std::make_unique<job>();
  made->received.message = next->message;
  made->received.entity = shared_.options.entity;
  made->received.sequence_number = next->sequence_number;
  made->received.enqueued_at = next->enqueued_at;
  made->identity = next->identity;
  made->session = &session;
  made->from_ledger = made->look_up = true;
  shared_.locks.restart(session.lock);
  session.replayed = std::move(made);
  return session.replayed.get();
}

void consumer_worker::commit_all(std::vector<job*> const& jobs) {
  std::vector<job*> those;
  for (auto* one : jobs) {
    if (one->at != job::stage::committing) continue;
    if (is_too_late(*one))
      part(*one);
    else
      those.push_back(one);
  }
  if (those.size() == 1) {
    those[0]->committed = shared_.store.commit(std::move(those[0]->whole));
  } else {
    open_commits open;
    for (auto* one : those) {
      open.add();
      shared_.store.submit(std::move(one->whole), [one, &open](result<receipt> outcome) {
        one->committed = std::move(outcome);
        open.done();
      });
    }
    open.wait(shared_.store);
  }
  for (auto* one : those) judge(*one);
}

std::size_t consumer_worker::settle_all(std::vector<job*> const& jobs) {
  std::size_t finished = 0;
  std::vector<job*> plain;
  std::vector<settlement> how;
  for (auto* one : jobs) {
    if (one->at != job::stage::settling) continue;
    if (one->copy || one->report) {
      settled(*one, settle_with_copy(*one));
    } else if (one->session != nullptr) {
      settled(*one, one->session->receiver->settle(one->how));
    } else {
      plain.push_back(one);
      how.push_back(one->how);
    }
  }
  if (!plain.empty()) {
    auto const outcomes = receiver_->settle(how);
    for (std::size_t at = 0; at < plain.size(); ++at)
      settled(*plain[at], at < outcomes.size() ? outcomes[at] : result<void>{});
  }
  for (auto* one : jobs)
    if (one->at == job::stage::gone && one->is_finished) ++finished;
  return finished;
}

result<void> consumer_worker::settle_with_copy(job& one) {
  auto done = send_with(one);
  if (done || !one.report) return done;
  EVSRC_TRY(keep_report(one, done.error()));
  return send_with(one);
}

/// Settlement and copies in one transaction where the bus can, else the copies first (G17).
result<void> consumer_worker::send_with(job& one) {
  bus_transaction both;
  both.settles.push_back(one.how);
  if (one.copy) both.sends.push_back({shared_.facts.send_path, *one.copy});
  if (one.copy && shared_.facts.is_subscription)  // through its topic, for it alone
    address_to(both.sends.back().message, shared_.options.entity);
  if (one.report) both.sends.push_back({one.report->destination, to_message(*one.report)});
  auto done = shared_.bus.commit(both);
  if (done || done.error().code != errc::unsupported) return done;
  for (auto const& [entity, copy] : both.sends) {
    auto opened = shared_.bus.open_sender(entity);
    if (!opened) return fail(std::move(opened.error()));
    EVSRC_TRY((*opened)->send(copy));
  }
  return one.session != nullptr ? one.session->receiver->settle(one.how)
                                : receiver_->settle(one.how);
}

void consumer_worker::settled(job& one, result<void> const& outcome) {
  if (!outcome && outcome.error().code != errc::lock_lost) {
    unsettled(one, outcome.error());
    return;
  }
  one.at = job::stage::gone;
  if (!outcome) {  // it comes again, and its end is known then
    shared_.count(&consumer_counts::locks_lost);
    return;
  }
  one.is_finished = true;
  if (!one.carries) return;
  // Where this is not recorded the copy is sent once more; its repeat is known as one.
  auto& state = one.session->state;
  if (state && state->front) {
    auto record = shared_.ledger.carried(one.session->key, *state);
    if (record) {
      commit what;
      what.appends.push_back(std::move(*record));
      static_cast<void>(shared_.store.commit(std::move(what)));
    }
  }
  state.reset();
}

void consumer_worker::unsettled(job& one, error const& why) {
  bool const is_refused = why.code == errc::limit_exceeded || why.code == errc::invalid_argument;
  if (is_refused && one.carries) {  // the copy of another, that its key waits for
    auto const given_up = give_up_uncarried(one, why);
    if (!given_up) return trouble(one, given_up.error());
    one.copy.reset();
    one.carries = false;
    return;
  }
  if (is_refused && one.copy && !one.is_final) {  // for ever: the copy is larger than its original
    one.verdict = {final_disposition::kind::dead_lettered, dead_letter_reasons::attempts_exhausted,
                   "the copy for the next attempt is refused: " + why.message};
    one.look_up = true;
    one.at = job::stage::fresh;
    return;
  }
  trouble(one, why);
  // The attempt was made: only its copy is sent again, when there may be room for it.
  if (one.becomes == job::end::delayed) one.at = job::stage::settling;
}

/// A front that no copy can be sent of is not waited for: it blocks its key until a person decides.
result<void> consumer_worker::give_up_uncarried(job& one, error const& why) {
  auto& session = *one.session;
  auto const state = shared_.ledger.load(session.key);
  if (!state) return fail(state.error());
  session.state.reset();
  if (!state->front || !state->is_waiting) return {};
  auto const& front = *state->front;
  final_disposition how{final_disposition::kind::dead_lettered,
                        dead_letter_reasons::attempts_exhausted,
                        "the copy for the next attempt is refused: " + why.message};
  auto record =
      shared_.ledger.blocked(session.key, *state, front, how.reason, how.description, true);
  if (!record) return fail(std::move(record.error()));
  auto entry = shared_.inbox.entry(front.identity, front.message.body, how);
  if (!entry) return fail(std::move(entry.error()));
  commit what;
  what.appends.push_back(std::move(*record));
  what.once.push_back(std::move(*entry));
  delivery as_received;
  as_received.message = front.message;
  as_received.entity = shared_.options.entity;
  as_received.sequence_number = front.sequence_number;
  as_received.enqueued_at = front.enqueued_at;
  EVSRC_TRY(report_with(as_received, front.identity, how, what));
  auto const done = shared_.store.commit(std::move(what));
  if (!done) return fail(done.error());
  if (!done->duplicate) shared_.count_dead_letter(how.reason);
  return {};
}

void consumer_worker::remove_gone() {
  auto const forget = [this](job& one) {
    if (one.lock) shared_.locks.forget(*one.lock);
    shared_.add_in_hand(-1);
  };
  for (auto at = jobs_.begin(); at != jobs_.end();) {
    if ((*at)->at != job::stage::gone) {
      ++at;
      continue;
    }
    forget(**at);
    at = jobs_.erase(at);
  }
  for (auto& session : sessions_) {
    if (session.replayed && session.replayed->at == job::stage::gone) session.replayed.reset();
    while (session.current && session.current->at == job::stage::gone) {
      forget(*session.current);
      session.current.reset();
      if (session.behind.empty()) break;
      session.current = std::move(session.behind.front());
      session.behind.pop_front();
      shared_.locks.restart(session.lock);
    }
  }
}

/// The store or the bus did not do it: not the message's fault, so it stays as it is and is tried
/// again as long as its lock can be kept.
void consumer_worker::trouble(job& one, error const& why) {
  last_trouble_ = why;
  shared_.note_failure(why);
  constexpr milliseconds pause{200};
  one.at = job::stage::fresh;
  one.due = shared_.time.steady() + pause;
}

}  // namespace evsrc::inline v0::detail
