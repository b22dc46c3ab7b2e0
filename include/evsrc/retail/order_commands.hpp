// SPDX-License-Identifier: Apache-2.0
// What one can ask of an order, and how it says no. Reserving, shipping and releasing its stock
// stand in reserve_order.hpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evsrc/model/decision.hpp"
#include "evsrc/model/decision_context.hpp"
#include "evsrc/retail/order.hpp"

namespace evsrc::inline v0::retail {

// Rejections.

struct order_exists {
  order_state state = order_state::none;
};
/// From its present state the order cannot do this; `none` means that there is no such order.
struct order_state_refused {
  order_state state = order_state::none;
  order_state wanted = order_state::none;
};
struct amount_refused {
  money expected{};
  money given{};
};
/// More than `order_items_max` or `order_items_bytes_max`, or an amount that does not fit.
struct order_too_large {
  std::int64_t lines = 0;
};
/// An order of which only the total is known, as versions 1 and 2 of its event tell it, takes no
/// further lines; `update_order` may give it all of its items.
struct order_items_unknown {
  money total{};
};

// Commands.

struct create_order {
  std::string order_id{};
  std::string customer_id = anonymous_customer;
  std::vector<order_item> items{};      ///< 1 to `order_items_max`, `order_items_bytes_max`
  std::optional<money> total_amount{};  ///< where stated, exactly the sum of the items
  std::string currency = "USD";
  address shipping_address{};
  [[nodiscard]] result<> validate() const;
};
/// New items in place of the old ones, a new address, or both; in created and pending_inventory.
struct update_order {
  std::optional<std::vector<order_item>> items{};
  std::optional<address> shipping_address{};
  [[nodiscard]] result<> validate() const;
};
/// In created and pending_inventory; the order is then created again, because the new lines have no
/// stock yet. A confirmed order takes no more: its payment may be on its way.
struct add_order_lines {
  std::vector<order_item> items{};
  [[nodiscard]] result<> validate() const;
};
/// For shops that keep their stock elsewhere; `reserve_order` confirms by itself.
struct confirm_order {};
/// For shops that keep their stock elsewhere; a second time is nothing.
struct hold_order {
  std::vector<stock_shortage> shortages{};
};
struct complete_payment {
  std::string payment_id{};
  money amount{};  ///< exactly the order's total
  std::optional<std::string> method{};
};
struct fail_payment {
  std::optional<std::string> payment_id{};
  std::string reason{};
};
struct refund_payment {
  std::optional<money> amount{};  ///< absent: all that is left of what was paid
  std::optional<std::string> reason{};
};
struct schedule_shipping {
  std::string shipment_id{};
  std::optional<std::string> carrier{};
  std::optional<timestamp> scheduled_for{};
};
/// For shops that keep their stock elsewhere; `ship_order` also moves the stock.
struct complete_shipping {
  std::string shipment_id{};
  std::optional<std::string> carrier{};
  std::optional<std::string> tracking_number{};
};
struct fail_shipping {
  std::string shipment_id{};
  std::string reason{};
};
struct complete_order {};
/// Reserved stock stays reserved; `release_order` (reserve_order.hpp) cancels and releases. A paid
/// order is refunded first.
struct cancel_order {
  std::optional<std::string> reason{};
};

// Decisions. Events that lack a required field fail in their validate().

decision<order, order_exists> decide(order const& state, create_order const& command);
decision<order, order_state_refused, order_too_large> decide(order const& state,
                                                             update_order const& command);
decision<order, order_state_refused, order_too_large, order_items_unknown> decide(
    order const& state, add_order_lines const& command);
decision<order, order_state_refused> decide(order const& state, confirm_order const& command,
                                            decision_context const& context);
decision<order, order_state_refused> decide(order const& state, hold_order const& command);
decision<order, order_state_refused, amount_refused> decide(order const& state,
                                                            complete_payment const& command);
decision<order, order_state_refused> decide(order const& state, fail_payment const& command);
decision<order, order_state_refused, amount_refused> decide(order const& state,
                                                            refund_payment const& command);
decision<order, order_state_refused> decide(order const& state, schedule_shipping const& command);
decision<order, order_state_refused> decide(order const& state, complete_shipping const& command);
decision<order, order_state_refused> decide(order const& state, fail_shipping const& command);
decision<order, order_state_refused> decide(order const& state, complete_order const& command);
decision<order, order_state_refused> decide(order const& state, cancel_order const& command);

}  // namespace evsrc::inline v0::retail
