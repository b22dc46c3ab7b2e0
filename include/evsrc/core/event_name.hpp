// SPDX-License-Identifier: Apache-2.0
// The name of an event on the wire, written beside the event and never derived from its C++ type.
#pragma once

#include <cstdint>
#include <string_view>

namespace evsrc::inline v0 {

/// An event's stable wire name, the version of its fields, and optionally the name it had before.
/// `static constexpr evsrc::event_name wire_name{"account.deposited", 1};`
struct event_name {
  std::string_view name;
  std::uint32_t version = 1;
  std::string_view former{};  ///< still read and still found by queries; never written

  constexpr event_name(char const* name_text, std::uint32_t version_number,
                       char const* former_text = "") noexcept
      : name(name_text), version(version_number), former(former_text) {}
  friend bool operator==(event_name const&, event_name const&) = default;
};

/// The kind of thing that a stream is about: "account". One per aggregate type.
struct category {
  std::string_view name;

  constexpr explicit category(char const* text) noexcept : name(text) {}
  friend bool operator==(category const&, category const&) = default;
};

}  // namespace evsrc::inline v0
