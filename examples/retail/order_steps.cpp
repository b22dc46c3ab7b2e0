// SPDX-License-Identifier: Apache-2.0
// The steps: ask the outside where there is one to ask, then decide.
#include "order_steps.hpp"

#include "evsrc/retail/payment_events.hpp"
#include "evsrc/retail/shipping_events.hpp"

namespace retail_example {

namespace retail = evsrc::retail;
using evsrc::message_context;

namespace {

/// An error of the world goes to the retry policy; a rejection does not.
template <class Outcome>
evsrc::result<void> unless_failed(Outcome const& outcome) {
  if (!outcome && !outcome.is_rejected()) return evsrc::fail(outcome.error());
  return {};
}

template <class Command>
evsrc::result<void> decide_with_stocks(service_surroundings const& around, message_context& context,
                                       std::string const& order_id, Command const& command) {
  auto const order = around.orders->load(order_id);
  if (!order) return evsrc::fail(order.error());
  order_and_stock_desk::keys const keys{order_id, retail::stock_keys(order->state.items)};
  return unless_failed(context.handle(*around.orders_with_stocks, keys, command));
}

/// The order took another way while its payment was asked for: it was cancelled. Unless it knows
/// the payment, which a repeat finds.
evsrc::result<void> give_back(service_surroundings const& around, message_context& context,
                              outside_services& outside, std::string const& order_id,
                              evsrc::money const& amount, std::string const& payment_id) {
  auto const order = around.orders->load(order_id);
  if (!order) return evsrc::fail(order.error());
  if (order->state.payment_id == payment_id) return {};
  auto const answer = outside.refund(context.idempotency_key("give-back"), order_id, amount);
  if (!answer) return evsrc::fail(answer.error());
  return {};
}

}  // namespace

evsrc::result<void> reserve_lines_of(service_surroundings const& around, message_context& context,
                                     std::string const& order_id) {
  return decide_with_stocks(around, context, order_id, retail::reserve_order{*around.policy});
}

evsrc::result<void> release_lines_of(service_surroundings const& around, message_context& context,
                                     std::string const& order_id, std::string reason) {
  return decide_with_stocks(around, context, order_id, retail::release_order{std::move(reason)});
}

evsrc::result<void> book_out_lines_of(service_surroundings const& around, message_context& context,
                                      std::string const& order_id) {
  return decide_with_stocks(around, context, order_id, retail::complete_order{});
}

evsrc::result<void> charge_for(service_surroundings const& around, message_context& context,
                               outside_services& outside, std::string const& order_id,
                               evsrc::money const& amount) {
  auto const answer = outside.charge(context.idempotency_key("charge"), order_id, amount);
  if (!answer) return evsrc::fail(answer.error());
  if (!answer->accepted)
    return unless_failed(
        context.handle(*around.orders, order_id, retail::fail_payment{{}, answer->reason}));
  auto const paid = context.handle(*around.orders, order_id,
                                   retail::complete_payment{answer->reference, amount, "card"});
  if (!paid && paid.is_rejected())
    return give_back(around, context, outside, order_id, amount, answer->reference);
  return unless_failed(paid);
}

evsrc::result<void> refund_for(service_surroundings const& around, message_context& context,
                               outside_services& outside, std::string const& order_id,
                               std::string reason) {
  auto const order = around.orders->load(order_id);
  if (!order) return evsrc::fail(order.error());
  if (order->state.is_refunded()) return {};
  auto const answer =
      outside.refund(context.idempotency_key("refund"), order_id, order->state.paid);
  if (!answer) return evsrc::fail(answer.error());
  return unless_failed(
      context.handle(*around.orders, order_id, retail::refund_payment{{}, std::move(reason)}));
}

evsrc::result<void> schedule_parcel_of(service_surroundings const& around, message_context& context,
                                       std::string const& order_id) {
  return unless_failed(
      context.handle(*around.orders, order_id, retail::schedule_shipping{"parcel-" + order_id}));
}

evsrc::result<void> ship_parcel_of(service_surroundings const& around, message_context& context,
                                   outside_services& outside, std::string const& order_id,
                                   std::string const& shipment_id) {
  auto const answer = outside.ship(context.idempotency_key("ship"), order_id);
  if (!answer) return evsrc::fail(answer.error());
  if (!answer->accepted)
    return unless_failed(context.handle(*around.orders, order_id,
                                        retail::fail_shipping{shipment_id, answer->reason}));
  return unless_failed(context.handle(
      *around.orders, order_id, retail::complete_shipping{shipment_id, {}, answer->reference}));
}

}  // namespace retail_example
