// SPDX-License-Identifier: Apache-2.0
// The port that every bus implements: opens senders and receivers, and changes several entities at
// once.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/bus/sender.hpp"
#include "evsrc/bus/session_receiver.hpp"
#include "evsrc/bus/topology.hpp"

namespace evsrc::inline v0 {

/// A message and the queue or topic that it goes to.
struct addressed_message {
  std::string entity;
  evsrc::message message;
};

/// Settles and sends, all or nothing. Limits: limits::transaction_messages in all.
struct bus_transaction {
  std::vector<settlement> settles{};
  std::vector<addressed_message> sends{};
};

struct session_request {
  std::optional<std::string> session_id{};  ///< none: the next that has messages and no holder
  std::chrono::milliseconds wait{};         ///< for one to be available, in real time
  receive_mode mode = receive_mode::peek_lock;
};

/// What is opened here borrows the bus and is destroyed before it. An entity need not exist when it
/// is opened: calls answer not_found until it does.
/// @threads every function may be called from any thread
class message_bus {
 public:
  message_bus() = default;
  message_bus(message_bus const&) = delete;
  message_bus& operator=(message_bus const&) = delete;
  virtual ~message_bus() = default;

  /// @errors invalid_argument: the path; dead-letter queues and subscriptions take no sends
  [[nodiscard]] virtual result<std::unique_ptr<sender>> open_sender(std::string_view entity) = 0;
  /// @errors invalid_argument: the path. An entity with sessions answers its receives with
  /// invalid_argument, but for its dead-letter queue, which has none.
  [[nodiscard]] virtual result<std::unique_ptr<receiver>> open_receiver(
      std::string_view entity, receive_mode mode = receive_mode::peek_lock) = 0;
  /// Locks a session. @errors timed_out: none was available in time; session_locked: the named one
  /// has another holder; invalid_argument: the entity has no sessions; not_found
  [[nodiscard]] virtual result<std::unique_ptr<session_receiver>> accept_session(
      std::string_view entity, session_request const& which = {}) = 0;
  /// Ids of sessions that have messages or state, in byte order, beyond `after`.
  [[nodiscard]] virtual result<std::vector<std::string>> sessions(std::string_view entity,
                                                                  std::string_view after,
                                                                  std::size_t max_sessions) = 0;
  /// @errors lock_lost; those of sender::send, with "sends[3]." before the field: nothing changed
  [[nodiscard]] virtual result<void> commit(bus_transaction const& what) = 0;

  [[nodiscard]] virtual evsrc::topology& topology() = 0;
  /// The same text as the store's where settlements and messages ride on its commits: bus and store
  /// are one file. Empty: they never do.
  [[nodiscard]] virtual std::string place() const { return {}; }
  /// Wakes every wait. Later calls answer errc::closed. Closing twice is fine.
  virtual void close() = 0;
};

}  // namespace evsrc::inline v0
