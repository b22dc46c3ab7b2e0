// SPDX-License-Identifier: Apache-2.0
// Stored events of any version to today's structs: the one way in which events are decoded.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <tuple>

#include "evsrc/codec/detail/event_chain.hpp"
#include "evsrc/codec/json_codec.hpp"

namespace evsrc::inline v0 {

/// For versions whose struct is gone, functions on JSON, one for each version from 1 on:
///
///     nlohmann::json from_v1(nlohmann::json event);   // version 1 to version 2; pure
///     struct order_placed {
///       static constexpr evsrc::event_name wire_name{"order.placed", 2};
///       static constexpr auto history = evsrc::json_upcasts(&from_v1);
///       ...
///
/// Where the struct of the version before still exists, `using previous = order_placed_v1;` and a
/// function `order_placed upcast(order_placed_v1 const&)` in the namespace of order_placed_v1, no
/// friend within the new struct; `history` may then stand in the oldest struct. A new version is
/// needed where a field is removed, renamed, changed or added, but for a new std::optional field.
/// Try it with `given_json` of testing/spec.hpp. Amounts keep 15 significant digits on their way
/// through JSON functions.
template <class... Functions>
requires(std::is_convertible_v<Functions, json_upcaster>&&...)
    [[nodiscard]] constexpr json_upcast_list<sizeof...(Functions)> json_upcasts(
        Functions... functions) noexcept {
  return {{json_upcaster{functions}...}};
}

/// All names that `E` is stored under: the current one first, then former ones and those of earlier
/// versions. Queries for `E` list them all.
template <class E>
[[nodiscard]] constexpr std::span<std::string_view const> wire_names_of() noexcept {
  return detail::chain_names<E>;
}

/// Decodes an event of type `E`, stored as `version`, into a value that exists; its strings and
/// vectors are reused.
/// @errors newer_version; malformed; limit_exceeded; handler_failed: an upcaster threw
template <class E>
[[nodiscard]] result<void> decode_version(E& into, std::uint32_t version, padded_json payload) {
  static_assert(detail::check_chain<E>());
  constexpr std::uint32_t current = E::wire_name.version;
  if (version == current) [[likely]]
    return decode_json_into(into, payload);
  if (version > current || version == 0)
    return fail(detail::version_error(E::wire_name.name, version, current));
  if constexpr (has_previous<E>) {
    typename E::previous before{};
    if (auto read = decode_version(before, version, payload); !read)
      return fail(std::move(read.error()));
    try {
      into = upcast(std::move(before));
    } catch (...) {
      return fail(detail::upcast_error(E::wire_name.name, current - 1));
    }
  } else if constexpr (has_history<E>) {
    auto const text = detail::run_upcasts(E::wire_name.name, payload, E::history.steps, version);
    if (!text) return fail(text.error());
    if (auto read = decode_json<E>(std::string_view(*text)); read)
      into = std::move(*read);
    else
      return fail(std::move(read.error()));
  }
  return {};
}

/// Decodes events of a family again and again, reusing the memory of the last one of each type.
template <class... Es>
class event_decoder {
  static_assert(detail::have_different_names<Es...>(),
                "evsrc: two events of one family are found under the same name");

 public:
  /// True for any name, current or older, of an event of the family.
  [[nodiscard]] static constexpr bool lists(std::string_view name) noexcept {
    return (detail::goes_by<Es>(name) || ...);
  }

  /// Calls `visit(E&)` with the event in its current version. The event may be moved from; it lives
  /// until the next call. `visit` returns nothing or a result<void>, which is passed on.
  /// @errors unknown_event: `lists(name)` is false, `visit` was not called; as decode_version
  template <class Visit>
  [[nodiscard]] result<void> decode(std::string_view name, std::uint32_t version,
                                    padded_json payload, Visit&& visit) {
    result<void> outcome;
    bool const found =
        ((detail::goes_by<Es>(name) &&
          (outcome = detail::visit_event(std::get<Es>(events_), version, payload, visit), true)) ||
         ...);
    if (!found) return fail(detail::unknown_event_error(name));
    return outcome;
  }

 private:
  std::tuple<Es...> events_{};
};

/// The same for one event. `visit` takes each of `Es`.
template <class... Es, class Visit>
[[nodiscard]] result<void> decode_event(std::string_view name, std::uint32_t version,
                                        padded_json payload, Visit&& visit) {
  static_assert(detail::have_different_names<Es...>(),
                "evsrc: two events of one family are found under the same name");
  result<void> outcome;
  auto const decode_as = [&]<class E>(E event) {
    outcome = detail::visit_event(event, version, payload, visit);
    return true;
  };
  bool const found = ((detail::goes_by<Es>(name) && decode_as(Es{})) || ...);
  if (!found) return fail(detail::unknown_event_error(name));
  return outcome;
}

}  // namespace evsrc::inline v0
