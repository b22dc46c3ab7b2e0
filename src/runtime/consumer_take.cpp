// SPDX-License-Identifier: Apache-2.0
// How a consumer's worker gets messages, and gives them back.
#include <algorithm>

#include "evsrc/bus/addressee.hpp"
#include "evsrc/runtime/detail/consumer_worker.hpp"
#include "evsrc/runtime/detail/moved_message.hpp"

namespace evsrc::inline v0::detail {

using std::chrono::milliseconds;

consumer_worker::consumer_worker(consumer_engine& shared, std::size_t sessions,
                                 std::size_t max_in_flight, std::stop_token stop)
    : shared_(shared),
      stop_(std::move(stop)),
      sessions_max_(sessions),
      jobs_max_(std::clamp<std::size_t>(max_in_flight, 1, limits::receive_messages)),
      keep_alive_([this]() -> result<void> {
        shared_.locks.renew_due();
        return {};
      }) {}

consumer_worker::~consumer_worker() { release(); }

std::unique_ptr<consumer_job> consumer_worker::make_job(delivery received) {
  auto made = std::make_unique<job>();
  made->received = std::move(received);
  made->identity =
      identify_for(shared_.options.name, made->received.message, made->received.enqueued_at);
  shared_.count(&consumer_counts::received);
  shared_.add_in_hand(1);
  return made;
}

/// A copy that was sent to a topic for the sake of one of its subscriptions.
bool consumer_worker::is_for_others(delivery const& received) const {
  if (!shared_.facts.is_subscription) return false;
  auto const only = addressee_of(received.message, shared_.facts.send_path);
  return only && *only != folded(shared_.options.entity);
}

result<void> consumer_worker::take(milliseconds wait) {
  if (!shared_.may_take()) return {};
  return sessions_max_ == 0 ? take_messages(wait) : take_sessions(wait);
}

result<void> consumer_worker::take_messages(milliseconds wait) {
  if (!receiver_) {
    auto opened = shared_.bus.open_receiver(shared_.options.entity);
    if (!opened) return fail(std::move(opened.error()));
    receiver_ = std::move(*opened);
  }
  if (jobs_.size() >= jobs_max_) return {};
  auto some = receiver_->receive(
      {.max_messages = jobs_max_ - jobs_.size(), .wait = jobs_.empty() ? wait : milliseconds(0)});
  if (!some) return fail(std::move(some.error()));
  for (auto& one : *some) {
    auto made = make_job(std::move(one));
    made->lock = shared_.locks.keep(*receiver_, made->received.lock, made->received.locked_until);
    jobs_.push_back(std::move(made));
  }
  return {};
}

result<void> consumer_worker::take_sessions(milliseconds wait) {
  while (sessions_.size() < sessions_max_) {
    auto session = shared_.bus.accept_session(
        shared_.options.entity,
        {.session_id = {}, .wait = sessions_.empty() ? wait : milliseconds(0)});
    if (!session && session.error().code == errc::timed_out) break;
    if (!session) return fail(std::move(session.error()));
    auto& added = sessions_.emplace_back();
    added.receiver = std::move(*session);
    added.key = added.receiver->session_id();
    added.lock = shared_.locks.keep(*added.receiver);
    if (auto first = take_next_of(added); !first) return first;
  }
  // A session without messages makes room for another.
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    auto const one = at++;
    if (one->current) continue;
    if (auto next = take_next_of(*one); !next) return next;
    if (!one->current) close_session(one);
  }
  return {};
}

/// No more than are committed together: what a session has in hand is what a crash costs it (G17).
result<void> consumer_worker::take_next_of(consumer_session& session) {
  if (session.current || !shared_.may_take()) return {};
  auto some = session.receiver->receive({.max_messages = shared_.options.messages_per_commit});
  if (!some && some.error().code == errc::lock_lost) return {};
  if (!some) return fail(std::move(some.error()));
  if (some->empty()) return {};
  for (auto& one : *some) {
    auto made = make_job(std::move(one));
    made->session = &session;
    session.behind.push_back(std::move(made));
  }
  session.current = std::move(session.behind.front());
  session.behind.pop_front();
  shared_.locks.restart(session.lock);
  return {};
}

