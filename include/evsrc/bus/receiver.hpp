// SPDX-License-Identifier: Apache-2.0
// The port that messages are pulled through.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "evsrc/bus/delivery.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0 {

enum class receive_mode : std::uint8_t {
  peek_lock,           ///< locked for this receiver until settled, or for the lock duration
  receive_and_delete,  ///< gone when received: at most once, the caller's explicit choice (G13)
};

/// How a receiver pulls.
struct receive_request {
  std::size_t max_messages = 1;  ///< 1 to limits::receive_messages
  /// For the first message, in real time; the rest is what is there. Zero looks once.
  std::chrono::milliseconds wait{};
};

/// Receives from one queue, subscription or dead-letter queue; with sessions it is a
/// session_receiver's base. Locks are the entity's: they outlive the receiver, and any other
/// receiver of the entity settles and renews them, but for those of sessions.
/// @threads every function may be called from any thread
class receiver {
 public:
  receiver() = default;
  receiver(receiver const&) = delete;
  receiver& operator=(receiver const&) = delete;
  virtual ~receiver() = default;

  /// Messages in order of their sequence numbers, each locked for the entity's lock duration from
  /// now. Empty where none came in time. @errors not_found: the entity; entity_disabled; closed;
  /// lock_lost: of the session
  [[nodiscard]] virtual result<std::vector<delivery>> receive(receive_request const& how) = 0;
  /// Ends locks, each for itself. @return one outcome per settlement, in order.
  /// @errors lock_lost: expired, settled before or not of this entity: nothing changed
  [[nodiscard]] virtual std::vector<result<void>> settle(std::span<settlement const> what) = 0;
  [[nodiscard]] result<void> settle(settlement const& one) {
    return std::move(settle(std::span{&one, 1}).front());
  }
  /// Locks for the lock duration from now. @return until when. @errors lock_lost
  [[nodiscard]] virtual result<timestamp> renew(lock_token lock) = 0;

  /// Looks at messages of any state, locked ones included, without locking them: from that sequence
  /// number on, in order; a session receiver at those of its session. @errors limit_exceeded:
  /// max_messages above limits::receive_messages
  [[nodiscard]] virtual result<std::vector<delivery>> peek(std::int64_t from_sequence_number,
                                                           std::size_t max_messages) = 0;
  /// Locks deferred messages (or deletes, by the mode). All or none. Given back they are deferred
  /// again, with one delivery more.
  /// @errors not_found: names the first that is not deferred here
  [[nodiscard]] virtual result<std::vector<delivery>> receive_deferred(
      std::span<std::int64_t const> sequence_numbers) = 0;
};

}  // namespace evsrc::inline v0
