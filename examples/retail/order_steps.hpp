// SPDX-License-Identifier: Apache-2.0
// What each service can do for an order, whoever asks it: an event of another service
// (order_handlers) or a command of the saga (order_saga_services). Each step decides into the
// commit of the message that asked; what it came to is an event of the order.
#pragma once

#include <string>
#include <type_traits>

#include "evsrc/retail/order.hpp"
#include "evsrc/retail/order_commands.hpp"
#include "evsrc/retail/reserve_order.hpp"
#include "evsrc/retail/stock.hpp"
#include "evsrc/runtime/command_handler.hpp"
#include "evsrc/runtime/message_context.hpp"
#include "order_services.hpp"
#include "outside_services.hpp"

namespace retail_example {

/// Which events of an order leave as messages, for every service that decides on orders.
inline constexpr auto order_publications = evsrc::publications(
    evsrc::publish<evsrc::retail::order_confirmed>()
        .to(fulfillment_queue)
        .key(&evsrc::retail::order_confirmed::customer_id),
    evsrc::publish<evsrc::retail::order_cancelled>()
        .to(orders_topic)
        .key(&evsrc::retail::order_cancelled::customer_id),
    evsrc::publish<evsrc::retail::order_completed>()
        .to(orders_topic)
        .key(&evsrc::retail::order_completed::customer_id),
    evsrc::publish<evsrc::retail::inventory_insufficient>()
        .to(orders_topic)
        .key(&evsrc::retail::inventory_insufficient::customer_id),
    evsrc::publish<evsrc::retail::payment_completed>()
        .to(orders_topic)
        .key(&evsrc::retail::payment_completed::customer_id),
    evsrc::publish<evsrc::retail::payment_failed>().to(orders_topic).key(warehouse),
    evsrc::publish<evsrc::retail::payment_refunded>().to(orders_topic).key(warehouse),
    evsrc::publish<evsrc::retail::shipping_scheduled>()
        .to(orders_topic)
        .key(&evsrc::retail::shipping_scheduled::customer_id),
    evsrc::publish<evsrc::retail::shipping_shipped>().to(orders_topic).key(warehouse),
    evsrc::publish<evsrc::retail::shipping_failed>()
        .to(orders_topic)
        .key(&evsrc::retail::shipping_failed::customer_id));
using order_publications_type = std::remove_const_t<decltype(order_publications)>;

using order_desk = evsrc::command_handler<evsrc::retail::order, order_publications_type>;
using order_and_stock_desk =
    evsrc::command_handler<evsrc::retail::order_with_stocks, order_publications_type>;

/// What the services share. One thread each, but for the desks and the book of times.
struct service_surroundings {
  order_desk* orders = nullptr;
  order_and_stock_desk* orders_with_stocks = nullptr;
  evsrc::retail::stock_policy const* policy = nullptr;
};

// A rejection is no error of a step: the order has moved on since the message was sent, by a repeat
// or by another way; there is nothing left to do, and the message is done.

/// Every line or none: order.confirmed, or inventory.insufficient the first time.
[[nodiscard]] evsrc::result<void> reserve_lines_of(service_surroundings const& around,
                                                   evsrc::message_context& context,
                                                   std::string const& order_id);
/// Gives back what was reserved: order.cancelled.
[[nodiscard]] evsrc::result<void> release_lines_of(service_surroundings const& around,
                                                   evsrc::message_context& context,
                                                   std::string const& order_id, std::string reason);
/// The pieces have left the house: order.completed.
[[nodiscard]] evsrc::result<void> book_out_lines_of(service_surroundings const& around,
                                                    evsrc::message_context& context,
                                                    std::string const& order_id);
/// Charges outside, under a key that makes repeats harmless: payment.completed or .failed. What the
/// bank took and the order does not take any more goes back.
[[nodiscard]] evsrc::result<void> charge_for(service_surroundings const& around,
                                             evsrc::message_context& context,
                                             outside_services& outside, std::string const& order_id,
                                             evsrc::money const& amount);
/// Gives back outside what was charged: payment.refunded.
[[nodiscard]] evsrc::result<void> refund_for(service_surroundings const& around,
                                             evsrc::message_context& context,
                                             outside_services& outside, std::string const& order_id,
                                             std::string reason);
/// shipping.scheduled.
[[nodiscard]] evsrc::result<void> schedule_parcel_of(service_surroundings const& around,
                                                     evsrc::message_context& context,
                                                     std::string const& order_id);
/// Ships outside: shipping.shipped or .failed.
[[nodiscard]] evsrc::result<void> ship_parcel_of(service_surroundings const& around,
                                                 evsrc::message_context& context,
                                                 outside_services& outside,
                                                 std::string const& order_id,
                                                 std::string const& shipment_id);

}  // namespace retail_example
