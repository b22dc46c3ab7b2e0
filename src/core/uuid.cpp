// SPDX-License-Identifier: Apache-2.0
// UUID text and the version 7 layout.
#include "evsrc/core/uuid.hpp"

#include <algorithm>
#include <cstddef>

namespace evsrc::inline v0 {
namespace {

constexpr std::size_t text_size = 36;

constexpr bool is_dash_position(std::size_t at) noexcept {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_string(uuid const& id) {
  constexpr char const* digits = "0123456789abcdef";
  std::string text(text_size, '-');
  std::size_t at = 0;
  for (auto const octet : id.octets) {
    if (is_dash_position(at)) ++at;
    text[at++] = digits[octet >> 4U];
    text[at++] = digits[octet & 0x0FU];
  }
  return text;
}

std::optional<uuid> parse_uuid(std::string_view text) noexcept {
  if (text.size() != text_size) return std::nullopt;
  uuid id;
  std::size_t at = 0;
  for (auto& octet : id.octets) {
    if (is_dash_position(at) && text[at++] != '-') return std::nullopt;
    int const high = hex_value(text[at++]);
    int const low = hex_value(text[at++]);
    if (high < 0 || low < 0) return std::nullopt;
    octet = static_cast<std::uint8_t>(high * 16 + low);
  }
  return id;
}

uuid make_uuid_v7(std::int64_t unix_ms, std::uint64_t random_high,
                  std::uint64_t random_low) noexcept {
  constexpr std::int64_t ms_max = (std::int64_t{1} << 48U) - 1;
  auto const ms = static_cast<std::uint64_t>(std::clamp(unix_ms, std::int64_t{0}, ms_max));
  std::uint64_t const first = (ms << 16U) | 0x7000U | (random_high & 0x0FFFU);
  std::uint64_t const second =
      (std::uint64_t{1} << 63U) | (random_low & ((std::uint64_t{1} << 62U) - 1));
  uuid id;
  for (std::size_t i = 0; i < 8; ++i) {
    auto const shift = 56U - 8U * i;
    id.octets[i] = static_cast<std::uint8_t>(first >> shift);
    id.octets[i + 8] = static_cast<std::uint8_t>(second >> shift);
  }
  return id;
}

}  // namespace evsrc::inline v0
