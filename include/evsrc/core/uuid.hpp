// SPDX-License-Identifier: Apache-2.0
// 128-bit identifiers and their text form.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evsrc::inline v0 {

/// Sixteen bytes in network order. The nil value (all zero) means "not set".
struct uuid {
  std::array<std::uint8_t, 16> octets{};

  [[nodiscard]] bool is_nil() const noexcept { return *this == uuid{}; }
  friend auto operator<=>(uuid const&, uuid const&) = default;
};

/// Lower-case text of 36 characters, "0190a5c8-7f3e-7c21-8000-0123456789ab".
[[nodiscard]] std::string to_string(uuid const& id);
/// Reads the 36-character form, any letter case; nullopt for anything else.
[[nodiscard]] std::optional<uuid> parse_uuid(std::string_view text) noexcept;
/// A version 7 UUID (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits: the low 12 of
/// `random_high`, the low 62 of `random_low`. A time outside 48 bits becomes the nearest inside.
[[nodiscard]] uuid make_uuid_v7(std::int64_t unix_ms, std::uint64_t random_high,
                                std::uint64_t random_low) noexcept;

}  // namespace evsrc::inline v0
