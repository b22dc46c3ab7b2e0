// SPDX-License-Identifier: Apache-2.0
// What may be said about a consumer.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "evsrc/core/clock.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/runtime/retry_policy.hpp"

namespace evsrc::inline v0 {

struct consumer_options {
  /// Of its inbox and of the records of its keys: unique in the store, the same in every process
  /// that shares the work; at most 64 bytes; required.
  std::string name{};
  std::string entity{};  ///< a queue or "topic/Subscriptions/name"; required
  /// 0: the entity has no sessions. Else how many sessions are held at a time.
  std::size_t sessions = 0;
  /// Messages taken at a time from an entity without sessions, handled one after the other and
  /// committed together. 1 for handlers that wait for something outside: use `threads` there.
  std::size_t max_in_flight = 32;
  /// Messages whose handlers' effects are one commit, at most limits::receive_messages: each sees
  /// what those before it decided by message_context::handle, and one commit costs less than many.
  /// A session gives as many at a time. Where one of them does not end with `ack`, or the commit
  /// meets a conflict, they are handled again, then each for itself: that is no attempt, but
  /// handlers are called once more. What a handler reads from the store by itself is without the
  /// effects of those before it. 1: each message has its own commit.
  std::size_t messages_per_commit = 1;
  std::size_t threads =
      1;  ///< of run(); they share sessions and max_in_flight; handlers run on all
  /// Messages of a session take effect in order, poisoned ones included: while one is in the dead
  /// letters its followers are held (G16). Needs an entity with sessions.
  bool keep_order = false;
  retry_policy retry{};
  std::chrono::milliseconds max_lock_renewal = std::chrono::minutes(5);  ///< of one delivery
  /// No message is older when it arrives, where times to live do not say so.
  std::optional<std::chrono::milliseconds> max_message_age{};
  /// How long relays may be down and then repeat what they had sent.
  std::chrono::milliseconds relay_outage = std::chrono::hours(24);
  /// How long the inbox remembers. None: as long as is needed, for ever where nothing bounds the
  /// age of messages. One that is smaller is refused (G19).
  std::optional<std::chrono::milliseconds> inbox_window{};
  /// Of a key that waits. At the next one the consumer stops until resume(): redrive or skip what
  /// the key waits for before.
  std::size_t max_held_per_key = 1'000;
  /// How long to go on when others write the same streams; then it counts as a failed attempt.
  std::chrono::milliseconds conflict_deadline = std::chrono::seconds(30);
  /// Failures in a row, of handlers, store or bus, after which the consumer pauses: it takes
  /// nothing and calls no handler, of what it has in hand neither.
  std::uint32_t failures_before_pause = 10;
  std::chrono::milliseconds pause = std::chrono::seconds(5);
  /// A queue or topic that gets a message_failed for each message that this consumer dead-letters,
  /// in one commit with that where store and bus are one place, in one transaction of the bus
  /// elsewhere. What the destination refuses stays in the outbox. Of what the broker gives up by
  /// itself only with keep_order. Empty: none.
  std::string failures_to{};
  /// How often expired keys are removed from the store, 500 in a step; zero: never.
  std::chrono::milliseconds clean_up_every = std::chrono::minutes(1);
  std::chrono::milliseconds receive_wait = std::chrono::milliseconds(100);  ///< of run(), real time
  evsrc::clock* clock = nullptr;    ///< the system's where null; must outlive the consumer
  random_source* random = nullptr;  ///< the system's where null
};

/// @errors invalid_argument: names the field
[[nodiscard]] result<void> validate(consumer_options const& what);

/// From what an inbox window is made (G19).
struct inbox_window_terms {
  std::chrono::milliseconds message_age{};  ///< the maximum: not bounded
  std::chrono::milliseconds deliveries{};   ///< max_delivery_count x lock duration
  std::chrono::milliseconds delays{};       ///< all pauses of the retry policy
  std::chrono::milliseconds relay_outage{};

  /// The maximum where message_age is not bounded.
  [[nodiscard]] std::chrono::milliseconds sum() const noexcept;
};
/// "1d 1h 20m: messages 1d + deliveries 10m + delays 10m + relay outage 1h", for people.
[[nodiscard]] std::string to_string(inbox_window_terms const& what);

}  // namespace evsrc::inline v0
