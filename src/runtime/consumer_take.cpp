// SPDX-License-Identifier: Apache-2.0
// How a consumer's worker gets messages, and gives them back.
#include <algorithm>

#include "evsrc/runtime/detail/consumer_worker.hpp"

namespace evsrc::inline v0::detail {

using std::chrono::milliseconds;

consumer_worker::consumer_worker(consumer_engine& shared, std::size_t sessions,
                                 std::size_t max_in_flight)
    : shared_(shared),
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
  made->identity = identify(made->received.message, made->received.enqueued_at);
  shared_.count(&consumer_counts::received);
  shared_.add_in_hand(1);
  return made;
}

/// A copy that was sent to a topic for the sake of one of its subscriptions.
bool consumer_worker::is_for_others(delivery const& received) const {
  auto const only = find_text(received.message.properties, property_names::only_for);
  return !only.empty() && folded(only) != folded(shared_.options.entity);
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

/// One at a time: what a session has in hand is what a crash costs it (G17).
result<void> consumer_worker::take_next_of(consumer_session& session) {
  if (session.current || !shared_.may_take()) return {};
  auto some = session.receiver->receive({});
  if (!some && some.error().code == errc::lock_lost) return {};
  if (!some) return fail(std::move(some.error()));
  if (some->empty()) return {};
  session.current = make_job(std::move(some->front()));
  session.current->session = &session;
  shared_.locks.restart(session.lock);
  return {};
}

void consumer_worker::close_session(std::list<consumer_session>::iterator which) {
  if (which->current) shared_.add_in_hand(-1);
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
