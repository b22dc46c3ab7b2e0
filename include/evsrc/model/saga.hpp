// SPDX-License-Identifier: Apache-2.0
// What a saga is: an aggregate that reacts to inputs with events, commands and time-outs.
// Start with examples/10_process_manager.
#pragma once

#include <concepts>
#include <string>
#include <type_traits>

#include "evsrc/model/decision_context.hpp"
#include "evsrc/model/reaction_plan.hpp"

namespace evsrc::inline v0 {

/// The input of a saga whose time-out came due and was neither cancelled nor set anew:
/// `evsrc::reaction_plan<order_saga> react(order_saga const&, evsrc::timed_out const&)`.
struct timed_out {
  std::string name;

  friend bool operator==(timed_out const&, timed_out const&) = default;
};

/// An aggregate with `using reacts_to = evsrc::events<...>;`, a key and a reaction for each of
/// them. Use `check_saga<S>()` to learn why a type is none.
template <class S>
concept saga = aggregate<S> && requires {
  typename S::reacts_to;
  typename S::reacts_to::variant;
};

template <class S, class Input>
concept reacts_in_context = requires(S const& state, Input const& input,
                                     decision_context const& context) {
  react(state, input, context);
};
/// `react` is found beside the saga or the input (argument-dependent lookup).
template <class S, class Input>
concept reacts = reacts_in_context<S, Input> || requires(S const& state, Input const& input) {
  react(state, input);
};
template <class S, class Input>
concept finds_key = requires(Input const& input) {
  { S::key_of(input) } -> std::convertible_to<std::string>;
};

namespace detail {

/// One input of a saga; both types stand in the compiler's message.
template <class S, class Input>
struct reaction_of {
  static_assert(finds_key<S, Input>,
                "evsrc: the saga has no `static std::string key_of(Input const&)` for this input");
  static_assert(reacts<S, Input>,
                "evsrc: no `react(Saga const&, Input const&)` is found for this input of the saga");
  static constexpr bool value = true;
};

template <class S, class Inputs>
struct check_inputs;
template <class S, class... Inputs>
struct check_inputs<S, events<Inputs...>> {
  static constexpr bool value = (reaction_of<S, Inputs>::value && ...);
};

}  // namespace detail

/// Says, one sentence for each rule, what `S` lacks to be a saga; use it behind its reactions:
/// `static_assert(evsrc::check_saga<order_saga>());`
template <class S>
[[nodiscard]] consteval bool check_saga() {
  static_assert(check_aggregate<S>());
  static_assert(saga<S>, "evsrc: a saga needs `using reacts_to = evsrc::events<...>;`, its inputs");
  if constexpr (saga<S>) static_assert(detail::check_inputs<S, typename S::reacts_to>::value);
  return true;
}

/// Calls `react(state, input)` or `react(state, input, context)`.
template <saga S, class Input>
[[nodiscard]] reaction_plan<S> call_react(S const& state, Input const& input,
                                          decision_context const& context) {
  static_assert(reacts<S, Input>,
                "evsrc: no `react(Saga const&, Input const&)` is found for this input of the saga");
  if constexpr (reacts_in_context<S, Input>) {
    static_assert(std::is_same_v<decltype(react(state, input, context)), reaction_plan<S>>,
                  "evsrc: `react` returns evsrc::reaction_plan<Saga> of the same saga");
    return react(state, input, context);
  } else if constexpr (reacts<S, Input>) {
    static_assert(std::is_same_v<decltype(react(state, input)), reaction_plan<S>>,
                  "evsrc: `react` returns evsrc::reaction_plan<Saga> of the same saga");
    return react(state, input);
  }
}

/// A saga that has come to its end, where it says so: `bool is_ended() const`. What arrives later
/// is passed over, and time-outs that are open then are cancelled.
template <saga S>
[[nodiscard]] bool has_ended(S const& state) {
  if constexpr (requires {
                  { state.is_ended() } -> std::convertible_to<bool>;
                })
    return state.is_ended();
  return false;
}

}  // namespace evsrc::inline v0
