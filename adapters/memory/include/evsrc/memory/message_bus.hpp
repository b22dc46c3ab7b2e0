// SPDX-License-Identifier: Apache-2.0
// The bus without a broker: the reference that other buses are measured against.
#pragma once

#include <memory>

#include "evsrc/bus/message_bus.hpp"
#include "evsrc/core/clock.hpp"
#include "evsrc/core/random.hpp"

namespace evsrc::memory::inline v0 {

/// What a bus is made with.
struct bus_options {
  /// Judges locks, expiry, schedules and duplicate detection; lives longer than the bus; null: the
  /// system's. Waits are real time whatever clock it is.
  evsrc::clock* clock = nullptr;
  random_source* random = nullptr;  ///< for lock tokens and message ids; null: the system's
};

/// Keeps everything in memory and survives nothing. Owns no thread: what happens by time alone
/// (locks end, messages expire, scheduled ones get their turn) happens in the next call that could
/// see it. Bodies are copied once on the way in and once on the way out.
/// @cost send, receive and settle: constant for messages without a time to live, logarithmic in the
/// messages with one; a topic's send also runs the rules of its subscriptions
/// @threads every function may be called from any thread; each queue has a mutex, and each topic
/// one with its subscriptions
class message_bus final : public evsrc::message_bus {
 public:
  explicit message_bus(bus_options with = {});
  ~message_bus() override;

  [[nodiscard]] result<std::unique_ptr<sender>> open_sender(std::string_view entity) override;
  [[nodiscard]] result<std::unique_ptr<receiver>> open_receiver(
      std::string_view entity, receive_mode mode = receive_mode::peek_lock) override;
  /// Closing a session receiver gives back what it had locked, not counted as deliveries.
  [[nodiscard]] result<std::unique_ptr<session_receiver>> accept_session(
      std::string_view entity, session_request const& which = {}) override;
  [[nodiscard]] result<std::vector<std::string>> sessions(std::string_view entity,
                                                          std::string_view after,
                                                          std::size_t max_sessions) override;
  [[nodiscard]] result<void> commit(bus_transaction const& what) override;
  [[nodiscard]] evsrc::topology& topology() override;
  void close() override;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

[[nodiscard]] std::unique_ptr<message_bus> make_message_bus(bus_options with = {});

}  // namespace evsrc::memory::inline v0
