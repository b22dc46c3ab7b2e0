// SPDX-License-Identifier: Apache-2.0
// What one can ask of a stock, and how it says no.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evsrc/model/decision.hpp"
#include "evsrc/retail/order_item.hpp"
#include "evsrc/retail/stock.hpp"

namespace evsrc::inline v0::retail {

// Rejections.

inline constexpr std::size_t refused_shortages_max = 100;
struct stock_insufficient {
  /// Of one order the first `refused_shortages_max`, by product: a rejection fits under a key.
  std::vector<stock_shortage> shortages{};
};
struct not_reserved {
  std::string order_id{};
  std::int64_t reserved = 0;
  std::int64_t requested = 0;
};
/// The opening number comes before everything else and once.
struct stock_opened {
  std::int64_t available = 0;
};

// Commands. Quantities are 1 to `quantity_max`. Product and warehouse that are not given are those
// that the stock has; of a new one the SKU, and "main".

/// Pieces come in; `reason` is opening, received or returned.
struct receive_stock {
  std::string sku{};
  std::int64_t quantity = 0;
  stock_reason reason = stock_reason::received;
  std::string product_id{};
  std::string warehouse_id{};
  std::optional<std::string> reference{};
  stock_policy policy{};
  [[nodiscard]] result<> validate() const;
};
struct reserve_stock {
  std::string order_id{};
  std::string sku{};
  std::int64_t quantity = 0;
  stock_policy policy{};
  [[nodiscard]] result<> validate() const;
};
/// What travels as the request `inventory.release`; all that the order has where no quantity
/// stands.
struct release_stock {
  static constexpr event_name wire_name{"inventory.release", 1};
  std::string order_id{};
  std::string sku{};
  std::optional<std::int64_t> quantity{};
  std::optional<std::string> reason{};
  [[nodiscard]] result<> validate() const;
};
/// Reserved pieces leave; all that the order has where no quantity stands.
struct ship_stock {
  std::string order_id{};
  std::string sku{};
  std::optional<std::int64_t> quantity{};
  [[nodiscard]] result<> validate() const;
};
/// `reason` is written_off (below zero), returned (above zero) or corrected (either).
struct adjust_stock {
  std::string sku{};
  std::int64_t change_amount = 0;
  stock_reason reason = stock_reason::corrected;
  std::string product_id{};
  std::string warehouse_id{};
  std::optional<std::string> reference{};
  stock_policy policy{};
  [[nodiscard]] result<> validate() const;
};

// Decisions. A reservation that brings the level to low or out is followed by the event that says
// so.

decision<stock, stock_opened> decide(stock const& state, receive_stock const& command);
decision<stock, stock_insufficient> decide(stock const& state, reserve_stock const& command);
decision<stock, not_reserved> decide(stock const& state, release_stock const& command);
decision<stock, not_reserved> decide(stock const& state, ship_stock const& command);
decision<stock, stock_insufficient> decide(stock const& state, adjust_stock const& command);

}  // namespace evsrc::inline v0::retail
