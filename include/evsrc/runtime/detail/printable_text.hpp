// SPDX-License-Identifier: Apache-2.0
// Bytes of others as text that records may hold.
#pragma once

#include <string>
#include <string_view>

#include "evsrc/core/bytes.hpp"

namespace evsrc::inline v0::detail {

/// At most 4,000 bytes of it; what is no printable ASCII becomes '?'.
[[nodiscard]] std::string printable(std::string_view text);
[[nodiscard]] bytes to_bytes(std::string_view text);
[[nodiscard]] std::string to_text(bytes const& raw);

}  // namespace evsrc::inline v0::detail
