// SPDX-License-Identifier: Apache-2.0
// Finds out where in a document an error is, after the fact, so that the way there costs nothing.
#include <cstddef>
#include <vector>

#include "evsrc/codec/detail/json_scanner.hpp"

namespace evsrc::inline v0::detail {
namespace {

constexpr std::size_t shown_key_bytes = 64;

struct level {
  bool is_array = false;
  std::size_t index = 0;
  std::string_view key{};  ///< as it stands in the text, empty before the first
  bool before_key = true;
};

/// The place behind the string that begins at `at`, or the end.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size() + 1;
}

std::string shorten(std::string_view key) {
  if (key.size() <= shown_key_bytes) return std::string(key);
  std::size_t size = shown_key_bytes;
  while (size > 0 && (static_cast<unsigned char>(key[size]) & 0xC0U) == 0x80U) --size;
  return std::string(key.substr(0, size)) + "...";
}

std::string join(std::vector<level> const& levels) {
  std::string path;
  for (auto const& one : levels) {
    if (one.is_array) {
      path += '[' + std::to_string(one.index) + ']';
    } else if (!one.key.empty()) {
      if (!path.empty()) path += '.';
      path += shorten(one.key);
    }
  }
  return path;
}

}  // namespace

std::string json_path(std::string_view so_far, std::string_view field) {
  std::vector<level> levels;
  for (std::size_t at = 0; at < so_far.size();) {
    char const c = so_far[at];
    if (c == '"') {
      std::size_t const end = end_of_string(so_far, at);
      bool const is_key = !levels.empty() && !levels.back().is_array && levels.back().before_key;
      if (is_key && end <= so_far.size()) {
        levels.back().key = so_far.substr(at + 1, end - at - 2);
        levels.back().before_key = false;
      }
      at = end;
      continue;
    }
    if (c == '{' || c == '[') {
      levels.push_back({c == '[', 0, {}, true});
    } else if ((c == '}' || c == ']') && !levels.empty()) {
      levels.pop_back();
    } else if (c == ',' && !levels.empty()) {
      ++levels.back().index;
      levels.back().key = {};
      levels.back().before_key = true;
    }
    ++at;
  }
  if (!field.empty() && !levels.empty()) levels.back().key = field;
  return join(levels);
}

}  // namespace evsrc::inline v0::detail
