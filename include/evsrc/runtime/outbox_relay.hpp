// SPDX-License-Identifier: Apache-2.0
// Hands the messages that commits left on to their destinations, in order (G14).
// Start with examples/08_outbox; docs/messaging.md tells the rest.
#pragma once

#include <concepts>
#include <memory>
#include <string>

#include "evsrc/bus/message_bus.hpp"
#include "evsrc/runtime/background_loop.hpp"
#include "evsrc/runtime/relay_explanation.hpp"
#include "evsrc/runtime/relay_options.hpp"
#include "evsrc/store/event_store.hpp"
#include "evsrc/store/outbox_store.hpp"

namespace evsrc::inline v0 {

namespace detail {
class relay_engine;
}

/// Sends the outbox's due rows and removes them, at least once each: a row is sent again, under the
/// same message id, where the removal did not come to be committed. Any number of relays may run on
/// one store, in any number of processes: each hash slot of destination and key has one owner at a
/// time. Store, bus and senders are lent and outlive it.
/// @threads every function may be called from any thread; senders are called from several
class outbox_relay {
 public:
  /// Destinations are queues and topics of `bus`. `Store` is also an outbox_store.
  template <std::derived_from<event_store> Store>
  outbox_relay(Store& store, message_bus& bus, relay_options options = {})
      : outbox_relay(store, rows_of(store), &bus, std::move(options)) {}
  /// Without a bus: rows whose destination no send_to() names wait.
  template <std::derived_from<event_store> Store>
  explicit outbox_relay(Store& store, relay_options options = {})
      : outbox_relay(store, rows_of(store), nullptr, std::move(options)) {}
  /// For a store that is known only as its ports.
  outbox_relay(event_store& store, outbox_store& rows, message_bus* bus, relay_options options);
  /// Gives its slots back.
  ~outbox_relay();

  /// Rows for `destination`, in whatever case it is spelled, go through `to`, and not to the bus.
  void send_to(std::string const& destination, sender& to);

  /// Sends a batch of what is due and removes it. @return rows that left: handed on or refused; 0
  /// where nothing is due, may be tried or is this relay's
  /// @errors invalid_argument: the options; of the store: nothing is lost, the next poll goes on;
  ///   closed: bus or store. A destination that fails is no error: explain() tells it.
  [[nodiscard]] result<std::size_t> poll();
  /// Polls on `options.threads` threads until told to stop, waits for rows in between, and gives
  /// its slots back. Returns early, with the error, where options are wrong or all is closed.
  [[nodiscard]] result<void> run(std::stop_token const& stop);
  [[nodiscard]] background_loop start() { return background_loop(*this); }
  /// Tries destinations that pause at once.
  void resume();

  /// @cost as outbox_store::outbox
  [[nodiscard]] relay_explanation explain();
  /// Why the row of that id does not move: one sentence. @errors not_found: it is not in the outbox
  /// @cost reads the outbox until the row is found
  [[nodiscard]] result<std::string> explain(message_id const& row);

 private:
  template <class Store>
  [[nodiscard]] static outbox_store& rows_of(Store& store) noexcept {
    static_assert(std::derived_from<Store, outbox_store>,
                  "evsrc: the relay reads an outbox: pass the store by its own type, or an "
                  "outbox_store as second argument");
    return store;
  }

  std::unique_ptr<detail::relay_engine> engine_;
};

}  // namespace evsrc::inline v0
