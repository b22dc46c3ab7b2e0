// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648 section 4), canonical only.
#include "evsrc/core/bytes.hpp"

#include <array>
#include <cstdint>

namespace evsrc::inline v0 {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t not_a_digit = 0xFF;

constexpr auto digit_values = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(not_a_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

/// Up to four digits as the top of 24 bits; more than 24 bits where one is not in the alphabet.
std::uint32_t read_group(std::string_view digits) noexcept {
  constexpr std::uint32_t refused = 0xFFFFFFFF;
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    std::uint32_t value = 0;
    if (i < digits.size()) {
      value = digit_values[static_cast<unsigned char>(digits[i])];
      if (value == not_a_digit) return refused;
    }
    group = (group << 6U) | value;
  }
  return group;
}

constexpr std::uint32_t group_max = 0xFFFFFF;

}  // namespace

std::string to_base64(bytes const& raw) {
  std::string text((raw.size() + 2) / 3 * 4, '=');
  std::size_t out = 0;
  for (std::size_t at = 0; at < raw.size(); at += 3) {
    std::size_t const count = raw.size() - at < 3 ? raw.size() - at : 3;
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = (group << 8U) | (i < count ? std::to_integer<std::uint32_t>(raw[at + i]) : 0U);
    }
    for (std::size_t i = 0; i <= count; ++i) {
      text[out + i] = alphabet[(group >> (18U - 6U * i)) & 0x3FU];
    }
    out += 4;
  }
  return text;
}

std::optional<bytes> parse_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  bytes raw;
  raw.reserve(text.size() / 4 * 3);
  for (std::size_t at = 0; at < text.size(); at += 4) {
    auto digits = text.substr(at, 4);
    if (at + 4 == text.size()) {
      // "xx==" and "xxx=": a '=' anywhere else is not in the alphabet and is refused below.
      if (digits.ends_with("==")) {
        digits.remove_suffix(2);
      } else if (digits.ends_with('=')) {
        digits.remove_suffix(1);
      }
    }
    std::uint32_t const group = read_group(digits);
    if (group > group_max) return std::nullopt;
    std::size_t const count = digits.size() - 1;
    // Bits behind the last byte must be zero, or two texts would mean the same bytes.
    if ((group & (group_max >> (8U * count))) != 0) return std::nullopt;
    for (std::size_t i = 0; i < count; ++i) {
      raw.push_back(static_cast<std::byte>((group >> (16U - 8U * i)) & 0xFFU));
    }
  }
  return raw;
}

}  // namespace evsrc::inline v0
