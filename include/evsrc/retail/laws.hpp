// SPDX-License-Identifier: Apache-2.0
// The laws of a shop: pieces and money that came in are somewhere, to the unit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "evsrc/core/money.hpp"
#include "evsrc/retail/order.hpp"
#include "evsrc/retail/stock.hpp"

namespace evsrc::inline v0::retail {

/// Both sides of the law of one product where they differ.
struct stock_imbalance {
  std::string sku{};
  std::int64_t accounted_for = 0;  ///< available + reserved + shipped
  std::int64_t came_in = 0;        ///< opening + received + returned + adjusted - written off

  friend bool operator==(stock_imbalance const&, stock_imbalance const&) = default;
};
/// The law of a product, which holds at any moment; nullopt where it does.
[[nodiscard]] std::optional<stock_imbalance> imbalance_of(stock const& state);

/// True in the states in which the shop keeps what was paid: paid, fulfilled, completed.
[[nodiscard]] bool keeps_payment(order_state state) noexcept;

/// Sums over all orders of a shop in one currency.
struct payment_totals {
  money charged{};
  money refunded{};
  money kept{};      ///< the value of the orders whose payment is kept; see keeps_payment
  money in_doubt{};  ///< charged by the bank, and no order knows it yet; zero at rest
};
/// Both sides of the law of money where they differ.
struct money_imbalance {
  money received{};       ///< charged - refunded
  money accounted_for{};  ///< kept + in doubt

  friend bool operator==(money_imbalance const&, money_imbalance const&) = default;
};
/// The law of money, which holds when nothing is on its way; nullopt where it does. A sum that does
/// not fit counts as zero.
[[nodiscard]] std::optional<money_imbalance> imbalance_of(payment_totals const& totals);

/// For people: "stock 85123A: 39 pieces are accounted for, 40 came in".
[[nodiscard]] std::string to_string(stock_imbalance const& what);
[[nodiscard]] std::string to_string(money_imbalance const& what);

}  // namespace evsrc::inline v0::retail
