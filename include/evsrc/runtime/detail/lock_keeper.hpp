// SPDX-License-Identifier: Apache-2.0
// Renews the locks of messages and sessions in hand, and tells when one is lost.
#pragma once

#include <list>
#include <mutex>
#include <stop_token>

#include "evsrc/bus/session_receiver.hpp"
#include "evsrc/core/clock.hpp"

namespace evsrc::inline v0::detail {

/// @threads any thread may call
class lock_keeper {
  struct lock {
    receiver* of_messages;
    session_receiver* of_session;  // one of the two
    lock_token token;
    timestamp until;
    clock::steady_time since;
    std::stop_source lost;
  };

 public:
  using handle = std::list<lock>::iterator;

  lock_keeper(clock& time, std::chrono::milliseconds max_renewal)
      : clock_(&time), max_renewal_(max_renewal) {}

  /// How long a lock lasts: they are renewed when half of it is over.
  void set_duration(std::chrono::milliseconds duration) noexcept { duration_ = duration; }

  [[nodiscard]] handle keep(receiver& from, lock_token token, timestamp until);
  [[nodiscard]] handle keep(session_receiver& session);
  void forget(handle which);
  /// Begins the time for which a lock is renewed anew: a session's next message.
  void restart(handle which);
  /// The bus said that it is lost.
  void give_up(handle which);
  /// Renews what is due, as long as max_renewal allows; what cannot be renewed is lost.
  void renew_due();

  [[nodiscard]] std::stop_token token_of(handle which) const { return which->lost.get_token(); }
  [[nodiscard]] bool is_lost(handle which) const { return which->lost.stop_requested(); }
  /// True where the lock will still be renewed after `pause`.
  [[nodiscard]] bool can_wait(handle which, std::chrono::milliseconds pause);

 private:
  void renew(lock& one);

  clock* clock_;
  std::chrono::milliseconds max_renewal_;
  std::chrono::milliseconds duration_ = std::chrono::minutes(1);
  std::mutex mutex_;
  std::list<lock> locks_;
};

}  // namespace evsrc::inline v0::detail
