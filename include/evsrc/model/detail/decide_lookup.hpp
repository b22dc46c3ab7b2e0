// SPDX-License-Identifier: Apache-2.0
// Whether `decide` is found for a state and a command, and if it is not, what was found instead.
#pragma once

namespace evsrc::inline v0 {

class decision_context;

namespace detail {

/// Stands in for an argument whose type the question leaves open.
struct any_argument {
  template <class T>
  operator T&() const noexcept;  // NOLINT(google-explicit-constructor): that is its purpose
  template <class T>
  operator T&&() const noexcept;  // NOLINT(google-explicit-constructor): that is its purpose
};

template <class State, class Command>
concept decides_in_context = requires(State const& state, Command const& command,
                                      decision_context const& context) {
  decide(state, command, context);
};
template <class State, class Command>
concept decides = decides_in_context<State, Command> ||
    requires(State const& state, Command const& command) {
  decide(state, command);
};

// What else is found under the name, each a mistake of its own.
template <class State, class Command>
concept decides_on_mutable = requires(State& state, Command& command, decision_context& context) {
  requires requires { decide(state, command); } || requires {
    decide(state, command, context);
  };
};
template <class State, class Command>
concept decides_backwards = requires(State& state, Command& command, decision_context& context) {
  requires requires { decide(command, state); } || requires {
    decide(command, state, context);
  };
};
template <class State, class Command>
concept decides_as_member = requires(State& state, Command& command, decision_context& context) {
  requires requires { state.decide(command); } || requires {
    state.decide(command, context);
  };
};
template <class State, class Command>
concept decides_with_another_third = requires(State& state, Command& command, any_argument other) {
  decide(state, command, other);
};
template <class State, class Command>
concept decides_another_state = requires(Command& command, any_argument other) {
  requires requires { decide(other, command); } || requires {
    decide(other, command, other);
  };
};
/// Says in one sentence why there is no `decide`.
template <class State, class Command>
consteval void explain_missing_decide() {
  constexpr bool is_mutable = decides_on_mutable<State, Command>;
  constexpr bool is_backwards = !is_mutable && decides_backwards<State, Command>;
  constexpr bool is_member = !is_mutable && decides_as_member<State, Command>;
  constexpr bool has_other_third = !is_mutable && decides_with_another_third<State, Command>;
  constexpr bool has_other_state =
      !is_mutable && !is_backwards && !has_other_third && decides_another_state<State, Command>;
  static_assert(!is_mutable,
                "evsrc: `decide` changes nothing: it takes `State const&`, `Command const&` and, "
                "if it likes, `evsrc::decision_context const&`");
  static_assert(!is_backwards,
                "evsrc: `decide` takes the state first: `decide(State const&, Command const&)`");
  static_assert(!is_member,
                "evsrc: `decide` is a member of the state; it is a free function beside it: "
                "`decide(State const&, Command const&)`");
  static_assert(!has_other_third,
                "evsrc: the third argument of `decide` is `evsrc::decision_context const&`, or "
                "there is none");
  static_assert(!has_other_state,
                "evsrc: a `decide` of this command is found, but not for this state: it takes "
                "`State const&` first");
  static_assert(is_mutable || is_backwards || is_member || has_other_third || has_other_state,
                "evsrc: no `decide(State const&, Command const&)` is found beside the command or "
                "the state, in their namespaces, nor one with `evsrc::decision_context const&` as "
                "third argument");
}

}  // namespace detail
}  // namespace evsrc::inline v0
