// SPDX-License-Identifier: Apache-2.0
// Events that carry the order as it stands.
#pragma once

#include "evsrc/retail/order.hpp"

namespace evsrc::inline v0::retail {

template <class Event>
[[nodiscard]] Event snapshot_of(order const& state) {
  Event event;
  event.order_id = state.order_id;
  event.customer_id = state.customer_id;
  event.items = state.items;
  event.total_amount = state.total;
  event.currency = state.currency;
  event.shipping_address = state.shipping_address;
  return event;
}

[[nodiscard]] inline order_confirmed confirmation_of(order const& state, timestamp now) {
  auto event = snapshot_of<order_confirmed>(state);
  event.priority = priority(state.total);
  event.processed_at = now;
  return event;
}

[[nodiscard]] inline bool may_be_cancelled(order const& state) {
  return can_become(state.state, order_state::cancelled) &&
         (state.state != order_state::paid || state.is_refunded());
}

[[nodiscard]] inline order_cancelled cancellation_of(order const& state,
                                                     std::optional<std::string> const& reason) {
  auto event = snapshot_of<order_cancelled>(state);
  event.reason = reason;
  return event;
}

}  // namespace evsrc::inline v0::retail
