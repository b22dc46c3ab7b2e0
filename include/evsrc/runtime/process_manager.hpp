// SPDX-License-Identifier: Apache-2.0
// Feeds a saga from the events of a store. Start with examples/10_process_manager;
// docs/messaging.md tells how it is fed from queues.
#pragma once

#include <string>
#include <utility>

#include "evsrc/runtime/saga_handler.hpp"
#include "evsrc/runtime/saga_timeout_sender.hpp"
#include "evsrc/runtime/subscription.hpp"

namespace evsrc::inline v0 {

struct process_manager_options {
  /// Its name is "saga:<category>" where none is given; clock and random source are those of
  /// `saga` where it names them. The scope is set to the inputs of the saga.
  subscription_options feed{};
  saga_options saga{};
};

namespace detail {

[[nodiscard]] subscription_options feed_options(process_manager_options from,
                                                std::string_view category, query inputs);

template <class... Es>
[[nodiscard]] query inputs_of(events<Es...>*) {
  return query_for<Es...>();
}

}  // namespace detail

/// A subscription to the inputs of `S`. Each input's effects are in one commit with the mark that
/// it was here and with the checkpoint: they happen once, however often it crashes in between.
/// Inputs that others write the same instance by are taken again after a conflict. A failed input
/// is treated as `feed.on_failure` says; with `park_key` it is the input's stream that is held.
/// @threads every function may be called from any thread
template <saga S, class Publications = publications<>>
class process_manager {
 public:
  /// `store` by its own type, which is also an idempotency_store.
  template <std::derived_from<event_store> Store>
  explicit process_manager(Store& store, process_manager_options options = {},
                           Publications outgoing = Publications())
      : process_manager(store, static_cast<idempotency_store&>(store), std::move(options),
                        std::move(outgoing)) {}
  /// Does not compile, and says why.
  template <detail::leads_to<event_store> Handle>
  explicit process_manager(Handle&& handle, process_manager_options options = {},
                           Publications outgoing = Publications())
      : process_manager(detail::store_behind<event_store>(handle), std::move(options),
                        std::move(outgoing)) {}
  process_manager(event_store& store, idempotency_store& keys, process_manager_options options = {},
                  Publications outgoing = Publications())
      : saga_(store, keys, options.saga, std::move(outgoing)),
        due_(store, saga_),
        feed_(store,
              detail::feed_options(std::move(options), S::category.name,
                                   detail::inputs_of(static_cast<typename S::reacts_to*>(nullptr))),
              handle_all(static_cast<typename S::reacts_to*>(nullptr))) {}

  /// As subscription.
  [[nodiscard]] result<std::size_t> poll() { return feed_.poll(); }
  [[nodiscard]] result<void> run(std::stop_token const& stop) { return feed_.run(stop); }
  [[nodiscard]] background_loop start() { return background_loop(*this); }
  [[nodiscard]] result<void> wait(receipt const& written, std::chrono::milliseconds deadline) {
    return feed_.wait(written, deadline);
  }
  void resume() { feed_.resume(); }
  [[nodiscard]] result<std::size_t> redrive(stream_id const& stream) {
    return feed_.redrive(stream);
  }
  [[nodiscard]] explanation explain() { return feed_.explain(); }

  /// For the handlers of a consumer, and to look at instances.
  [[nodiscard]] saga_handler<S, Publications> const& saga() const noexcept { return saga_; }
  /// Where a relay may hand time-outs on to, in an application without a bus.
  [[nodiscard]] sender& due_timeouts() noexcept { return due_; }

 private:
  template <class... Es>
  [[nodiscard]] event_handler handle_all(events<Es...>*) {
    return handle<Es...>([this]<class E>(E const& input, reaction& effects) -> result<void> {
      auto const cause = cause_of(effects.cause());
      if (!cause) return fail(cause.error());
      auto const outcome = saga_.react(input, *cause, effects.writes());
      if (!outcome) return fail(outcome.error());
      return {};
    });
  }

  saga_handler<S, Publications> saga_;
  saga_timeout_sender<S, Publications> due_;
  subscription feed_;
};

}  // namespace evsrc::inline v0
