// SPDX-License-Identifier: Apache-2.0
// Both sides of each law.
#include "evsrc/retail/laws.hpp"

#include <initializer_list>

namespace evsrc::inline v0::retail {
namespace {

/// Stored events are not validated: numbers that no rule let through must not be undefined.
std::int64_t wrapped_sum(std::initializer_list<std::int64_t> parts,
                         std::int64_t less = 0) noexcept {
  std::uint64_t sum = 0;
  for (auto const part : parts) sum += static_cast<std::uint64_t>(part);
  return static_cast<std::int64_t>(sum - static_cast<std::uint64_t>(less));
}

}  // namespace

std::optional<stock_imbalance> imbalance_of(stock const& state) {
  auto const accounted_for = wrapped_sum({state.available, state.reserved, state.shipped});
  auto const came_in = wrapped_sum({state.opening, state.received, state.returned, state.adjusted},
                                   state.written_off);
  if (accounted_for == came_in) return std::nullopt;
  return stock_imbalance{state.sku, accounted_for, came_in};
}

bool keeps_payment(order_state state) noexcept {
  return state == order_state::paid || state == order_state::fulfilled ||
         state == order_state::completed;
}

std::optional<money_imbalance> imbalance_of(payment_totals const& totals) {
  auto const received = checked_subtract(totals.charged, totals.refunded);
  auto const accounted_for = checked_add(totals.kept, totals.in_doubt);
  if (received && accounted_for && *received == *accounted_for) return std::nullopt;
  return money_imbalance{received.value_or(money{}), accounted_for.value_or(money{})};
}

std::string to_string(stock_imbalance const& what) {
  return "stock " + what.sku + ": " + std::to_string(what.accounted_for) +
         " pieces are accounted for, " + std::to_string(what.came_in) + " came in";
}

std::string to_string(money_imbalance const& what) {
  return "money: " + to_string(what.received) + " was charged and not refunded, " +
         to_string(what.accounted_for) + " is accounted for by orders";
}

}  // namespace evsrc::inline v0::retail
