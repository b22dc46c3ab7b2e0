// SPDX-License-Identifier: Apache-2.0
// Events to state.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "evsrc/model/aggregate.hpp"

namespace evsrc::inline v0 {

/// Applies one event, with its metadata where the aggregate asks for them.
template <class A, class E>
constexpr void apply_event(A& state, E const& event, metadata const& meta) {
  if constexpr (applies_with_metadata<A, E>)
    state.apply(event, meta);
  else
    state.apply(event);
}

namespace detail {

template <class A, class Variant, std::size_t... Index>
constexpr void apply_variant(A& state, Variant const& event, metadata const& meta,
                             std::index_sequence<Index...>) {
  // A chain over the index, which compilers turn into the switch that one would write by hand;
  // std::visit goes through a table of functions and is not inlined.
  auto const which = event.index();
  (void)((which == Index && (apply_event(state, *std::get_if<Index>(&event), meta), true)) || ...);
}

template <class A>
inline constexpr bool wants_metadata = []<class... Es>(events<Es...>*) {
  return (applies_with_metadata<A, Es> || ...);
}(static_cast<typename A::events*>(nullptr));

}  // namespace detail

/// Applies one event of the aggregate's family, held in its variant.
template <aggregate A>
constexpr void apply_any(A& state, typename A::events::variant const& event,
                         metadata const& meta = {}) {
  detail::apply_variant(state, event, meta, std::make_index_sequence<A::events::size>{});
}

/// The state after `history`, from `state` on. @cost no allocation of ours
template <aggregate A>
[[nodiscard]] A fold(std::span<typename A::events::variant const> history, A state = {}) {
  static_assert(check_aggregate<A>());
  metadata const none;
  for (auto const& event : history)
    detail::apply_variant(state, event, none, std::make_index_sequence<A::events::size>{});
  return state;
}

}  // namespace evsrc::inline v0
