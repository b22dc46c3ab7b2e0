// SPDX-License-Identifier: Apache-2.0
// What readers of foreign types see of the scanner.
#include "evsrc/codec/json_customize.hpp"

namespace evsrc::inline v0 {

json_kind json_reader::peek() noexcept {
  switch (scanner_.next()) {
    case '{': return json_kind::object;
    case '[': return json_kind::array;
    case '"': return json_kind::string;
    case 't':
    case 'f': return json_kind::boolean;
    case 'n': return json_kind::null;
    case '-': return json_kind::number;
    default: break;
  }
  char const c = scanner_.next();
  return c >= '0' && c <= '9' ? json_kind::number : json_kind::none;
}

result<std::string_view> json_reader::read_raw() {
  std::string_view raw;
  if (!scanner_.read_raw(raw)) return fail(scanner_.take_failure());
  return raw;
}

}  // namespace evsrc::inline v0
