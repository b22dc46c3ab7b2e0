// SPDX-License-Identifier: Apache-2.0
// The order: how its events build it, and what it answers to commands.
#include "evsrc/retail/order.hpp"

#include <algorithm>

#include "checks.hpp"
#include "evsrc/codec/json_codec.hpp"
#include "evsrc/retail/order_commands.hpp"
#include "order_snapshot.hpp"

namespace evsrc::inline v0::retail {

std::string_view to_string(order_state value) noexcept {
  switch (value) {
    case order_state::none: return "none";
    case order_state::created: return "created";
    case order_state::pending_inventory: return "pending_inventory";
    case order_state::confirmed: return "confirmed";
    case order_state::paid: return "paid";
    case order_state::fulfilled: return "fulfilled";
    case order_state::completed: return "completed";
    case order_state::cancelled: return "cancelled";
  }
  return "unknown";
}

bool can_become(order_state from, order_state to) noexcept {
  using enum order_state;
  switch (from) {
    case none: return to == created;
    case created: return to == pending_inventory || to == confirmed || to == cancelled;
    case pending_inventory: return to == created || to == confirmed || to == cancelled;
    case confirmed: return to == paid || to == cancelled;
    case paid: return to == fulfilled || to == cancelled;
    case fulfilled: return to == completed;
    case completed:
    case cancelled: return false;
  }
  return false;
}

void order::apply(order_created const& event) {
  state = order_state::created;
  order_id = event.order_id;
  customer_id = event.customer_id;
  items = event.items;
  total = event.total_amount;
  currency = event.currency;
  shipping_address = event.shipping_address;
}

void order::apply(order_updated const& event) {
  state = order_state::created;
  items = event.items;
  total = event.total_amount;
  currency = event.currency;
  shipping_address = event.shipping_address;
}

void order::apply(order_lines_added const& event) {
  state = order_state::created;
  items.insert(items.end(), event.items.begin(), event.items.end());
  total = event.total_amount;
}

void order::apply(payment_completed const& event) {
  state = order_state::paid;
  payment_id = event.payment_id;
  paid = event.amount;
}

void order::apply(payment_refunded const& event) {
  refunded = checked_add(refunded, event.amount).value_or(refunded);
}

void order::apply(shipping_shipped const& event) {
  state = order_state::fulfilled;
  shipment_id = event.shipment_id;
}

namespace {

/// Once it is confirmed its total is charged.
bool takes_changes(order const& state) {
  return state.state == order_state::created || state.state == order_state::pending_inventory;
}

rejected<order_state_refused> refuse(order const& state, order_state wanted) {
  return reject(order_state_refused{state.state, wanted});
}

std::int64_t count(std::vector<order_item> const& items) {
  return static_cast<std::int64_t>(items.size());
}

/// As JSON; a bound from above, which costs no more than the lengths of the texts.
std::size_t bytes_at_most(std::vector<order_item> const& items) {
  constexpr std::size_t of_an_escape = 6;
  constexpr std::size_t of_names_and_numbers = 140;
  std::size_t bytes = 0;
  for (auto const& item : items)
    bytes += (item.product_id.size() + item.name.size()) * of_an_escape + of_names_and_numbers;
  return bytes;
}

std::size_t json_bytes(std::vector<order_item> const& items) {
  std::string text;
  // What cannot be written is refused as an event, with the reason.
  auto const written = encode_json(items, text, 8 * order_items_bytes_max);
  return written || written.error().code != errc::limit_exceeded ? text.size() : SIZE_MAX;
}

/// True where later events, which repeat all items, would not fit.
bool are_too_long(std::vector<order_item> const& items, std::vector<order_item> const& more = {}) {
  if (bytes_at_most(items) + bytes_at_most(more) <= order_items_bytes_max) return false;
  auto const bytes = json_bytes(items);
  return bytes > order_items_bytes_max || json_bytes(more) > order_items_bytes_max - bytes;
}

}  // namespace

result<> create_order::validate() const {
  EVSRC_TRY(detail::check_id("order_id", order_id));
  EVSRC_TRY(detail::check_id("customer_id", customer_id));
  EVSRC_TRY(detail::check_items(items, false));
  if (are_too_long(items))
    return invalid("items",
                   "must have at most " + std::to_string(order_items_bytes_max) + " bytes as JSON");
  EVSRC_TRY(total_of(items));
  if (total_amount) EVSRC_TRY(detail::check_sum("total_amount", items, *total_amount));
  return detail::check_currency(currency);
}

result<> update_order::validate() const {
  if (!items && !shipping_address)
    return invalid("items", "must be given where shipping_address is not");
  if (!items) return {};
  EVSRC_TRY(detail::check_items(*items, false));
  EVSRC_TRY(total_of(*items));
  return {};
}

result<> add_order_lines::validate() const {
  EVSRC_TRY(detail::check_items(items, false));
  EVSRC_TRY(total_of(items));
  return {};
}

decision<order, order_exists> decide(order const& state, create_order const& command) {
  if (state.exists()) return reject(order_exists{state.state});
  order_created event;
  event.order_id = command.order_id;
  event.customer_id = command.customer_id;
  event.items = command.items;
  event.total_amount = total_of(command.items).value_or(money{});
  event.currency = command.currency;
  event.shipping_address = command.shipping_address;
  return event;
}

decision<order, order_state_refused, order_too_large> decide(order const& state,
                                                             update_order const& command) {
  if (!takes_changes(state)) return refuse(state, order_state::created);
  auto event = snapshot_of<order_updated>(state);
  if (command.items) {
    auto const sum = total_of(*command.items);
    if (!sum || are_too_long(*command.items)) return reject(order_too_large{count(*command.items)});
    event.items = *command.items;
    event.total_amount = *sum;
  }
  if (command.shipping_address) event.shipping_address = *command.shipping_address;
  return event;
}

decision<order, order_state_refused, order_too_large, order_items_unknown> decide(
    order const& state, add_order_lines const& command) {
  if (!takes_changes(state)) return refuse(state, order_state::created);
  if (state.items.empty() && state.total != money{})
    return reject(order_items_unknown{state.total});
  auto const lines = count(state.items) + count(command.items);
  auto const added = total_of(command.items);
  auto const total = added ? checked_add(state.total, *added) : std::nullopt;
  if (!total || lines > static_cast<std::int64_t>(order_items_max) ||
      are_too_long(state.items, command.items))
    return reject(order_too_large{lines});
  order_lines_added event;
  event.order_id = state.order_id;
  event.customer_id = state.customer_id;
  event.items = command.items;
  event.added_amount = *added;
  event.total_amount = *total;
  return event;
}

decision<order, order_state_refused> decide(order const& state, confirm_order const&,
                                            decision_context const& context) {
  if (!can_become(state.state, order_state::confirmed))
    return refuse(state, order_state::confirmed);
  return confirmation_of(state, context.now());
}

decision<order, order_state_refused> decide(order const& state, hold_order const& command) {
  if (state.state == order_state::pending_inventory) return nothing;
  if (!can_become(state.state, order_state::pending_inventory))
    return refuse(state, order_state::pending_inventory);
  return inventory_insufficient{state.order_id, state.customer_id, command.shortages};
}

decision<order, order_state_refused, amount_refused> decide(order const& state,
                                                            complete_payment const& command) {
  if (!can_become(state.state, order_state::paid)) return refuse(state, order_state::paid);
  if (command.amount != state.total) return reject(amount_refused{state.total, command.amount});
  return payment_completed{state.order_id, state.customer_id, command.payment_id,
                           command.amount, state.currency,    command.method};
}

decision<order, order_state_refused> decide(order const& state, fail_payment const& command) {
  if (!can_become(state.state, order_state::paid)) return refuse(state, order_state::paid);
  return payment_failed{state.order_id, state.customer_id, command.payment_id,
                        state.total,    state.currency,    command.reason};
}

decision<order, order_state_refused, amount_refused> decide(order const& state,
                                                            refund_payment const& command) {
  bool const was_paid = state.state == order_state::paid || state.state == order_state::fulfilled ||
                        state.state == order_state::completed;
  if (!was_paid) return refuse(state, state.state);
  auto const left = checked_subtract(state.paid, state.refunded).value_or(money{});
  auto const amount = command.amount.value_or(left);
  if (amount <= money{0, 0} || amount > left) return reject(amount_refused{left, amount});
  return payment_refunded{state.order_id, state.customer_id, state.payment_id,
                          amount,         state.currency,    command.reason};
}

decision<order, order_state_refused> decide(order const& state, schedule_shipping const& command) {
  if (state.state != order_state::paid || state.is_refunded())
    return refuse(state, order_state::fulfilled);
  return shipping_scheduled{state.order_id, state.customer_id, command.shipment_id, command.carrier,
                            command.scheduled_for};
}

decision<order, order_state_refused> decide(order const& state, complete_shipping const& command) {
  if (state.state != order_state::paid || state.is_refunded())
    return refuse(state, order_state::fulfilled);
  return shipping_shipped{state.order_id, state.customer_id, command.shipment_id, command.carrier,
                          command.tracking_number};
}

decision<order, order_state_refused> decide(order const& state, fail_shipping const& command) {
  if (state.state != order_state::paid) return refuse(state, order_state::fulfilled);
  // Of a shipment that another one has replaced since.
  if (!state.shipment_id.empty() && state.shipment_id != command.shipment_id) return nothing;
  return shipping_failed{state.order_id, state.customer_id, command.shipment_id, command.reason};
}

decision<order, order_state_refused> decide(order const& state, complete_order const&) {
  if (!can_become(state.state, order_state::completed))
    return refuse(state, order_state::completed);
  return snapshot_of<order_completed>(state);
}

decision<order, order_state_refused> decide(order const& state, cancel_order const& command) {
  if (!may_be_cancelled(state)) return refuse(state, order_state::cancelled);
  return cancellation_of(state, command.reason);
}

}  // namespace evsrc::inline v0::retail
