// SPDX-License-Identifier: Apache-2.0
// Families of events: the closed list of what can happen to one kind of thing.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <variant>

#include "evsrc/core/event_name.hpp"

namespace evsrc::inline v0 {

/// A plain struct with `static constexpr evsrc::event_name wire_name{"account.deposited", 1};`.
template <class T>
concept named_event = std::is_class_v<T> && requires {
  { T::wire_name } -> std::convertible_to<event_name const&>;
  typename std::bool_constant<T::wire_name.version == 0>;
};

namespace detail {

constexpr bool names_overlap(event_name const& a, event_name const& b) noexcept {
  return a.name == b.name || (!b.former.empty() && a.name == b.former) ||
         (!a.former.empty() && (a.former == b.name || a.former == b.former));
}

/// One pair of a family; the two types stand in the compiler's message.
template <class A, class B>
struct distinct_wire_names {
  static_assert(!names_overlap(A::wire_name, B::wire_name),
                "evsrc: two events of one family have the same wire name");
  static constexpr bool value = true;
};

template <class E>
struct sound_event {
  static constexpr bool is_declared = requires { E::wire_name; };
  static constexpr bool named() {
    if constexpr (named_event<E>) return !E::wire_name.name.empty() && E::wire_name.version != 0;
    return true;
  }
  static constexpr bool follows_its_first_version() {
    if constexpr (named_event<E>)
      return E::wire_name.version <= 1 || has_previous<E> || has_history<E>;
    return true;
  }
  static_assert(
      is_declared || named_event<E>,
      "evsrc: an event needs `static constexpr evsrc::event_name wire_name{\"...\", 1};`");
  static_assert(!is_declared || named_event<E>,
                "evsrc: an event's `wire_name` is the type's and not each value's: "
                "`static constexpr evsrc::event_name wire_name{\"...\", 1};`");
  static_assert(named(), "evsrc: a wire name is not empty and its version is at least 1");
  static_assert(follows_its_first_version(),
                "evsrc: an event above version 1 has no upcaster from the version before it: add "
                "`using previous = ...;` or `history`, see evsrc/codec/upcast.hpp");
  static_assert(std::copyable<E>, "evsrc: events are values: copyable and movable");
  static constexpr bool value = true;
};

template <class... Es>
struct distinct_family : std::true_type {};
template <class First, class... Rest>
struct distinct_family<First, Rest...>
    : std::bool_constant<(distinct_wire_names<First, Rest>::value && ... &&
                          distinct_family<Rest...>::value)> {};

template <class E, class... Es>
inline constexpr std::size_t index_in = [] {
  std::size_t at = 0;
  (void)((std::is_same_v<E, Es> || (++at, false)) || ...);
  return at;
}();

}  // namespace detail

/// The events of one aggregate, query or projection. `using events = evsrc::events<a, b>;`
template <class... Es>
struct events {
  static_assert(sizeof...(Es) > 0, "evsrc: a family has at least one event");
  static_assert((detail::sound_event<Es>::value && ...));
  static_assert(detail::distinct_family<Es...>::value);

  using variant = std::variant<Es...>;
  static constexpr std::size_t size = sizeof...(Es);
  template <class E>
  static constexpr bool contains = (std::is_same_v<E, Es> || ...);
  template <class E>
  requires contains<E>
  static constexpr std::size_t index_of = detail::index_in<E, Es...>;
};

}  // namespace evsrc::inline v0
