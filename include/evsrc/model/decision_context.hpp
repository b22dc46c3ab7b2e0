// SPDX-License-Identifier: Apache-2.0
// What a decision may know beside state and command.
#pragma once

#include "evsrc/core/metadata.hpp"
#include "evsrc/core/position.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/model/detail/decide_lookup.hpp"

namespace evsrc::inline v0 {

/// Third argument of `decide`, for those that take one. What the world knows otherwise (prices,
/// addresses, answers of services) is fetched before and travels in the command.
class decision_context {
 public:
  decision_context(timestamp now, stream_version version, metadata const& meta,
                   random_source& random) noexcept
      : now_(now), version_(version), meta_(&meta), random_(&random) {}

  /// The moment of the decision; the same for every event that it emits.
  [[nodiscard]] timestamp now() const noexcept { return now_; }
  /// Of the stream when it was read; 0 for a new one, and for a query or several streams.
  [[nodiscard]] stream_version version() const noexcept { return version_; }
  /// What the caller said of this command.
  [[nodiscard]] metadata const& meta() const noexcept { return *meta_; }
  /// A fresh id. A decision that is made again after a conflict gets others.
  [[nodiscard]] uuid new_id() const noexcept { return make_event_id(now_, *random_); }

 private:
  timestamp now_;
  stream_version version_;
  metadata const* meta_;
  random_source* random_;
};

/// Calls `decide(state, command)` or `decide(state, command, context)`, found beside the command or
/// the state (argument-dependent lookup).
template <class State, class Command>
[[nodiscard]] auto call_decide(State const& state, Command const& command,
                               decision_context const& context) {
  if constexpr (detail::decides_in_context<State, Command>)
    return decide(state, command, context);
  else if constexpr (detail::decides<State, Command>)
    return decide(state, command);
  else
    detail::explain_missing_decide<State, Command>();
}

}  // namespace evsrc::inline v0
