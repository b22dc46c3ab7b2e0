// SPDX-License-Identifier: Apache-2.0
// The way of an order with a conductor: a saga hears what became of each step and says which one is
// next. order_handlers.hpp goes the same way by choreography.
//
//   order.created ----> reserve_lines (inventory): all lines or none
//     inventory.insufficient: it waits; the shop orders more and places it again
//     order.confirmed ------> charge_card (payment)
//       payment.failed -------> release_lines (inventory) -> order.cancelled
//       payment.completed ----> schedule_parcel (shipping) -> shipping.scheduled
//         shipping.scheduled ---> ship_parcel (shipping)
//           shipping.shipped -----> book_out_lines (inventory) -> order.completed
//           shipping.failed ------> refund_card (payment) -> payment.refunded
//             payment.refunded -----> release_lines (inventory) -> order.cancelled
#pragma once

#include <string>

#include "evsrc/model/compensations.hpp"
#include "evsrc/model/saga.hpp"
#include "evsrc/retail/order.hpp"
#include "order_services.hpp"

namespace retail_example {

/// Where the services take commands.
inline constexpr char const* inventory_queue = "inventory-commands";
inline constexpr char const* payment_queue = "payment-commands";
inline constexpr char const* shipping_queue = "shipping-commands";

// what it asks of the services

struct reserve_lines {
  static constexpr evsrc::event_name wire_name{"inventory.reserve_lines", 1};
  std::string order_id{};
};
struct release_lines {
  static constexpr evsrc::event_name wire_name{"inventory.release_lines", 1};
  std::string order_id{};
  std::string reason{};
};
struct book_out_lines {
  static constexpr evsrc::event_name wire_name{"inventory.book_out_lines", 1};
  std::string order_id{};
};
struct charge_card {
  static constexpr evsrc::event_name wire_name{"payment.charge_card", 1};
  std::string order_id{};
  evsrc::money amount{};
};
struct refund_card {
  static constexpr evsrc::event_name wire_name{"payment.refund_card", 1};
  std::string order_id{};
  std::string reason{};
};
struct schedule_parcel {
  static constexpr evsrc::event_name wire_name{"shipping.schedule_parcel", 1};
  std::string order_id{};
};
struct ship_parcel {
  static constexpr evsrc::event_name wire_name{"shipping.ship_parcel", 1};
  std::string order_id{};
  std::string shipment_id{};
};

// what it remembers

struct lines_asked {
  static constexpr evsrc::event_name wire_name{"order_saga.lines_asked", 1};
  std::string order_id{};
};
struct lines_awaited {
  static constexpr evsrc::event_name wire_name{"order_saga.lines_awaited", 1};
};
struct lines_secured {
  static constexpr evsrc::event_name wire_name{"order_saga.lines_secured", 1};
};
struct money_secured {
  static constexpr evsrc::event_name wire_name{"order_saga.money_secured", 1};
};
struct parcel_announced {
  static constexpr evsrc::event_name wire_name{"order_saga.parcel_announced", 1};
};
/// From here on there is nothing to take back.
struct parcel_sent {
  static constexpr evsrc::event_name wire_name{"order_saga.parcel_sent", 1};
};
struct undo_begun {
  static constexpr evsrc::event_name wire_name{"order_saga.undo_begun", 1};
  std::string reason{};
};
struct money_returned {
  static constexpr evsrc::event_name wire_name{"order_saga.money_returned", 1};
};
struct saga_ended {
  static constexpr evsrc::event_name wire_name{"order_saga.ended", 1};
};

/// Key of its stream: the order's id.
struct order_saga {
  static constexpr evsrc::category category{"order_saga"};
  using reacts_to =
      evsrc::events<evsrc::retail::order_created, evsrc::retail::inventory_insufficient,
                    evsrc::retail::order_confirmed, evsrc::retail::payment_completed,
                    evsrc::retail::payment_failed, evsrc::retail::payment_refunded,
                    evsrc::retail::shipping_scheduled, evsrc::retail::shipping_shipped,
                    evsrc::retail::shipping_failed, evsrc::retail::order_completed,
                    evsrc::retail::order_cancelled>;
  using commands = evsrc::commands<reserve_lines, release_lines, book_out_lines, charge_card,
                                   refund_card, schedule_parcel, ship_parcel>;
  using events =
      evsrc::events<lines_asked, lines_awaited, lines_secured, money_secured, parcel_announced,
                    parcel_sent, undo_begun, money_returned, saga_ended>;
  template <class Input>
  static std::string key_of(Input const& input) {
    return input.order_id;
  }

  /// Whose answer is due.
  enum class step : std::uint8_t {
    none,
    reserving,  ///< also while it waits for stock
    paying,
    announcing,
    shipping,
    booking_out,
    undoing,
    ended,
  };

  step now = step::none;
  std::string order_id{};
  std::string undo_reason{};
  evsrc::compensations<release_lines, refund_card> undo{};

  void apply(lines_asked const& event) {
    now = step::reserving;
    order_id = event.order_id;
  }
  void apply(lines_awaited const&) {}
  void apply(lines_secured const&) {
    now = step::paying;
    undo.remember(inventory_queue, release_lines{order_id, {}}, warehouse);
  }
  void apply(money_secured const&) {
    now = step::announcing;
    undo.remember(payment_queue, refund_card{order_id, {}});
  }
  void apply(parcel_announced const&) { now = step::shipping; }
  void apply(parcel_sent const&) {
    now = step::booking_out;
    undo.forget_all();
  }
  void apply(undo_begun const& event) {
    now = step::undoing;
    undo_reason = event.reason;
  }
  void apply(money_returned const&) { undo.forget_latest(); }
  void apply(saga_ended const&) { now = step::ended; }
  [[nodiscard]] bool is_ended() const { return now == step::ended; }
};

using order_plan = evsrc::reaction_plan<order_saga>;

// What came late or twice finds another step and leads to nothing.

order_plan react(order_saga const& state, evsrc::retail::order_created const& placed);
order_plan react(order_saga const& state, evsrc::retail::inventory_insufficient const& answer);
order_plan react(order_saga const& state, evsrc::retail::order_confirmed const& answer);
order_plan react(order_saga const& state, evsrc::retail::payment_completed const& answer);
order_plan react(order_saga const& state, evsrc::retail::payment_failed const& answer);
order_plan react(order_saga const& state, evsrc::retail::shipping_scheduled const& answer);
order_plan react(order_saga const& state, evsrc::retail::shipping_shipped const& answer);
order_plan react(order_saga const& state, evsrc::retail::shipping_failed const& answer);
order_plan react(order_saga const& state, evsrc::retail::payment_refunded const& answer);
order_plan react(order_saga const& state, evsrc::retail::order_completed const& answer);
order_plan react(order_saga const& state, evsrc::retail::order_cancelled const& answer);
static_assert(evsrc::check_saga<order_saga>());

}  // namespace retail_example
