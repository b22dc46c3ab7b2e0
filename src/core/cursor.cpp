// SPDX-License-Identifier: Apache-2.0
// The text form of cursors: three lower-case hexadecimal numbers, "9f3c-1a-0".
#include "evsrc/core/cursor.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace evsrc::inline v0 {
namespace {

constexpr std::string_view start_text = "start";

/// Three numbers of at most 16 digits, two dashes.
using text_buffer = std::array<char, 50>;

std::string_view write(cursor const& where, text_buffer& buffer) noexcept {
  char* const end = buffer.data() + buffer.size();
  char* at = std::to_chars(buffer.data(), end, where.store(), 16).ptr;
  *at++ = '-';
  at = std::to_chars(at, end, where.major(), 16).ptr;
  *at++ = '-';
  at = std::to_chars(at, end, where.minor(), 16).ptr;
  return {buffer.data(), static_cast<std::size_t>(at - buffer.data())};
}

}  // namespace

std::string to_string(cursor const& where) {
  if (where.is_start()) return std::string{start_text};
  text_buffer buffer;
  return std::string{write(where, buffer)};
}

std::optional<cursor> parse_cursor(std::string_view text) noexcept {
  if (text == start_text) return cursor{};
  std::array<std::uint64_t, 3> numbers{};
  char const* at = text.data();
  char const* const end = at + text.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) {
      if (at == end || *at != '-') return std::nullopt;
      ++at;
    }
    auto const read = std::from_chars(at, end, numbers[i], 16);
    if (read.ec != std::errc{}) return std::nullopt;
    at = read.ptr;
  }
  if (numbers[0] == 0) return std::nullopt;
  // One cursor has one text: upper case, leading zeros and a tail are not ours.
  cursor const where{numbers[0], numbers[1], numbers[2]};
  text_buffer buffer;
  if (write(where, buffer) != text) return std::nullopt;
  return where;
}

}  // namespace evsrc::inline v0
