// SPDX-License-Identifier: Apache-2.0
// Calls a handler for each event: first those that are there, then new ones as they come.
// Start with examples/07_subscription; docs/projections.md tells the rest.
#pragma once

#include <string>
#include <utility>

#include "evsrc/model/events.hpp"
#include "evsrc/runtime/background_loop.hpp"
#include "evsrc/runtime/detail/event_runner.hpp"
#include "evsrc/runtime/detail/replay.hpp"
#include "evsrc/runtime/detail/store_behind.hpp"
#include "evsrc/runtime/reaction.hpp"

namespace evsrc::inline v0 {

/// Called for each event in order. What it puts into the reaction is committed together with the
/// subscription's checkpoint. An error or exception makes the event a failed one.
using event_handler = unique_function<result<void>(event_view const&, reaction&)>;

struct subscription_options {
  std::string name{};          ///< of its checkpoint and owner; unique in the store; required
  subscription_scope scope{};  ///< a stream, a category, a query, or everything
  /// Events per commit, 1 to limits::page_events, and what a crash may repeat; fewer where their
  /// effects fill it. A handler that only builds a model is fastest with the most: each commit
  /// waits for the disk.
  std::size_t batch_events = 500;
  failure_policy on_failure = failure_policy::stop;
  /// At an event whose error is_retryable or is a conflict with others, before the policy applies.
  std::uint32_t attempts = 5;
  /// How long an owner must be silent before another takes over; longer than any batch takes.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
  std::chrono::milliseconds heartbeat = std::chrono::seconds(1);  ///< of an owner without work
  std::string holder{};             ///< shown to others; empty: host and process
  evsrc::clock* clock = nullptr;    ///< the system's where null
  random_source* random = nullptr;  ///< the system's where null
};

/// One runner of a subscription. Several may exist, in any number of processes: one owns it, the
/// others wait for their turn (G10). Outlived by its store.
/// @threads every function may be called from any thread; the handler runs on one at a time
class subscription {
 public:
  subscription(event_store& store, subscription_options const& options, event_handler handler);
  /// Does not compile, and says why.
  template <detail::leads_to<event_store> Handle>
  subscription(Handle&& handle, subscription_options const& options, event_handler handler)
      : subscription(detail::store_behind<event_store>(handle), options, std::move(handler)) {}

  /// Handles and commits one batch. @return events passed; 0: none there, or another runner owns
  /// @errors of the event or store that it stands at; the same until `resume()` once it is stopped
  [[nodiscard]] result<std::size_t> poll() { return runner_.poll(); }
  /// Polls until told to stop, waits for events in between. Returns early, with the error, where a
  /// failure stops it.
  [[nodiscard]] result<void> run(std::stop_token const& stop) {
    return runner_.run(stop, [this] { return poll(); });
  }
  [[nodiscard]] background_loop start() { return background_loop(*this); }

  /// Returns when everything up to the receipt is handled. Polls itself if no thread runs it.
  /// @errors timed_out, which names the owner; checkpoint_ahead: a receipt of another store; what
  /// stopped the subscription
  [[nodiscard]] result<void> wait(receipt const& written, std::chrono::milliseconds deadline) {
    return runner_.wait(written.up_to, deadline, [this] { return poll(); });
  }
  /// Goes on after a failure that stopped it, with the event that failed.
  void resume() { runner_.resume(); }
  /// Handles what was held of a parked stream, in order. @return events handled
  /// @errors not_found; unavailable: not the owner; why it failed again, and it stays parked
  [[nodiscard]] result<std::size_t> redrive(stream_id const& stream) {
    return runner_.redrive(stream);
  }
  /// @cost reads up to 1,000 events to count those behind
  [[nodiscard]] explanation explain() { return runner_.explain(); }

 private:
  class target final : public detail::batch_target {
   public:
    target(event_store& store, subscription_options const& options, event_handler handler);
    [[nodiscard]] result<receipt> process(detail::event_batch& batch) override;

   private:
    [[nodiscard]] result<void> handle(event_view const& event, commit& with);

    event_store* store_;
    event_handler handler_;
    clock* clock_;
    random_source* random_;
    std::string name_;
  };

  target target_;
  detail::event_runner runner_;
};

namespace detail {

template <class F, class E>
[[nodiscard]] result<void> call_handler(F& handler, E const& event, event_view const& view,
                                        reaction& effects) {
  if constexpr (std::is_invocable_v<F&, E const&, metadata const&, reaction&>) {
    auto const meta = view.meta();
    if (!meta) return fail(meta.error());
    return handler(event, *meta, effects);
  } else if constexpr (std::is_invocable_v<F&, E const&, reaction&>) {
    return handler(event, effects);
  } else {
    static_assert(
        std::is_invocable_v<F&, E const&>,
        "evsrc: the handler takes (event), (event, reaction&) or (event, metadata const&, "
        "reaction&) and returns evsrc::result<>");
    return handler(event);
  }
}

}  // namespace detail

/// All names of these events, former ones included: the scope of a subscription to them.
template <named_event... Es>
[[nodiscard]] query query_for() {
  query_item item;
  detail::add_wire_names(item.names, static_cast<events<Es...>*>(nullptr));
  return {{std::move(item)}};
}

/// A handler of decoded events: `evsrc::handle<order_placed, order_paid>(overloaded{...})`. Older
/// versions arrive as today's; other events are passed over; a newer version is a failure. The
/// stream and position of the event: `cause()` of the reaction.
template <named_event... Es, class F>
[[nodiscard]] event_handler handle(F handler) {
  return [handler = std::move(handler)](event_view const& view,
                                        reaction& effects) mutable -> result<void> {
    result<void> outcome;
    auto const decoded = decode_event<Es...>(
        view.name, view.event_version, padded_json{view.payload},
        [&](auto const& event) { outcome = detail::call_handler(handler, event, view, effects); });
    if (!decoded && decoded.error().code == errc::unknown_event) return {};
    if (!decoded) return fail(detail::history_error(view, decoded.error()));
    return outcome;
  };
}

}  // namespace evsrc::inline v0
