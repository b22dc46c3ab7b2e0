// SPDX-License-Identifier: Apache-2.0
// Names as constant expressions: reserved words, camel case, what JSON shows plainly.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace evsrc::inline v0::detail {

inline constexpr std::array reserved_words = std::to_array<std::string_view>(
    {"alignas",   "alignof",       "and",         "and_eq",
     "asm",       "auto",          "bitand",      "bitor",
     "bool",      "break",         "case",        "catch",
     "char",      "char8_t",       "char16_t",    "char32_t",
     "class",     "compl",         "concept",     "const",
     "consteval", "constexpr",     "constinit",   "const_cast",
     "continue",  "co_await",      "co_return",   "co_yield",
     "decltype",  "default",       "delete",      "do",
     "double",    "dynamic_cast",  "else",        "enum",
     "explicit",  "export",        "extern",      "false",
     "float",     "for",           "friend",      "goto",
     "if",        "inline",        "int",         "long",
     "mutable",   "namespace",     "new",         "noexcept",
     "not",       "not_eq",        "nullptr",     "operator",
     "or",        "or_eq",         "private",     "protected",
     "public",    "register",      "requires",    "reinterpret_cast",
     "return",    "short",         "signed",      "sizeof",
     "static",    "static_assert", "static_cast", "struct",
     "switch",    "template",      "this",        "thread_local",
     "throw",     "true",          "try",         "typedef",
     "typeid",    "typename",      "union",       "unsigned",
     "using",     "virtual",       "void",        "volatile",
     "wchar_t",   "while",         "xor",         "xor_eq"});

/// `class_`: what a field is called whose name C++ keeps for itself.
constexpr bool is_reserved_word(std::string_view name) noexcept {
  if (!name.ends_with('_')) return false;
  name.remove_suffix(1);
  for (auto const word : reserved_words)
    if (word == name) return true;
  return false;
}

/// The number of bytes of the UTF-8 character at the front of `text`; 0 where there is none.
constexpr std::size_t utf8_length(std::string_view text) noexcept {
  auto const byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned>(static_cast<unsigned char>(text[i])) : 0U;
  };
  auto const follows = [&](std::size_t i, unsigned low = 0x80U, unsigned high = 0xBFU) {
    return byte(i) >= low && byte(i) <= high;
  };
  unsigned const first = byte(0);
  if (text.empty()) return 0;
  if (first < 0x80U) return 1;
  if (first >= 0xC2U && first <= 0xDFU) return follows(1) ? 2 : 0;
  if (first >= 0xE0U && first <= 0xEFU) {
    // No overlong forms (E0 80..9F) and no surrogates (ED A0..BF).
    unsigned const low = first == 0xE0U ? 0xA0U : 0x80U;
    unsigned const high = first == 0xEDU ? 0x9FU : 0xBFU;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0U && first <= 0xF4U) {
    unsigned const low = first == 0xF0U ? 0x90U : 0x80U;
    unsigned const high = first == 0xF4U ? 0x8FU : 0xBFU;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

/// True for text that JSON shows between quotes as it is.
constexpr bool is_plain_text(std::string_view text) noexcept {
  while (!text.empty()) {
    char const c = text.front();
    std::size_t const length = utf8_length(text);
    if (length == 0 || c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20U) return false;
    text.remove_prefix(length);
  }
  return true;
}

/// Text of at most `Max` bytes that constant expressions can hand on.
template <std::size_t Max>
struct short_text {
  std::array<char, Max + 1> chars{};
  std::size_t size = 0;

  constexpr void add(char c) noexcept { chars[size++] = c; }
  constexpr void add(std::string_view text) noexcept {
    for (char const c : text) add(c);
  }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {chars.data(), size}; }
};

/// order_id becomes orderId; a leading '_' stays.
template <std::size_t Max>
constexpr short_text<Max> to_camel_case(std::string_view name) noexcept {
  short_text<Max> text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    bool const begins_word = name[i] == '_' && text.size > 0 && i + 1 < name.size();
    if (begins_word) ++i;
    bool const is_lower = name[i] >= 'a' && name[i] <= 'z';
    text.add(begins_word && is_lower ? static_cast<char>(name[i] - 'a' + 'A') : name[i]);
  }
  return text;
}

}  // namespace evsrc::inline v0::detail
