// SPDX-License-Identifier: Apache-2.0
// The versions of an event, from the first to the current one.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "evsrc/codec/json_codec.hpp"

namespace evsrc::inline v0 {

/// Turns an event of one version into the next.
using json_upcaster = nlohmann::json (*)(nlohmann::json);

template <std::size_t Count>
struct json_upcast_list {
  std::array<json_upcaster, Count> steps{};
};

template <class E>
[[nodiscard]] result<void> decode_version(E& into, std::uint32_t version, padded_json payload);

namespace detail {

template <class E>
concept upcasts_from_previous = requires(typename E::previous before) {
  { upcast(std::move(before)) } -> std::convertible_to<E>;
};

template <class E>
consteval bool check_chain() {
  constexpr std::uint32_t version = E::wire_name.version;
  static_assert(version == 1 || has_previous<E> || has_history<E>,
                "evsrc: an event above version 1 has no upcaster from the version before it: add "
                "`using previous = ...;` or `history`");
  static_assert(version > 1 || (!has_previous<E> && !has_history<E>),
                "evsrc: nothing comes before version 1 of an event: raise the version in its "
                "`wire_name`");
  static_assert(!(has_previous<E> && has_history<E>),
                "evsrc: an event has `previous` or `history`; where both are needed, `history` "
                "stands in the oldest struct");
  if constexpr (has_previous<E>) {
    static_assert(E::previous::wire_name.version + 1 == version,
                  "evsrc: `previous` must be the struct of the version just before");
    static_assert(upcasts_from_previous<E>,
                  "evsrc: an event with `previous` needs a function `E upcast(previous const&)` "
                  "in the namespace of `previous`");
    return check_chain<typename E::previous>();
  } else if constexpr (has_history<E>) {
    static_assert(E::history.steps.size() + 1 == version,
                  "evsrc: `history` has one function for each version before the current one, "
                  "from version 1 on");
  }
  return true;
}

template <class E>
constexpr std::size_t chain_length() noexcept {
  if constexpr (has_previous<E>) return 1 + chain_length<typename E::previous>();
  return 1;
}

/// Names with room for all; `count` of them are different from each other.
template <std::size_t Max>
struct name_list {
  std::array<std::string_view, Max> names{};
  std::size_t count = 0;

  constexpr void add(std::string_view name) noexcept {
    for (std::size_t i = 0; i < count; ++i)
      if (names[i] == name) return;
    if (!name.empty()) names[count++] = name;
  }
};

template <class E, std::size_t Max>
constexpr void add_chain_names(name_list<Max>& to) noexcept {
  to.add(E::wire_name.name);
  to.add(E::wire_name.former);
  if constexpr (has_previous<E>) add_chain_names<typename E::previous>(to);
}

template <class E>
inline constexpr auto chain_name_list = [] {
  name_list<2 * chain_length<E>()> list;
  add_chain_names<E>(list);
  return list;
}();

template <class E>
inline constexpr std::span<std::string_view const> chain_names{chain_name_list<E>.names.data(),
                                                               chain_name_list<E>.count};

template <class E>
constexpr bool goes_by(std::string_view name) noexcept {
  if (name == E::wire_name.name) return true;
  if constexpr (chain_name_list<E>.count > 1) {
    for (auto const older : chain_names<E>.subspan(1))
      if (name == older) return true;
  }
  return false;
}

template <class... Es>
constexpr bool have_different_names() noexcept {
  name_list<(std::size_t{0} + ... + chain_names<Es>.size())> all;
  auto const add = [&](auto const& names) {
    for (auto const name : names) all.add(name);
  };
  (add(chain_names<Es>), ...);
  return all.count == (std::size_t{0} + ... + chain_names<Es>.size());
}

/// The payload after the steps from `version` on.
[[nodiscard]] result<std::string> run_upcasts(std::string_view name, padded_json payload,
                                              std::span<json_upcaster const> steps,
                                              std::uint32_t version);
[[nodiscard]] error version_error(std::string_view name, std::uint32_t version,
                                  std::uint32_t current);
[[nodiscard]] error unknown_event_error(std::string_view name);
/// Out of the exception that is being handled.
[[nodiscard]] error upcast_error(std::string_view name, std::uint32_t from_version);

template <class E, class Visit>
[[nodiscard]] result<void> visit_event(E& event, std::uint32_t version, padded_json payload,
                                       Visit& visit) {
  if (auto read = decode_version(event, version, payload); !read) return read;
  if constexpr (std::is_void_v<decltype(visit(event))>) {
    visit(event);
    return {};
  } else {
    return visit(event);
  }
}

}  // namespace detail
}  // namespace evsrc::inline v0
