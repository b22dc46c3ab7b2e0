// SPDX-License-Identifier: Apache-2.0
// The way of an order through the services of the shop, and the names on it. By choreography, as
// here, each takes messages, decides on its aggregates and sends what follows from that; nobody
// steers the whole. order_saga.hpp has the same way with a conductor.
//
//   order.created ----> notification: "received"; analytics
//   order.created ----> inventory: reserves all lines or none
//     inventory.insufficient -> notification: an alert; the shop orders more and places it again
//     order.confirmed ------> payment (queue order-fulfillment, in order per customer)
//       payment.failed ------> inventory: releases, order.cancelled
//       payment.completed ---> shipping: shipping.scheduled -> shipping.shipped
//         shipping.shipped --> inventory: books the pieces out, order.completed
//         shipping.failed ---> payment: payment.refunded -> inventory: releases, order.cancelled
#pragma once

namespace retail_example {

inline constexpr char const* orders_topic = "orders";
inline constexpr char const* fulfillment_queue = "order-fulfillment";
/// Gets a note of each message that a service gives up: error, event_id, retry_count.
inline constexpr char const* failures_queue = "order-processing-dlq";
/// A property of order.created: true where the order waited for stock and is tried again.
inline constexpr char const* placed_again = "placed_again";
/// The key of all messages that move stock: one warehouse works them off in one order, so that an
/// import that was interrupted ends like one that was not.
inline constexpr char const* warehouse = "main";

}  // namespace retail_example
