// SPDX-License-Identifier: Apache-2.0
// Raw bytes and their text form.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evsrc::inline v0 {

/// Raw bytes as a field of an event; base64 (RFC 4648, padded) in JSON.
using bytes = std::vector<std::byte>;

[[nodiscard]] std::string to_base64(bytes const& raw);
/// nullopt unless the text is canonical padded base64: right length, alphabet and zero spare bits.
[[nodiscard]] std::optional<bytes> parse_base64(std::string_view text);

}  // namespace evsrc::inline v0
