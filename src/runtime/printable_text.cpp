// SPDX-License-Identifier: Apache-2.0
// Text for people, and the bytes that it was.
#include "evsrc/runtime/detail/printable_text.hpp"

#include <algorithm>

namespace evsrc::inline v0::detail {

std::string printable(std::string_view text) {
  constexpr std::size_t most = 4'000;
  std::string made(text.substr(0, most));
  std::replace_if(
      made.begin(), made.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return made;
}

bytes to_bytes(std::string_view text) {
  bytes made(text.size());
  std::transform(text.begin(), text.end(), made.begin(),
                 [](char c) { return static_cast<std::byte>(c); });
  return made;
}

std::string to_text(bytes const& raw) {
  std::string made(raw.size(), '\0');
  std::transform(raw.begin(), raw.end(), made.begin(),
                 [](std::byte b) { return static_cast<char>(b); });
  return made;
}

}  // namespace evsrc::inline v0::detail
