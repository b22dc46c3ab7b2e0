// SPDX-License-Identifier: Apache-2.0
// The events by which pieces move between available, reserved and shipped.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "evsrc/retail/stock.hpp"

namespace evsrc::inline v0::retail {

/// What a change of the available number is: one event, whose type is the new level.
struct stock_change {
  std::int64_t amount = 0;
  stock_reason reason = stock_reason::corrected;
  std::string sku{};
  std::string product_id{};
  std::string warehouse_id{};
  std::optional<std::string> reference{};
};

[[nodiscard]] inline std::string const& product_of(stock const& state, std::string const& sku,
                                                   std::string const& given = {}) {
  if (!given.empty()) return given;
  return state.product_id.empty() ? sku : state.product_id;
}
[[nodiscard]] inline std::string warehouse_of(stock const& state, std::string const& given = {}) {
  if (!given.empty()) return given;
  return state.warehouse_id.empty() ? std::string("main") : state.warehouse_id;
}

template <class Event>
[[nodiscard]] Event change_event(std::int64_t available, stock_change const& change,
                                 stock_policy const& policy) {
  Event event;
  event.product_id = change.product_id;
  event.sku = change.sku;
  event.current_stock = available + change.amount;
  event.previous_stock = available;
  event.change_amount = change.amount;
  event.warehouse_id = change.warehouse_id;
  event.threshold_level = policy.low_stock;
  event.reorder_point = policy.reorder_point;
  event.reason = change.reason;
  event.reference = change.reference;
  return event;
}

/// Calls `emit` with the event of the level that `available + change.amount` has.
template <class Emit>
void emit_change(std::int64_t available, stock_change const& change, stock_policy const& policy,
                 Emit&& emit) {
  switch (level_of(available + change.amount, policy.low_stock)) {
    case stock_level::out:
      emit(change_event<inventory_out_of_stock>(available, change, policy));
      break;
    case stock_level::low:
      emit(change_event<inventory_low_stock>(available, change, policy));
      break;
    case stock_level::in_stock:
      emit(change_event<inventory_updated>(available, change, policy));
      break;
  }
}

/// A reservation, and the event of the level where it became worse.
template <class Emit>
void emit_reservation(stock const& state, std::string const& order_id, std::string const& sku,
                      std::int64_t quantity, stock_policy const& policy, Emit&& emit) {
  auto const left = state.available - quantity;
  auto const& product = product_of(state, sku);
  auto const where = warehouse_of(state);
  emit(inventory_reserved{order_id, product, sku, quantity, left, where});
  if (level_of(left, policy.low_stock) > level_of(state.available, policy.low_stock))
    emit_change(state.available, {-quantity, stock_reason::reserved, sku, product, where, order_id},
                policy, emit);
}

[[nodiscard]] inline inventory_released release_of(stock const& state, std::string const& order_id,
                                                   std::int64_t quantity,
                                                   std::optional<std::string> const& reason) {
  return {order_id, state.product_id,           state.sku,
          quantity, state.available + quantity, state.warehouse_id,
          reason};
}

[[nodiscard]] inline inventory_shipped shipment_of(stock const& state, std::string const& order_id,
                                                   std::int64_t quantity) {
  return {order_id, state.product_id, state.sku, quantity, state.warehouse_id};
}

}  // namespace evsrc::inline v0::retail
