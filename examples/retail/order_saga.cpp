// SPDX-License-Identifier: Apache-2.0
// What follows from what: pure functions, see tests/order_saga.test.cpp.
#include "order_saga.hpp"

namespace retail_example {

namespace retail = evsrc::retail;
using evsrc::nothing;
using step = order_saga::step;

namespace {

/// Takes back the latest of the steps that are done; what it comes to asks for the next.
void undo_latest(order_saga const& before, order_plan& plan) {
  auto const state = plan.after(before);
  state.undo.send_latest(plan, [&](auto& undo) { undo.reason = state.undo_reason; });
}

order_plan give_up(order_saga const& state, std::string reason) {
  order_plan next = undo_begun{std::move(reason)};
  undo_latest(state, next);
  return next;
}

}  // namespace

/// The first time, and again each time that the shop places what waits for stock. An order that
/// waits already hears no second "insufficient".
order_plan react(order_saga const& state, retail::order_created const& placed) {
  if (state.now != step::none && state.now != step::reserving) return nothing;
  order_plan next = lines_asked{placed.order_id};
  return next.send(inventory_queue, reserve_lines{placed.order_id}, warehouse);
}

order_plan react(order_saga const& state, retail::inventory_insufficient const&) {
  if (state.now != step::reserving) return nothing;
  return lines_awaited{};
}

order_plan react(order_saga const& state, retail::order_confirmed const& answer) {
  if (state.now != step::reserving) return nothing;
  order_plan next = lines_secured{};
  return next.send(payment_queue, charge_card{answer.order_id, answer.total_amount});
}

order_plan react(order_saga const& state, retail::payment_completed const& answer) {
  if (state.now != step::paying) return nothing;
  order_plan next = money_secured{};
  return next.send(shipping_queue, schedule_parcel{answer.order_id});
}

order_plan react(order_saga const& state, retail::payment_failed const& answer) {
  if (state.now != step::paying) return nothing;
  return give_up(state, "payment failed: " + answer.reason);
}

order_plan react(order_saga const& state, retail::shipping_scheduled const& answer) {
  if (state.now != step::announcing) return nothing;
  order_plan next = parcel_announced{};
  return next.send(shipping_queue, ship_parcel{answer.order_id, answer.shipment_id});
}

order_plan react(order_saga const& state, retail::shipping_shipped const& answer) {
  if (state.now != step::shipping) return nothing;
  order_plan next = parcel_sent{};
  return next.send(inventory_queue, book_out_lines{answer.order_id}, warehouse);
}

order_plan react(order_saga const& state, retail::shipping_failed const&) {
  if (state.now != step::shipping) return nothing;
  return give_up(state, "shipping failed");
}

order_plan react(order_saga const& state, retail::payment_refunded const&) {
  if (state.now != step::undoing) return nothing;
  order_plan next = money_returned{};
  undo_latest(state, next);
  return next;
}

order_plan react(order_saga const&, retail::order_completed const&) { return saga_ended{}; }
order_plan react(order_saga const&, retail::order_cancelled const&) { return saga_ended{}; }

}  // namespace retail_example
