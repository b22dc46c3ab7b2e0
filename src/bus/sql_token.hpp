// SPDX-License-Identifier: Apache-2.0
// The words of a rule's SQL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/result.hpp"

namespace evsrc::inline v0::detail {

enum class token_kind : std::uint8_t {
  end,
  word,     ///< an identifier or a keyword
  name,     ///< [in brackets] or "in quotation marks": never a keyword
  text,     ///< 'a text'
  integer,  ///< digits, or 0x and hexadecimal ones
  real,
  symbol,
};

struct sql_token {
  token_kind kind = token_kind::end;
  std::size_t at = 0;         ///< bytes before it
  std::string_view source{};  ///< as it stands there
  std::string text{};         ///< of names and texts, without marks and escapes
  std::uint64_t integer = 0;
  double real = 0;
};

/// Ends with one token `end`. Views into `sql`.
/// @errors invalid_argument: "at 12: ..."
[[nodiscard]] result<std::vector<sql_token>> tokenize(std::string_view sql);

/// Words that name no property unless they stand in brackets.
[[nodiscard]] bool is_reserved(std::string_view word) noexcept;

}  // namespace evsrc::inline v0::detail
