// SPDX-License-Identifier: Apache-2.0
// The rules that several retail events share. Each failure names the field.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/limits.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/retail/order_item.hpp"

namespace evsrc::inline v0::retail::detail {

/// Ids become keys of streams and values of tags: 1 to 512 bytes.
[[nodiscard]] result<> check_id(std::string_view field, std::string_view value);
/// As `check_id`, or empty: orders that began as version 1 or 2 have no customer.
[[nodiscard]] result<> check_optional_id(std::string_view field, std::string_view value);
/// At least one byte.
[[nodiscard]] result<> check_text(std::string_view field, std::string_view value);
/// ISO 4217: three capital letters.
[[nodiscard]] result<> check_currency(std::string_view value);
[[nodiscard]] result<> check_quantity(std::string_view field, std::int64_t value);
[[nodiscard]] result<> check_above_zero(std::string_view field, money value);
/// 1 or more items, or none where `may_be_empty`; each sound, the message names "items[2].price".
[[nodiscard]] result<> check_items(std::vector<order_item> const& items, bool may_be_empty);
/// `stated` is exactly the sum of the items; no items state nothing.
[[nodiscard]] result<> check_sum(std::string_view field, std::vector<order_item> const& items,
                                 money stated);

}  // namespace evsrc::inline v0::retail::detail
