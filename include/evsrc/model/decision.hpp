// SPDX-License-Identifier: Apache-2.0
// What `decide(state, command)` answers: events, nothing, or a rejection.
#pragma once

#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "evsrc/model/aggregate.hpp"

namespace evsrc::inline v0 {

/// Nothing to do: the command is accepted and no event follows.
struct nothing_t {};
inline constexpr nothing_t nothing{};

template <class R>
struct rejected {
  R value;
};
/// `return evsrc::reject(insufficient_funds{balance});`
template <class R>
[[nodiscard]] rejected<std::remove_cvref_t<R>> reject(R&& why) {
  return {std::forward<R>(why)};
}

template <class... Es>
struct emitted {
  std::tuple<Es...> events;
};
/// `return evsrc::emit(order_paid{...}, order_closed{...});`, in this order.
template <class... Es>
[[nodiscard]] emitted<std::remove_cvref_t<Es>...> emit(Es&&... events) {
  return {{std::forward<Es>(events)...}};
}

template <class State, class... Rejections>
class decision;

namespace detail {

template <class T, class State>
inline constexpr bool is_decision_of = false;
template <class State, class... Rejections>
inline constexpr bool is_decision_of<decision<State, Rejections...>, State> = true;

/// How a decision holds its events; together<...> has its own (model/together.hpp).
template <class State>
struct decided {
  using event = typename State::events::variant;
  template <class E>
  static constexpr bool accepts = State::events::template contains<E>;
};

template <class... Rs>
struct rejection_list {
  using variant = std::variant<Rs...>;
};
template <>
struct rejection_list<> {
  using variant = std::monostate;
};

}  // namespace detail

/// The answer of `decide`: events of `State`'s family in order, or one of `Rejections`.
/// Converts from one event, `emit(...)`, `nothing` and `reject(...)`.
template <class State, class... Rejections>
class [[nodiscard]] decision {
 public:
  using state = State;
  using event = typename detail::decided<State>::event;
  using rejection_variant = typename detail::rejection_list<Rejections...>::variant;

  decision() = default;
  // NOLINTBEGIN(google-explicit-constructor): `return money_withdrawn{...};` is what users write
  decision(nothing_t) noexcept {}
  template <class E>
  requires(detail::decided<State>::template accepts<std::remove_cvref_t<E>>) decision(E&& one) {
    events_.emplace_back(std::forward<E>(one));
  }
  template <class... Es>
  requires(detail::decided<State>::template accepts<Es>&&...) decision(emitted<Es...> several) {
    events_.reserve(sizeof...(Es));
    std::apply([&](auto&... one) { (events_.emplace_back(std::move(one)), ...); }, several.events);
  }
  template <class R>
  requires(std::is_same_v<R, Rejections> || ...) decision(rejected<R> why)
      : rejection_(std::in_place, std::move(why.value)) {}
  // NOLINTEND(google-explicit-constructor)

  /// Adds an event behind those that are there. Not for rejected decisions.
  template <class E>
  requires(detail::decided<State>::template accepts<std::remove_cvref_t<E>>) decision& add(
      E&& one) {
    events_.emplace_back(std::forward<E>(one));
    return *this;
  }
  /// Adds an event to the stream of `Part`, the only one of its kind in a together<...>.
  template <class Part, class E>
  decision& to(E&& one) {
    return add(detail::decided<State>::template address<Part>(std::forward<E>(one)));
  }
  /// Adds an event to the stream of `Part` with `key`, one of many in a together<...>.
  template <class Part, class E>
  decision& to(std::string key, E&& one) {
    return add(
        detail::decided<State>::template address<Part>(std::move(key), std::forward<E>(one)));
  }

  [[nodiscard]] bool is_rejected() const noexcept { return rejection_.has_value(); }
  [[nodiscard]] std::vector<event> const& events() const& noexcept { return events_; }
  [[nodiscard]] std::vector<event> events() && noexcept { return std::move(events_); }
  /// The rejection if it is an `R`, else nullptr.
  template <class R>
  requires(std::is_same_v<R, Rejections> || ...) [[nodiscard]] R const* rejection() const noexcept {
    return rejection_ ? std::get_if<R>(&*rejection_) : nullptr;
  }
  /// Any rejection; only for decisions that are rejected.
  [[nodiscard]] rejection_variant const& rejection() const noexcept { return *rejection_; }

 private:
  std::vector<event> events_;
  std::optional<rejection_variant> rejection_;
};

}  // namespace evsrc::inline v0
