// SPDX-License-Identifier: Apache-2.0
// Rules of the stock events.
#include "evsrc/retail/inventory_events.hpp"

#include "checks.hpp"
#include "evsrc/retail/stock.hpp"

namespace evsrc::inline v0::retail {
namespace {

using namespace detail;

/// All the lines of one order may be of one product.
constexpr auto change_max = quantity_max * static_cast<std::int64_t>(order_items_max);

template <class Event>
result<> check_change(Event const& event, stock_level level) {
  EVSRC_TRY(check_id("product_id", event.product_id));
  EVSRC_TRY(check_id("sku", event.sku));
  EVSRC_TRY(check_text("warehouse_id", event.warehouse_id));
  if (event.change_amount < -change_max || event.change_amount > change_max)
    return invalid("change_amount", "must not be beyond " + std::to_string(change_max) +
                                        " either way, is " + std::to_string(event.change_amount));
  // Unsigned, because the difference of any two numbers need not fit.
  if (static_cast<std::uint64_t>(event.current_stock) -
          static_cast<std::uint64_t>(event.previous_stock) !=
      static_cast<std::uint64_t>(event.change_amount))
    return invalid("change_amount", "must equal current_stock - previous_stock, " +
                                        std::to_string(event.current_stock) + " - " +
                                        std::to_string(event.previous_stock) + ", is " +
                                        std::to_string(event.change_amount));
  auto const threshold = event.threshold_level.value_or(stock_policy{}.low_stock);
  if (threshold < 0)
    return invalid("threshold_level", "must not be below zero, is " + std::to_string(threshold));
  if (event.reorder_point.value_or(0) < 0)
    return invalid("reorder_point",
                   "must not be below zero, is " + std::to_string(*event.reorder_point));
  if (level_of(event.current_stock, threshold) != level)
    return invalid("current_stock", std::to_string(event.current_stock) + " does not belong to " +
                                        std::string(Event::wire_name.name) + " at a threshold of " +
                                        std::to_string(threshold));
  return {};
}

template <class Event>
result<> check_movement(Event const& event) {
  EVSRC_TRY(check_id("order_id", event.order_id));
  EVSRC_TRY(check_id("product_id", event.product_id));
  EVSRC_TRY(check_id("sku", event.sku));
  EVSRC_TRY(check_text("warehouse_id", event.warehouse_id));
  return event.quantity > 0
             ? result<>{}
             : invalid("quantity", "must be above zero, is " + std::to_string(event.quantity));
}

}  // namespace

result<> inventory_updated::validate() const { return check_change(*this, stock_level::in_stock); }
result<> inventory_low_stock::validate() const { return check_change(*this, stock_level::low); }
result<> inventory_out_of_stock::validate() const { return check_change(*this, stock_level::out); }
result<> inventory_reserved::validate() const { return check_movement(*this); }
result<> inventory_released::validate() const { return check_movement(*this); }
result<> inventory_shipped::validate() const { return check_movement(*this); }

result<> inventory_insufficient::validate() const {
  EVSRC_TRY(check_id("order_id", order_id));
  EVSRC_TRY(check_optional_id("customer_id", customer_id));
  if (shortages.empty()) return invalid("shortages", "must not be empty");
  for (std::size_t at = 0; at < shortages.size(); ++at) {
    auto const field = "shortages[" + std::to_string(at) + "].";
    EVSRC_TRY(check_id(field + "product_id", shortages[at].product_id));
    if (shortages[at].requested <= shortages[at].available)
      return invalid(field + "requested", "must be above available, " +
                                              std::to_string(shortages[at].available) + ", is " +
                                              std::to_string(shortages[at].requested));
  }
  return {};
}

}  // namespace evsrc::inline v0::retail
