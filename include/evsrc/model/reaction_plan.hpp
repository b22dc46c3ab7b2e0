// SPDX-License-Identifier: Apache-2.0
// What `react(saga, input)` answers: own events, commands for others, time-outs.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "evsrc/model/decision.hpp"
#include "evsrc/model/fold.hpp"

namespace evsrc::inline v0 {

class decision_context;
struct timed_out;

/// The commands that a saga sends, plain structs with a wire name:
/// `using commands = evsrc::commands<reserve_stock, charge_payment>;`
template <class... Cs>
using commands = events<Cs...>;

/// A time-out that is set or cancelled.
struct timeout_change {
  std::string name;
  std::optional<std::chrono::milliseconds> after{};  ///< from the reaction on; none: cancelled

  friend bool operator==(timeout_change const&, timeout_change const&) = default;
};

/// A command on its way to a queue or topic.
template <class Command>
struct addressed_command {
  std::string destination;
  Command command;
  std::string key{};  ///< order is kept among equal ones; empty: the saga's

  friend bool operator==(addressed_command const&, addressed_command const&) = default;
};

namespace detail {

template <class S>
struct saga_commands {
  using variant = std::monostate;
  template <class C>
  static constexpr bool contains = false;
};
template <class S>
requires requires { typename S::commands::variant; }
struct saga_commands<S> : S::commands {};

}  // namespace detail

/// The answer of `react`. Converts from one own event, `emit(...)` and `nothing`, as a decision:
///
///     evsrc::reaction_plan<order_saga> plan = evsrc::emit(payment_asked{});
///     plan.send("payments", charge{order.id}).timeout("payment", 30min);
///     return plan;
template <class S>
class [[nodiscard]] reaction_plan {
 public:
  using state = S;
  using event = typename S::events::variant;
  using command = typename detail::saga_commands<S>::variant;

  reaction_plan() = default;
  // NOLINTBEGIN(google-explicit-constructor): as decision
  reaction_plan(nothing_t) noexcept {}
  template <class E>
  requires(S::events::template contains<std::remove_cvref_t<E>>) reaction_plan(E&& one) {
    events_.emplace_back(std::forward<E>(one));
  }
  template <class... Es>
  requires(S::events::template contains<Es>&&...) reaction_plan(emitted<Es...> several) {
    std::apply([&](auto&... one) { (events_.emplace_back(std::move(one)), ...); }, several.events);
  }
  // NOLINTEND(google-explicit-constructor)

  /// Adds an event to the saga's own stream.
  template <class E>
  requires(S::events::template contains<std::remove_cvref_t<E>>) reaction_plan& add(E&& one) {
    events_.emplace_back(std::forward<E>(one));
    return *this;
  }
  /// Adds a command for a queue or topic. Commands of one saga instance keep their order at each
  /// destination; with a `key` of their own, those of that key do.
  template <class C>
  requires(detail::saga_commands<S>::template contains<std::remove_cvref_t<C>>)
      reaction_plan& send(std::string destination, C&& what, std::string key = {}) {
    commands_.push_back({std::move(destination), std::forward<C>(what), std::move(key)});
    return *this;
  }
  /// Delivers `timed_out{name}` back after that time, unless it is cancelled. One that is open
  /// under the same name is replaced.
  reaction_plan& timeout(std::string name, std::chrono::milliseconds after) {
    // Asked here, in a body: compilers get to it at the end of the file, behind all reactions.
    static_assert(
        requires(S const& state, timed_out const& late) { react(state, late); } ||
            requires(S const& state, timed_out const& late, decision_context const& context) {
              react(state, late, context);
            },
        "evsrc: the saga sets a time-out, and no `react(Saga const&, evsrc::timed_out const&)` "
        "takes it");
    return change({std::move(name), after});
  }
  /// Takes a time-out back: it is not delivered any more. One that is not open is passed over.
  reaction_plan& cancel(std::string name) { return change({std::move(name), {}}); }

  /// What `before` becomes by the events that are in the plan so far.
  [[nodiscard]] S after(S before) const {
    for (auto const& one : events_) apply_any(before, one);
    return before;
  }

  [[nodiscard]] std::vector<event> const& events() const noexcept { return events_; }
  [[nodiscard]] std::vector<addressed_command<command>> const& commands() const noexcept {
    return commands_;
  }
  /// Each name once.
  [[nodiscard]] std::vector<timeout_change> const& timeouts() const noexcept { return timeouts_; }

 private:
  reaction_plan& change(timeout_change what) {
    auto const same = std::find_if(timeouts_.begin(), timeouts_.end(),
                                   [&](auto const& one) { return one.name == what.name; });
    if (same == timeouts_.end())
      timeouts_.push_back(std::move(what));
    else
      *same = std::move(what);
    return *this;
  }

  std::vector<event> events_;
  std::vector<addressed_command<command>> commands_;
  std::vector<timeout_change> timeouts_;
};

}  // namespace evsrc::inline v0
