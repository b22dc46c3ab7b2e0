// SPDX-License-Identifier: Apache-2.0
// An order: from created to completed or cancelled.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/model/aggregate.hpp"
#include "evsrc/retail/inventory_events.hpp"
#include "evsrc/retail/order_events.hpp"
#include "evsrc/retail/payment_events.hpp"
#include "evsrc/retail/shipping_events.hpp"

namespace evsrc::inline v0::retail {

enum class order_state : std::uint8_t {
  none,  ///< before any event
  created,
  pending_inventory,
  confirmed,
  paid,
  fulfilled,
  completed,
  cancelled,
};

[[nodiscard]] std::string_view to_string(order_state value) noexcept;

/// The allowed transitions:
///   none -> created
///   created -> pending_inventory, confirmed, cancelled
///   pending_inventory -> created (its lines changed), confirmed, cancelled
///   confirmed -> paid, cancelled: what is charged is the total that it was confirmed with
///   paid -> fulfilled, cancelled (once all is refunded)
///   fulfilled -> completed
[[nodiscard]] bool can_become(order_state from, order_state to) noexcept;

/// Key of its stream: the order's id.
struct order {
  static constexpr evsrc::category category{"order"};
  using events = evsrc::events<order_created, order_updated, order_lines_added, order_confirmed,
                               order_cancelled, order_completed, inventory_insufficient,
                               payment_completed, payment_failed, payment_refunded,
                               shipping_scheduled, shipping_shipped, shipping_failed>;

  order_state state = order_state::none;
  std::string order_id{};
  std::string customer_id{};
  std::vector<order_item> items{};
  money total{};
  std::string currency{};
  address shipping_address{};
  std::string payment_id{};
  money paid{};
  money refunded{};
  std::int64_t failed_payments = 0;
  std::string shipment_id{};  ///< empty where none is scheduled

  friend bool operator==(order const&, order const&) = default;

  [[nodiscard]] bool exists() const noexcept { return state != order_state::none; }
  /// All that was paid went back.
  [[nodiscard]] bool is_refunded() const noexcept { return refunded >= paid; }

  void apply(order_created const& event);
  void apply(order_updated const& event);
  void apply(order_lines_added const& event);
  void apply(order_confirmed const&) { state = order_state::confirmed; }
  void apply(order_cancelled const&) { state = order_state::cancelled; }
  void apply(order_completed const&) { state = order_state::completed; }
  void apply(inventory_insufficient const&) { state = order_state::pending_inventory; }
  void apply(payment_completed const& event);
  void apply(payment_failed const&) { ++failed_payments; }
  void apply(payment_refunded const& event);
  void apply(shipping_scheduled const& event) { shipment_id = event.shipment_id; }
  void apply(shipping_shipped const& event);
  void apply(shipping_failed const&) { shipment_id.clear(); }
};

}  // namespace evsrc::inline v0::retail
