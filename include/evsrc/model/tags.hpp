// SPDX-License-Identifier: Apache-2.0
// Tags: the fields of an event that conditions and queries find it by, declared once on the event.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "evsrc/core/metadata.hpp"

namespace evsrc::inline v0 {

/// `evsrc::tag{"sku", &order_line_reserved::sku}`: the member's value becomes the tag's. Members
/// may be text, integers, strong ids, or an optional or vector of these (none, or several tags).
template <class Event, class Member>
struct tag {
  std::string_view name;
  Member Event::*member;

  constexpr tag(char const* tag_name, Member Event::*from) noexcept
      : name(tag_name), member(from) {}
};

template <class... Tags>
struct tag_list {
  std::tuple<Tags...> list;

  [[nodiscard]] constexpr bool has(std::string_view name) const noexcept {
    return std::apply([&](auto const&... one) { return ((one.name == name) || ...); }, list);
  }
};

/// `static constexpr auto tags = evsrc::tags(evsrc::tag{"sku", &order_line_reserved::sku});`
template <class... Tags>
[[nodiscard]] constexpr tag_list<Tags...> tags(Tags... list) noexcept {
  return {std::tuple<Tags...>{list...}};
}

/// The text of a tag's value, as stores and queries see it.
[[nodiscard]] inline std::string tag_text(std::string_view value) { return std::string(value); }
template <std::integral T>
[[nodiscard]] std::string tag_text(T value) {
  return std::to_string(value);
}
template <class Tag, class Rep>
[[nodiscard]] std::string tag_text(strong_id<Tag, Rep> const& id) {
  return tag_text(id.value);
}

namespace detail {

template <class T>
void add_tag(std::vector<event_tag>& to, std::string_view name, T const& value) {
  to.push_back({std::string(name), tag_text(value)});
}
template <class T>
void add_tag(std::vector<event_tag>& to, std::string_view name, std::optional<T> const& value) {
  if (value) add_tag(to, name, *value);
}
template <class T>
void add_tag(std::vector<event_tag>& to, std::string_view name, std::vector<T> const& values) {
  for (auto const& one : values) add_tag(to, name, one);
}

template <class E>
constexpr bool has_tag(std::string_view name) noexcept {
  if constexpr (requires { E::tags.has(name); }) return E::tags.has(name);
  return false;
}

}  // namespace detail

/// Appends the tags that `event` declares; nothing where it declares none.
template <class E>
void add_tags(E const& event, std::vector<event_tag>& to) {
  if constexpr (requires { E::tags.list; })
    std::apply(
        [&](auto const&... one) { (detail::add_tag(to, one.name, event.*(one.member)), ...); },
        E::tags.list);
}

}  // namespace evsrc::inline v0
