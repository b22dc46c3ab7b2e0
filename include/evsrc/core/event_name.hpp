// SPDX-License-Identifier: Apache-2.0
// The name of an event on the wire, written beside the event and never derived from its C++ type.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace evsrc::inline v0 {

/// An event's stable wire name, the version of its fields (raised when they change, but for an
/// added std::optional one; see codec/upcast.hpp), and optionally the name it had before. `static
/// constexpr evsrc::event_name wire_name{"account.deposited", 1};`
struct event_name {
  std::string_view name;
  std::uint32_t version = 1;
  std::string_view former{};  ///< still read and still found by queries; never written

  constexpr event_name(char const* name_text, std::uint32_t version_number,
                       char const* former_text = "") noexcept
      : name(name_text), version(version_number), former(former_text) {}
  /// Does not compile, and says why: a version that is not written down cannot be counted on.
  template <std::convertible_to<std::string_view> Text>
  constexpr explicit event_name(Text const& name_text) noexcept : name(name_text) {
    static_assert(!std::is_same_v<Text, Text>,
                  "evsrc: an event name needs a version behind the name: "
                  "`evsrc::event_name wire_name{\"...\", 1}`");
  }
  friend bool operator==(event_name const&, event_name const&) = default;
};

/// The version before `E` has a struct of its own: `using previous = deposited_v1;`, and
/// `E upcast(previous const&)` beside it. See codec/upcast.hpp.
template <class E>
concept has_previous = requires {
  typename E::previous;
};
/// Versions before `E` have no struct any more: `static constexpr auto history =
/// evsrc::json_upcasts(&from_v1, &from_v2);`. See codec/upcast.hpp.
template <class E>
concept has_history = requires {
  E::history.steps;
};

/// The kind of thing that a stream is about: "account". One per aggregate type.
struct category {
  std::string_view name;

  constexpr explicit category(char const* text) noexcept : name(text) {}
  friend bool operator==(category const&, category const&) = default;
};

}  // namespace evsrc::inline v0