result<void> consumer_worker::watch_dead_letters() {
  constexpr std::size_t at_once = 100;
  if (!shared_.options.keep_order) return {};
  if (!dead_letters_) {
    auto opened = shared_.bus.open_receiver(dead_letter_path(shared_.options.entity));
    if (!opened) return fail(std::move(opened.error()));
    dead_letters_ = std::move(*opened);
  }
  for (;;) {
    auto const some = dead_letters_->peek(next_dead_letter_, at_once);
    if (!some) return fail(some.error());
    for (auto const& one : *some) {
      EVSRC_TRY(note_dead_letter(one));
      next_dead_letter_ = one.sequence_number + 1;
    }
    if (some->size() < at_once) return {};
  }
}

result<void> consumer_worker::note_dead_letter(delivery const& one) {
  auto const& key = one.message.session_id;
  auto const reason = find_text(one.message.properties, property_names::dead_letter_reason);
  bool const is_the_brokers =
      reason == dead_letter_reasons::expired || reason == dead_letter_reasons::delivery_count;
  auto const identity = identify_for(shared_.options.name, one.message, one.enqueued_at);
  if (!is_the_brokers || key.empty() || identity.origin.empty()) return {};
  auto const known = shared_.inbox.find(identity);
  if (!known) return fail(known.error());
  if (*known) return {};  // our own, or another of a round that has ended
  auto next = identity;
  ++next.round;
  auto const later = shared_.inbox.find(next);
  if (!later) return fail(later.error());
  if (*later) return {};  // decided upon, and kept: the original of an edited message
  auto const state = shared_.ledger.load(key);
  if (!state) return fail(state.error());
  // In hand already, or by its id another's, which comes first.
  if (state->holds(identity) || state->has_another(identity.origin, one.message.body)) return {};
  auto const what = held_from(one, identity);
  bool const blocks = !state->front || state->is_front(identity);
  std::string const description = "given up by the broker";
  // Behind another front it is a follower like any other, and comes in its turn.
  auto record = blocks ? shared_.ledger.blocked(key, *state, what, reason, description, false)
                       : shared_.ledger.held(key, *state, what);
  if (!record) return fail(std::move(record.error()));
  commit both;
  both.appends.push_back(std::move(*record));
  if (blocks) {
    final_disposition const how{final_disposition::kind::dead_lettered, std::string(reason),
                                description};
    EVSRC_TRY(report_with(one, identity, how, both));
    auto entry = shared_.inbox.entry(identity, one.message.body, how);
    if (!entry) return fail(std::move(entry.error()));
    both.once.push_back(std::move(*entry));
  }
  auto const done = shared_.store.commit(std::move(both));
  if (!done) return fail(done.error());
  if (blocks && !done->duplicate) shared_.count_dead_letter(std::string(reason));
  for (auto& session : sessions_)
    if (session.key == key) session.state.reset();
  return {};
}

void consumer_worker::close_session(std::list<consumer_session>::iterator which) {
  if (which->current) shared_.add_in_hand(-1);
  shared_.add_in_hand(-static_cast<std::ptrdiff_t>(which->behind.size()));
  shared_.locks.forget(which->lock);
  sessions_.erase(which);
}

void consumer_worker::drop_lost() {
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    auto const one = at++;
    if (!shared_.locks.is_lost(one->lock)) continue;
    shared_.count(&consumer_counts::locks_lost);
    close_session(one);
  }
  for (auto& one : jobs_) {
    if (one->at == job::stage::gone || !is_lost(*one)) continue;
    shared_.count(&consumer_counts::locks_lost);
    one->at = job::stage::gone;
  }
}

void consumer_worker::release() {
  std::vector<settlement> back;
  for (auto& one : jobs_)
    if (one->at != job::stage::gone) {
      back.push_back(one->received.settle(disposition::abandon));
      one->at = job::stage::gone;
    }
  // What cannot be given back comes back when its lock ends.
  if (!back.empty()) static_cast<void>(receiver_->settle(back));
  remove_gone();
  while (!sessions_.empty()) close_session(sessions_.begin());
}

std::optional<clock::steady_time> consumer_worker::next_due() const {
  std::optional<clock::steady_time> first;
  auto const look = [&](job const& one) {
    if (!first || one.due < *first) first = one.due;
  };
  for (auto const& one : jobs_) look(*one);
  for (auto const& one : sessions_) {
    if (one.replayed)
      look(*one.replayed);
    else if (one.current)
      look(*one.current);
  }
  return first;
}

}  // namespace evsrc::inline v0::detail
