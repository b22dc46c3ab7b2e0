// SPDX-License-Identifier: Apache-2.0
// Strings of a JSON text: found eight bytes at a time, checked, and unescaped where they need it.
#include <bit>
#include <cstdint>
#include <cstring>

#include "evsrc/codec/detail/names.hpp"
#include "json_scanner_state.hpp"

namespace evsrc::inline v0::detail {
namespace {

constexpr std::uint64_t each_byte = 0x0101010101010101U;
constexpr std::uint64_t high_bits = 0x8080808080808080U;

/// High bits set where a byte of `word` is a quote, a backslash, a control character or not ASCII;
/// exact for the lowest such byte, which is all that is asked.
/// @source the zero-byte test of Mycroft, as in Hacker's Delight, 6-1
constexpr std::uint64_t special_bytes(std::uint64_t word) noexcept {
  std::uint64_t const quotes = word ^ (each_byte * '"');
  std::uint64_t const slashes = word ^ (each_byte * '\\');
  return ((quotes - each_byte) | (slashes - each_byte) | (word - each_byte * 0x20U) | word) &
         high_bits;
}

/// The first special byte from `p` on; `end` or a little behind it where there is none.
char const* find_special(char const* p, char const* end) noexcept {
  while (p < end) {
    std::uint64_t word = 0;
    std::memcpy(&word, p, sizeof word);
    if constexpr (std::endian::native == std::endian::little) {
      if (auto const found = special_bytes(word); found != 0)
        return p + std::countr_zero(found) / 8;
      p += sizeof word;
    } else {
      auto const c = static_cast<unsigned char>(*p);
      if (c < 0x20U || c >= 0x80U || c == '"' || c == '\\') return p;
      ++p;
    }
  }
  return p;
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The number that four hexadecimal digits make; -1 where one of them is none.
int hex_code(char const* p) noexcept {
  int code = 0;
  for (int i = 0; i < 4; ++i) {
    int const digit = hex_value(p[i]);
    if (digit < 0) return -1;
    code = code * 16 + digit;
  }
  return code;
}

constexpr bool is_high_surrogate(int code) noexcept { return code >= 0xD800 && code <= 0xDBFF; }
constexpr bool is_low_surrogate(int code) noexcept { return code >= 0xDC00 && code <= 0xDFFF; }

void append_utf8(std::uint32_t code, std::string& out) {
  auto const add = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80U) {
    add(code);
  } else if (code < 0x800U) {
    add(0xC0U | (code >> 6U));
    add(0x80U | (code & 0x3FU));
  } else if (code < 0x10000U) {
    add(0xE0U | (code >> 12U));
    add(0x80U | ((code >> 6U) & 0x3FU));
    add(0x80U | (code & 0x3FU));
  } else {
    add(0xF0U | (code >> 18U));
    add(0x80U | ((code >> 12U) & 0x3FU));
    add(0x80U | ((code >> 6U) & 0x3FU));
    add(0x80U | (code & 0x3FU));
  }
}

char simple_escape(char c) noexcept {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
  }
}

}  // namespace

void unescape(std::string_view raw, std::string& out) {
  for (std::size_t at = 0; at < raw.size();) {
    std::size_t const slash = std::min(raw.find('\\', at), raw.size());
    out.append(raw, at, slash - at);
    if (slash == raw.size()) return;
    char const kind = raw[slash + 1];
    at = slash + 2;
    if (kind != 'u') {
      out += simple_escape(kind);
      continue;
    }
    auto code = static_cast<std::uint32_t>(hex_code(raw.data() + at));
    at += 4;
    if (is_high_surrogate(static_cast<int>(code))) {
      auto const low = static_cast<std::uint32_t>(hex_code(raw.data() + at + 2));
      at += 6;
      code = 0x10000U + ((code - 0xD800U) << 10U) + (low - 0xDC00U);
    }
    append_utf8(code, out);
  }
}

bool json_scanner::scan_escape(char const*& p) {
  // At most 12 bytes are looked at, which the padding covers; the closing quote is still to come.
  char const* const slash = p;
  char const kind = p[1];
  p += 2;
  if (kind != 'u') {
    if (kind != '\0' && std::strchr("\"\\/bfnrt", kind) != nullptr) return true;
    return fail_at(slash, "a backslash with an unknown escape behind it");
  }
  int const code = hex_code(p);
  if (code < 0) return fail_at(slash, "an escape \\u needs four hexadecimal digits");
  p += 4;
  if (is_low_surrogate(code)) return fail_at(slash, "half of a surrogate pair stands alone");
  if (!is_high_surrogate(code)) return true;
  if (p[0] != '\\' || p[1] != 'u' || !is_low_surrogate(hex_code(p + 2)))
    return fail_at(slash, "half of a surrogate pair stands alone");
  p += 6;
  return true;
}

bool json_scanner::scan_string(std::string_view& raw, bool& escaped) {
  char const* const from = at_ + 1;
  escaped = false;
  for (char const* p = from;;) {
    p = find_special(p, end_);
    if (p >= end_) return fail_at(end_, "ends within a string");
    if (*p == '"') {
      raw = {from, static_cast<std::size_t>(p - from)};
      at_ = p + 1;
      return true;
    }
    if (*p == '\\') {
      escaped = true;
      if (!scan_escape(p)) return false;
    } else if (static_cast<unsigned char>(*p) < 0x20U) {
      return fail_at(p, "a control character in a string must be escaped");
    } else {
      std::size_t const length = utf8_length({p, static_cast<std::size_t>(end_ - p)});
      if (length == 0) return fail_at(p, "a string is not valid UTF-8");
      p += length;
    }
  }
}

bool json_scanner::read_string(std::string& out) {
  if (next() != '"') return expected("a string");
  std::string_view raw;
  bool escaped = false;
  if (!scan_string(raw, escaped)) return false;
  if (!escaped) {
    out.assign(raw);
    return true;
  }
  out.clear();
  unescape(raw, out);
  return true;
}

bool json_scanner::read_text(std::string_view& out) {
  if (next() != '"') return expected("a string");
  bool escaped = false;
  if (!scan_string(out, escaped)) return false;
  if (!escaped) return true;
  auto& text = more().unescaped;
  text.clear();
  unescape(out, text);
  out = text;
  return true;
}

bool json_scanner::read_key(std::string_view& out) {
  if (next() != '"') return expected("a field name in quotes");
  if (!read_text(out)) return false;
  if (next() != ':') return expected("':'");
  take();
  return true;
}

}  // namespace evsrc::inline v0::detail
