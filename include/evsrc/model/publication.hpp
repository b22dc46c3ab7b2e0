// SPDX-License-Identifier: Apache-2.0
// Which events leave as messages, and where to.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "evsrc/core/property.hpp"
#include "evsrc/model/events.hpp"
#include "evsrc/model/tags.hpp"

namespace evsrc::inline v0 {

/// What subscriptions of the destination filter and route by: the answer of
/// `property_list message_properties(E const&)`, a function of yours beside the event, found by its
/// argument; none where there is no such function.
template <named_event E>
[[nodiscard]] property_list published_properties(E const& event) {
  if constexpr (requires {
                  { message_properties(event) } -> std::convertible_to<property_list>;
                })
    return message_properties(event);
  else
    return {};
}

/// One publication; made by `publish<E>().to("orders").key(&E::customer_id)`. The message enters
/// the commit of the event that it carries; equal keys keep their order. `.key("main")` keeps all
/// of them in one order.
template <named_event E, class Key = void>
struct publication {
  using event = E;
  std::string_view destination{};
  Key key_member{};

  [[nodiscard]] std::string key_of(E const& from) const { return tag_text(from.*key_member); }
};

template <named_event E>
struct publication<E, char const*> {
  using event = E;
  std::string_view destination{};
  char const* same_key = "";

  [[nodiscard]] std::string key_of(E const&) const { return same_key; }
};

template <named_event E>
struct publication<E, void> {
  using event = E;
  std::string_view destination{};

  [[nodiscard]] constexpr publication to(char const* name) const noexcept { return {name}; }
  template <class Member>
  [[nodiscard]] constexpr publication<E, Member E::*> key(Member E::*member) const noexcept {
    return {destination, member};
  }
  [[nodiscard]] constexpr publication<E, char const*> key(char const* same) const noexcept {
    return {destination, same};
  }
  [[nodiscard]] std::string key_of(E const&) const { return {}; }
};

template <named_event E>
[[nodiscard]] constexpr publication<E> publish() noexcept {
  return {};
}

/// Events that stay inside, for lists declared exhaustive.
template <named_event... Es>
struct internal_events {};
template <named_event... Es>
[[nodiscard]] constexpr internal_events<Es...> internal() noexcept {
  return {};
}

namespace detail {

template <class Entry>
struct publication_covers {
  template <class E>
  static constexpr bool value = std::is_same_v<typename Entry::event, E>;
};
template <class... Es>
struct publication_covers<internal_events<Es...>> {
  template <class E>
  static constexpr bool value = (std::is_same_v<E, Es> || ...);
};

template <class E, class... Entries>
struct published_or_internal {
  static_assert((publication_covers<Entries>::template value<E> || ...),
                "evsrc: an event of the family is neither published nor internal");
  static constexpr bool value = true;
};

}  // namespace detail

/// The list given to a handler.
template <class... Entries>
struct publications {
  std::tuple<Entries...> list;

  constexpr explicit publications(Entries... entries) noexcept : list(entries...) {}

  /// Calls `visit(publication, event)` for each entry that publishes `E`.
  template <class E, class Visit>
  void each_for(E const& event, Visit&& visit) const {
    std::apply([&](auto const&... entry) { (visit_entry(entry, event, visit), ...); }, list);
  }
  /// `.exhaustive_for<account::events>()`: every event is published or named in `internal<...>()`.
  template <class Family>
  [[nodiscard]] constexpr publications exhaustive_for() const noexcept {
    check(static_cast<Family*>(nullptr));
    return *this;
  }

 private:
  template <class Entry, class E, class Visit>
  static void visit_entry(Entry const& entry, E const& event, Visit& visit) {
    if constexpr (requires { typename Entry::event; }) {
      if constexpr (std::is_same_v<typename Entry::event, E>) visit(entry, event);
    }
  }
  template <class... Es>
  static constexpr void check(events<Es...>*) noexcept {
    static_assert((detail::published_or_internal<Es, Entries...>::value && ...));
  }
};

}  // namespace evsrc::inline v0
