// SPDX-License-Identifier: Apache-2.0
// Amounts as languages without exact decimals write them.
#pragma once

#include <optional>
#include <string_view>

#include "evsrc/core/money.hpp"

namespace evsrc::inline v0::retail::detail {

/// A JSON number, or one in a JSON string. Exact where it has at most nine decimals; else rounded
/// to nine, half away from zero, and shortened to the digits that are left, at least two.
/// nullopt for other text and for what does not fit.
[[nodiscard]] std::optional<money> read_foreign_amount(std::string_view json) noexcept;

}  // namespace evsrc::inline v0::retail::detail
