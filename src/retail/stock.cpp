// SPDX-License-Identifier: Apache-2.0
// The stock: how its events build it, and what it answers to commands.
#include "evsrc/retail/stock.hpp"

#include <algorithm>

#include "checks.hpp"
#include "evsrc/retail/laws.hpp"
#include "evsrc/retail/stock_commands.hpp"
#include "stock_moves.hpp"

namespace evsrc::inline v0::retail {
namespace {

/// Stored events are not validated: numbers that no rule let through must not be undefined.
void add(std::int64_t& to, std::int64_t amount) noexcept {
  to = static_cast<std::int64_t>(static_cast<std::uint64_t>(to) +
                                 static_cast<std::uint64_t>(amount));
}
void subtract(std::int64_t& from, std::int64_t amount) noexcept {
  from = static_cast<std::int64_t>(static_cast<std::uint64_t>(from) -
                                   static_cast<std::uint64_t>(amount));
}

template <class Reservations>
auto find_order(Reservations& all, std::string_view order_id) {
  return std::lower_bound(all.begin(), all.end(), order_id,
                          [](stock_reservation const& one, std::string_view id) {
                            return std::string_view(one.order_id).compare(id) < 0;
                          });
}

}  // namespace

result<> stock_policy::validate() const {
  if (low_stock < 0)
    return invalid("policy.low_stock", "must not be below zero, is " + std::to_string(low_stock));
  if (reorder_point < 0)
    return invalid("policy.reorder_point",
                   "must not be below zero, is " + std::to_string(reorder_point));
  return {};
}

std::int64_t stock::reserved_for(std::string_view order_id) const noexcept {
  auto const at = find_order(reservations, order_id);
  return at != reservations.end() && at->order_id == order_id ? at->quantity : 0;
}

bool stock::is_balanced() const { return !imbalance_of(*this); }

void stock::name(std::string const& by_sku, std::string const& by_product,
                 std::string const& where) {
  if (sku != by_sku) sku = by_sku;
  if (product_id != by_product) product_id = by_product;
  if (warehouse_id != where) warehouse_id = where;
}

template <class Event>
void stock::change(Event const& event) {
  name(event.sku, event.product_id, event.warehouse_id);
  switch (event.reason) {
    case stock_reason::opening: add(opening, event.change_amount); break;
    case stock_reason::received: add(received, event.change_amount); break;
    case stock_reason::returned: add(returned, event.change_amount); break;
    case stock_reason::corrected: add(adjusted, event.change_amount); break;
    case stock_reason::written_off: subtract(written_off, event.change_amount); break;
    case stock_reason::reserved: return;  // the pieces moved with the event before this one
  }
  add(available, event.change_amount);
}

template void stock::change(inventory_updated const&);
template void stock::change(inventory_low_stock const&);
template void stock::change(inventory_out_of_stock const&);

void stock::reserve(std::string const& order_id, std::int64_t quantity) {
  add(reserved, quantity);
  auto at = find_order(reservations, order_id);
  if (at == reservations.end() || at->order_id != order_id)
    at = reservations.insert(at, stock_reservation{order_id, 0});
  add(at->quantity, quantity);
  if (at->quantity == 0) reservations.erase(at);
}

void stock::apply(inventory_reserved const& event) {
  name(event.sku, event.product_id, event.warehouse_id);
  subtract(available, event.quantity);
  reserve(event.order_id, event.quantity);
}

void stock::apply(inventory_released const& event) {
  add(available, event.quantity);
  reserve(event.order_id, -event.quantity);
}

void stock::apply(inventory_shipped const& event) {
  add(shipped, event.quantity);
  reserve(event.order_id, -event.quantity);
}

result<> receive_stock::validate() const {
  EVSRC_TRY(detail::check_id("sku", sku));
  EVSRC_TRY(detail::check_quantity("quantity", quantity));
  if (reason != stock_reason::opening && reason != stock_reason::received &&
      reason != stock_reason::returned)
    return invalid("reason", "must be opening, received or returned");
  return policy.validate();
}

result<> reserve_stock::validate() const {
  EVSRC_TRY(detail::check_id("order_id", order_id));
  EVSRC_TRY(detail::check_id("sku", sku));
  EVSRC_TRY(detail::check_quantity("quantity", quantity));
  return policy.validate();
}

result<> release_stock::validate() const {
  EVSRC_TRY(detail::check_id("order_id", order_id));
  EVSRC_TRY(detail::check_id("sku", sku));
  if (quantity) EVSRC_TRY(detail::check_quantity("quantity", *quantity));
  return {};
}

result<> ship_stock::validate() const {
  EVSRC_TRY(detail::check_id("order_id", order_id));
  EVSRC_TRY(detail::check_id("sku", sku));
  if (quantity) EVSRC_TRY(detail::check_quantity("quantity", *quantity));
  return {};
}

result<> adjust_stock::validate() const {
  EVSRC_TRY(detail::check_id("sku", sku));
  if (change_amount == 0 || change_amount < -quantity_max || change_amount > quantity_max)
    return invalid("change_amount", "must not be zero nor beyond " + std::to_string(quantity_max) +
                                        " either way, is " + std::to_string(change_amount));
  switch (reason) {
    case stock_reason::corrected: break;
    case stock_reason::written_off:
      if (change_amount > 0)
        return invalid("change_amount",
                       "must be below zero for written_off, is " + std::to_string(change_amount));
      break;
    case stock_reason::returned:
      if (change_amount < 0)
        return invalid("change_amount",
                       "must be above zero for returned, is " + std::to_string(change_amount));
      break;
    default: return invalid("reason", "must be written_off, returned or corrected");
  }
  return policy.validate();
}

decision<stock, stock_opened> decide(stock const& state, receive_stock const& command) {
  if (command.reason == stock_reason::opening && state.exists())
    return reject(stock_opened{state.available});
  decision<stock, stock_opened> answer;
  emit_change(state.available,
              {command.quantity, command.reason, command.sku,
               product_of(state, command.sku, command.product_id),
               warehouse_of(state, command.warehouse_id), command.reference},
              command.policy, [&](auto event) { answer.add(std::move(event)); });
  return answer;
}

decision<stock, stock_insufficient> decide(stock const& state, reserve_stock const& command) {
  if (command.quantity > state.available && !command.policy.allow_backorder)
    return reject(stock_insufficient{{{command.sku, command.quantity, state.available}}});
  decision<stock, stock_insufficient> answer;
  emit_reservation(state, command.order_id, command.sku, command.quantity, command.policy,
                   [&](auto event) { answer.add(std::move(event)); });
  return answer;
}

decision<stock, not_reserved> decide(stock const& state, release_stock const& command) {
  auto const has = state.reserved_for(command.order_id);
  auto const wanted = command.quantity.value_or(has);
  if (wanted <= 0 || wanted > has) return reject(not_reserved{command.order_id, has, wanted});
  return release_of(state, command.order_id, wanted, command.reason);
}

decision<stock, not_reserved> decide(stock const& state, ship_stock const& command) {
  auto const has = state.reserved_for(command.order_id);
  auto const wanted = command.quantity.value_or(has);
  if (wanted <= 0 || wanted > has) return reject(not_reserved{command.order_id, has, wanted});
  return shipment_of(state, command.order_id, wanted);
}

decision<stock, stock_insufficient> decide(stock const& state, adjust_stock const& command) {
  if (command.change_amount < 0 && state.available + command.change_amount < 0 &&
      !command.policy.allow_backorder)
    return reject(stock_insufficient{{{command.sku, -command.change_amount, state.available}}});
  decision<stock, stock_insufficient> answer;
  emit_change(state.available,
              {command.change_amount, command.reason, command.sku,
               product_of(state, command.sku, command.product_id),
               warehouse_of(state, command.warehouse_id), command.reference},
              command.policy, [&](auto event) { answer.add(std::move(event)); });
  return answer;
}

}  // namespace evsrc::inline v0::retail
