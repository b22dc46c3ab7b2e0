// SPDX-License-Identifier: Apache-2.0
// Calls handlers for messages, so that each takes effect once in the store. Start with
// examples/09_consumer; docs/messaging.md tells the rest.
#pragma once

#include <concepts>
#include <memory>

#include "evsrc/bus/message_bus.hpp"
#include "evsrc/runtime/background_loop.hpp"
#include "evsrc/runtime/consumer_explanation.hpp"
#include "evsrc/runtime/detail/store_behind.hpp"
#include "evsrc/runtime/router.hpp"
#include "evsrc/store/event_store.hpp"

namespace evsrc::inline v0 {

namespace detail {
class consumer_core;
}

/// Takes messages from one entity, calls the router's handlers, and commits what each one wants
/// together with the note that the message is done; then the broker is told, or in the same commit
/// where store and bus are one place. Store, bus and router are lent and outlive it. Any number of
/// consumers of one name may run, in any number of processes.
/// @threads every function may be called from any thread; handlers run on `options.threads`
class consumer {
 public:
  /// `store` by its own type, which is also an idempotency_store.
  template <std::derived_from<event_store> Store>
  consumer(Store& store, message_bus& bus, router& way, consumer_options options)
      : consumer(store, keys_of(store), bus, way, std::move(options)) {}
  /// For a store that is known only as its port.
  consumer(event_store& store, idempotency_store& known_keys, message_bus& bus, router& way,
           consumer_options options);
  /// Does not compile, and says why.
  template <class StoreHandle, class BusHandle>
  requires(detail::leads_to<StoreHandle, event_store> || detail::leads_to<BusHandle, message_bus>)
      consumer(StoreHandle&& store, BusHandle&& bus, router& way, consumer_options options)
      : consumer(detail::store_behind<event_store>(store), detail::store_behind<message_bus>(bus),
                 way, std::move(options)) {}
  ~consumer();

  /// Takes what is there and handles it, a bounded number of messages. @return how many came to
  /// their end: done, dead-lettered, held, or known before
  /// @errors invalid_argument: options that do not fit the entity, names the field; not_found: the
  ///   entity; limit_exceeded: a key holds all that it may, until resume(), behind a redrive or
  ///   skip of that key; of bus and store: nothing is lost, the next poll goes on
  [[nodiscard]] result<std::size_t> poll();
  /// Polls on `options.threads` threads until told to stop, which is heard between messages: what
  /// was handled is committed, the rest given back, which counts as a delivery of messages without
  /// a session: drain() before. Returns early, with the error, where only a person can help.
  [[nodiscard]] result<void> run(std::stop_token const& stop);
  [[nodiscard]] background_loop start() { return background_loop(*this); }
  /// Takes no more and waits until nothing is in hand; then what is left is given back, by running
  /// threads once the handlers that they are in have returned. Polls itself if nothing runs it.
  /// @errors timed_out: something has to be given back
  [[nodiscard]] result<void> drain(std::chrono::milliseconds deadline);
  /// Goes on after drain(), or after what only a person could change.
  void resume();

  /// @cost with keep_order reads the streams of all keys that ever waited
  [[nodiscard]] consumer_explanation explain();

 private:
  template <class Store>
  [[nodiscard]] static idempotency_store& keys_of(Store& store) noexcept {
    static_assert(std::derived_from<Store, idempotency_store>,
                  "evsrc: the consumer records messages under keys: pass the store by its own "
                  "type, or an idempotency_store as second argument");
    return store;
  }

  std::unique_ptr<detail::consumer_core> core_;
};

}  // namespace evsrc::inline v0
