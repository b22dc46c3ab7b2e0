// SPDX-License-Identifier: Apache-2.0
// The bus in one SQLite file: durable queues and topics for the threads and processes of a machine.
#pragma once

#include <memory>
#include <string>

#include "evsrc/bus/message_bus.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/sqlite/event_store.hpp"

namespace evsrc::sqlite::inline v0 {

namespace detail {
struct bus_state;
}

/// Lives in the file of an event store and shares its writer, so that commits settle messages and
/// send them (event_store::place). Sends, settlements and changes of the topology are as durable as
/// the store was opened for; receives, renewals and accepted sessions are not synced: what a power
/// loss takes back of them is a redelivery. Locks, expiry and schedules are judged by the store's
/// clock, in the calls that could see a change; it has no thread of its own.
/// @threads every function may be called from any thread, and from any process at the same file
class message_bus final : public evsrc::message_bus {
 public:
  /// Borrows the store. `random` is for lock tokens and message ids; null: the system's.
  explicit message_bus(event_store& store, random_source* random = nullptr);
  ~message_bus() override;

  [[nodiscard]] result<std::unique_ptr<sender>> open_sender(std::string_view entity) override;
  [[nodiscard]] result<std::unique_ptr<receiver>> open_receiver(
      std::string_view entity, receive_mode mode = receive_mode::peek_lock) override;
  /// Without a wanted id: the session of the oldest message that nobody holds.
  [[nodiscard]] result<std::unique_ptr<session_receiver>> accept_session(
      std::string_view entity, session_request const& which = {}) override;
  [[nodiscard]] result<std::vector<std::string>> sessions(std::string_view entity,
                                                          std::string_view after,
                                                          std::size_t max_sessions) override;
  [[nodiscard]] result<void> commit(bus_transaction const& what) override;
  [[nodiscard]] evsrc::topology& topology() override;
  [[nodiscard]] std::string place() const override;
  /// Leaves a borrowed store open.
  void close() override;

 private:
  explicit message_bus(std::unique_ptr<event_store> own);
  friend result<std::unique_ptr<message_bus>> open_bus(std::string path, options with);

  std::unique_ptr<event_store> own_;
  std::unique_ptr<detail::bus_state> state_;
};

/// A bus with a file of its own: a durable queue without an event store. @errors as sqlite::open
[[nodiscard]] result<std::unique_ptr<message_bus>> open_bus(std::string path, options with = {});

}  // namespace evsrc::sqlite::inline v0
