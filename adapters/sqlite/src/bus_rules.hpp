// SPDX-License-Identifier: Apache-2.0
// Filters as the bytes in their column.
#pragma once

#include <string>
#include <string_view>

#include "evsrc/bus/rule.hpp"

namespace evsrc::sqlite::inline v0::detail {

[[nodiscard]] std::string encode_filter(rule_filter const& what);
/// `kind` is the index in rule_filter. @errors corrupt
[[nodiscard]] result<rule_filter> decode_filter(std::int64_t kind, std::string_view encoded);

}  // namespace evsrc::sqlite::inline v0::detail
