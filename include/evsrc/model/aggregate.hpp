// SPDX-License-Identifier: Apache-2.0
// What an aggregate is: a category, a family of events, and a state that they build.
// Start with examples/01_bank_account.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

#include "evsrc/core/metadata.hpp"
#include "evsrc/model/events.hpp"
#include "evsrc/model/tags.hpp"

namespace evsrc::inline v0 {

/// The state is that of a query and not of a stream: every event of its family that carries the tag
/// `name` with the key's value, whichever stream holds it. New events go to the stream
/// {category, key}, guarded by the condition that the query still finds nothing new (a dynamic
/// consistency boundary). `static constexpr auto scope = evsrc::tagged("course");`
struct tagged {
  std::string_view name;

  constexpr explicit tagged(char const* tag_name) noexcept : name(tag_name) {}
};

template <class A>
concept has_category = requires {
  { A::category } -> std::convertible_to<evsrc::category const&>;
  typename std::bool_constant<A::category.name.empty()>;
};
template <class A>
concept has_events = requires {
  typename A::events;
  typename A::events::variant;
};
template <class A>
concept has_query_scope = requires {
  { A::scope } -> std::convertible_to<tagged const&>;
};
template <class A, class E>
concept applies_with_metadata = requires(A& state, E const& event, metadata const& meta) {
  state.apply(event, meta);
};
template <class A, class E>
concept applies = requires(A& state, E const& event) {
  state.apply(event);
}
|| applies_with_metadata<A, E>;

namespace detail {

/// One event of an aggregate; both types stand in the compiler's message.
template <class A, class E>
struct apply_of {
  static_assert(applies<A, E>, "evsrc: the aggregate has no `void apply(E const&)` for this event");
  static constexpr bool value = true;
};

template <class A, class E>
constexpr bool carries_scope_tag() {
  if constexpr (has_query_scope<A>) return has_tag<E>(A::scope.name);
  return true;
}
template <class A, class E>
struct scope_tag_of {
  static_assert(carries_scope_tag<A, E>(),
                "evsrc: an event that a query folds must declare the query's tag in its `tags`");
  static constexpr bool value = true;
};

template <class A, class Family>
struct check_family;
template <class A, class... Es>
struct check_family<A, events<Es...>> {
  static constexpr bool value =
      (apply_of<A, Es>::value && ...) && (scope_tag_of<A, Es>::value && ...);
};

}  // namespace detail

/// Says, one sentence for each rule, what `A` lacks to be an aggregate; use it beside the type:
/// `static_assert(evsrc::check_aggregate<account>());`
template <class A>
[[nodiscard]] consteval bool check_aggregate() {
  static_assert(
      has_category<A> || requires { A::category; },
      "evsrc: an aggregate needs `static constexpr evsrc::category category{\"...\"};`");
  static_assert(
      has_category<A> || !requires { A::category; },
      "evsrc: an aggregate's `category` is the type's and not each value's: "
      "`static constexpr evsrc::category category{\"...\"};`");
  static_assert(has_events<A>, "evsrc: an aggregate needs `using events = evsrc::events<...>;`");
  static_assert(std::default_initializable<A>,
                "evsrc: an aggregate is default-constructible: that is its state before any event");
  static_assert(std::copyable<A>, "evsrc: an aggregate is a value: copyable and movable");
  if constexpr (has_events<A>) static_assert(detail::check_family<A, typename A::events>::value);
  return true;
}

/// A state built by events. Use `check_aggregate<A>()` to learn why a type is none.
template <class A>
concept aggregate =
    has_category<A> && has_events<A> && std::copyable<A> && std::default_initializable<A>;

/// The part of a snapshot's fingerprint that the author controls: raise it when `apply` changes its
/// meaning. `static constexpr std::uint32_t state_version = 2;`
template <class A>
[[nodiscard]] consteval std::uint32_t state_version_of() {
  if constexpr (requires { A::state_version; }) return A::state_version;
  return 1;
}

}  // namespace evsrc::inline v0
