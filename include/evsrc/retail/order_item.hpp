// SPDX-License-Identifier: Apache-2.0
// A line of an order, and the sum of lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evsrc/core/money.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0::retail {

inline constexpr std::size_t order_items_max = 10'000;
/// Of the items of one order as JSON, so that every event with all of them fits into
/// limits::event_payload_bytes; about 8,000 items with a name of thirty letters.
inline constexpr std::size_t order_items_bytes_max = 900 * 1024;
/// Pieces on one line or in one change of stock; sums of these never leave 64 bits.
inline constexpr std::int64_t quantity_max = 1'000'000'000;
/// Stands where a shop does not know its customer: the field may not be empty.
inline constexpr char const* anonymous_customer = "anonymous";

struct order_item {
  std::string product_id{};  ///< 1 to 512 bytes; the key of its stock
  std::int64_t quantity = 0;
  money price{};  ///< of one piece
  std::string name{};
  std::optional<std::int64_t> line{};  ///< the line's own identity, such as a row number

  friend bool operator==(order_item const&, order_item const&) = default;
  /// @errors invalid_argument: quantity outside 1 to `quantity_max`, price not above zero, bad id
  [[nodiscard]] result<> validate() const;
};

/// The exact sum of price times quantity, in the finest scale of the prices; zero for no items.
/// @errors invalid_argument "total_amount: ..." where it does not fit 64 bits
[[nodiscard]] result<money> total_of(std::vector<order_item> const& items);

}  // namespace evsrc::inline v0::retail
