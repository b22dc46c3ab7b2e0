// SPDX-License-Identifier: Apache-2.0
// Renewal of locks.
#include "evsrc/runtime/detail/lock_keeper.hpp"

namespace evsrc::inline v0::detail {

lock_keeper::handle lock_keeper::keep(receiver& from, lock_token token, timestamp until) {
  std::scoped_lock const guard(mutex_);
  return locks_.insert(locks_.end(), lock{&from, nullptr, token, until, clock_->steady(), {}});
}

lock_keeper::handle lock_keeper::keep(session_receiver& session) {
  std::scoped_lock const guard(mutex_);
  return locks_.insert(locks_.end(),
                       lock{nullptr, &session, {}, session.locked_until(), clock_->steady(), {}});
}

void lock_keeper::forget(handle which) {
  std::scoped_lock const guard(mutex_);
  locks_.erase(which);
}

void lock_keeper::restart(handle which) {
  std::scoped_lock const guard(mutex_);
  which->since = clock_->steady();
}

void lock_keeper::give_up(handle which) {
  std::scoped_lock const guard(mutex_);
  which->lost.request_stop();
}

void lock_keeper::renew_due() {
  std::scoped_lock const guard(mutex_);
  auto const now = clock_->now();
  for (auto& one : locks_)
    if (!one.lost.stop_requested() && one.until - now <= duration_ / 2) renew(one);
}

void lock_keeper::renew(lock& one) {
  bool const may_renew = clock_->steady() - one.since < max_renewal_;
  if (may_renew) {
    auto const until = one.of_session != nullptr ? one.of_session->renew_session()
                                                 : one.of_messages->renew(one.token);
    if (until) {
      one.until = *until;
      return;
    }
    if (until.error().code == errc::lock_lost) {
      one.lost.request_stop();
      return;
    }
  }
  if (one.until <= clock_->now()) one.lost.request_stop();
}

bool lock_keeper::can_wait(handle which, std::chrono::milliseconds pause) {
  std::scoped_lock const guard(mutex_);
  return clock_->steady() + pause - which->since < max_renewal_;
}

}  // namespace evsrc::inline v0::detail
