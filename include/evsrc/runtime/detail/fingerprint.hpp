// SPDX-License-Identifier: Apache-2.0
// Tells requests and shapes of states apart.
#pragma once

#include <string>
#include <string_view>

namespace evsrc::inline v0::detail {

/// 128 bits over `text` as 32 hex digits, the same on every platform and in every release: it is
/// stored. Guards against mistakes, not against attackers.
[[nodiscard]] std::string fingerprint_of(std::string_view text);

}  // namespace evsrc::inline v0::detail
