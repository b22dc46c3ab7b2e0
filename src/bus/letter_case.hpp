// SPDX-License-Identifier: Apache-2.0
// Names without the case of ASCII letters.
#pragma once

#include <algorithm>
#include <string_view>

namespace evsrc::inline v0::detail {

[[nodiscard]] constexpr char in_lower_case(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

[[nodiscard]] inline bool is_same_name(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return in_lower_case(a) == in_lower_case(b); });
}

}  // namespace evsrc::inline v0::detail
