// SPDX-License-Identifier: Apache-2.0
// One input of a saga into a commit: for process_manager, and for handlers of messages.
#pragma once

#include <chrono>
#include <concepts>
#include <string>
#include <utility>

#include "evsrc/runtime/detail/saga_step.hpp"

namespace evsrc::inline v0 {

struct saga_options {
  /// Queue that due time-outs go to; empty: "<category>.timeouts". One with sessions keeps those of
  /// an instance in order with each other.
  std::string timeouts_to{};
  std::string source{};  ///< written into each event; empty: the saga's category
  /// How long an input is known as done (G19); the maximum is for ever. The store's clock judges.
  std::chrono::seconds keep_inputs_for = std::chrono::seconds::max();
  evsrc::clock* clock = nullptr;    ///< the system's where null
  random_source* random = nullptr;  ///< for ids of events; the system's where null
};

/// Lets instances of `S` react. It keeps no state of its own: each call reads what the store has
/// and what the commit in the making adds. Store and keys are lent and outlive it.
/// @threads every function may be called from any thread
template <saga S, class Publications = publications<>>
class saga_handler {
  static_assert(check_saga<S>());
  static_assert(S::category.name.find('/') == std::string_view::npos,
                "evsrc: a saga's category has no slash: ids are made of it");

 public:
  /// `store` by its own type, which is also an idempotency_store.
  template <std::derived_from<stream_store> Store>
  explicit saga_handler(Store& store, saga_options options = {},
                        Publications outgoing = Publications())
      : saga_handler(store, static_cast<idempotency_store&>(store), std::move(options),
                     std::move(outgoing)) {}
  /// Does not compile, and says why.
  template <detail::leads_to<stream_store> Handle>
  explicit saga_handler(Handle&& handle, saga_options options = {},
                        Publications outgoing = Publications())
      : saga_handler(detail::store_behind<stream_store>(handle), std::move(options),
                     std::move(outgoing)) {}
  saga_handler(stream_store& store, idempotency_store& keys, saga_options options = {},
               Publications outgoing = Publications())
      : around_(detail::saga_surroundings_of(store, keys, std::move(options.timeouts_to),
                                             std::move(options.source), options.keep_inputs_for,
                                             options.clock, options.random, S::category.name)),
        outgoing_(std::move(outgoing)) {}
  saga_handler(saga_handler const&) = delete;
  saga_handler& operator=(saga_handler const&) = delete;

  /// Adds to `into` what follows from `input`: own events with the version that was read, commands,
  /// time-outs, cancellations, and the entry that makes it happen once. A commit that then fails
  /// with version_conflict is made again from here.
  /// @errors invalid_argument: key, event, command or time-out break their rules; handler_failed:
  ///   react, apply or key_of threw; key_reused: the id was that of another input; unknown_event,
  ///   newer_version, malformed: the history cannot be read; what the store says. Nothing is added
  /// @cost one look-up and one read, with time-outs one read more
  template <class Input>
  requires(S::reacts_to::template contains<Input>)
      [[nodiscard]] result<saga_outcome> react(Input const& input, saga_cause const& cause,
                                               commit& into) const {
    try {
      std::string const key = S::key_of(input);
      detail::saga_step<S, Publications> step(around_, outgoing_, key, cause, into);
      return step.take(input, Input::wire_name.name);
    } catch (...) {
      return fail(detail::thrown_error("react, apply or key_of"));
    }
  }
  /// The same for a time-out that came due.
  [[nodiscard]] result<saga_outcome> react(saga_timeout<S> const& due, saga_cause const& cause,
                                           commit& into) const {
    try {
      detail::saga_step<S, Publications> step(around_, outgoing_, due.key, cause, into);
      return step.take_timeout(due);
    } catch (...) {
      return fail(detail::thrown_error("react or apply"));
    }
  }

  /// The state of one instance now. @errors as state_reader
  [[nodiscard]] result<loaded_state<S>> load(std::string const& key) const {
    return state_reader<S>(*around_.store).load(key);
  }
  /// Its open time-outs, in the order in which they were set.
  [[nodiscard]] result<std::vector<open_timeout>> timeouts(std::string const& key) const {
    auto found = state_reader<detail::saga_timeouts>(*around_.store)
                     .load(detail::timeouts_key(around_.category, key));
    if (!found) return fail(std::move(found.error()));
    return std::move(found->state.open);
  }
  [[nodiscard]] std::string const& timeouts_to() const noexcept { return around_.timeouts_to; }

 private:
  detail::saga_surroundings around_;
  Publications outgoing_;
};

}  // namespace evsrc::inline v0
