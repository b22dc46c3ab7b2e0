// SPDX-License-Identifier: Apache-2.0
// What a scanner needs only for documents out of the ordinary.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/codec/detail/json_scanner.hpp"

namespace evsrc::inline v0::detail {

struct json_scanner::rare {
  struct unknown_key {
    std::string_view text;
    char const* where;
  };

  std::string reason{};
  std::string field{};  ///< that the failure is about, where it is not the last key
  errc code = errc::malformed;
  std::string unescaped{};                   ///< the last text that had escapes
  std::string copy{};                        ///< of a document that ends in no bracket
  std::vector<unknown_key> unknown{};        ///< of all objects that are open, innermost last
  std::deque<std::string> unescaped_keys{};  ///< what `unknown` points to where a key had escapes
};

/// A number's text and its value as mantissa * 10^exponent.
struct json_scanner::number {
  char const* begin = nullptr;
  char const* end = nullptr;
  std::uint64_t mantissa = 0;  ///< of the first 19 digits that count
  std::int64_t exponent = 0;   ///< of ten, digits left out of the mantissa included
  bool negative = false;
  bool whole = true;  ///< digits only, neither point nor exponent
  bool has_exponent = false;
  bool complete = true;  ///< no digit was left out of the mantissa
};

/// Appends what `raw`, the inside of a string that was checked, means.
void unescape(std::string_view raw, std::string& out);

}  // namespace evsrc::inline v0::detail
