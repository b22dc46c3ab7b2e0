// SPDX-License-Identifier: Apache-2.0
// Decisions over an order and the stocks of its products, committed as one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evsrc/model/together.hpp"
#include "evsrc/retail/order_commands.hpp"
#include "evsrc/retail/stock_commands.hpp"

namespace evsrc::inline v0::retail {

/// The order and every stock of its products (`stock_keys`); a product whose stock was not loaded
/// is rejected as `stock_not_loaded`. One commit has room for 4,095 stocks.
using order_with_stocks = together<order, many<stock>>;

/// The distinct product ids of the items: the keys of the stocks that belong to an order.
[[nodiscard]] std::vector<std::string> stock_keys(std::vector<order_item> const& items);

struct stock_not_loaded {
  std::string sku{};
};

/// All lines or none. Enough of everything: `inventory_reserved` for each stock, and the order is
/// confirmed. Not enough: `inventory_insufficient` with all shortages, the order is
/// pending_inventory and no stock changes; where it was already, the command is rejected with the
/// shortages. What the order has reserved already counts, and what it has beyond its lines
/// is released. In created and pending_inventory.
struct reserve_order {
  stock_policy policy{};
  [[nodiscard]] result<> validate() const { return policy.validate(); }
};
/// All that the order has reserved leaves, and the order is fulfilled. In paid. Where others ship,
/// `complete_shipping` (order_commands.hpp) fulfils the order and `complete_order` moves its stock.
struct ship_order {
  std::string shipment_id{};
  std::optional<std::string> carrier{};
  std::optional<std::string> tracking_number{};
};
/// All that the order has reserved becomes available again, and the order is cancelled.
struct release_order {
  std::optional<std::string> reason{};
};

decision<order_with_stocks, order_state_refused, stock_insufficient, stock_not_loaded> decide(
    order_with_stocks const& state, reserve_order const& command, decision_context const& context);
decision<order_with_stocks, order_state_refused, not_reserved, stock_not_loaded> decide(
    order_with_stocks const& state, ship_order const& command);
decision<order_with_stocks, order_state_refused, stock_not_loaded> decide(
    order_with_stocks const& state, release_order const& command);
/// What the order still has reserved leaves, and the order is completed. In fulfilled.
decision<order_with_stocks, order_state_refused, stock_not_loaded> decide(
    order_with_stocks const& state, complete_order const& command);

}  // namespace evsrc::inline v0::retail
