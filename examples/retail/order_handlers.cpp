// SPDX-License-Identifier: Apache-2.0
// The services' handlers. A rejection means that the order has moved on since the message was sent,
// by a repeat or by another way: there is nothing left to do, and the message is done.
#include "order_handlers.hpp"

#include <algorithm>

#include "evsrc/retail/notification.hpp"
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

/// The stocks that belong to an order are known by its lines only.
evsrc::result<order_and_stock_desk::keys> with_stocks(service_surroundings const& around,
                                                      std::string const& order_id) {
  auto const found = around.orders->load(order_id);
  if (!found) return evsrc::fail(found.error());
  return order_and_stock_desk::keys{order_id, retail::stock_keys(found->state.items)};
}

evsrc::result<void> release(service_surroundings const& around, message_context& context,
                            std::string const& order_id, std::string reason) {
  auto const keys = with_stocks(around, order_id);
  if (!keys) return evsrc::fail(keys.error());
  return unless_failed(
      context.handle(*around.orders_with_stocks, *keys, retail::release_order{std::move(reason)}));
}

evsrc::result<void> notify(message_context& context, std::string const& recipient,
                           std::string const& order_id, char const* message_template) {
  retail::notification_requested wanted;
  wanted.notification_id = context.origin_id();
  wanted.recipient = recipient;
  wanted.message_template = message_template;
  wanted.values = {{"order", order_id}};
  wanted.order_id = order_id;
  return context.emit({"notification", order_id}, wanted);
}

}  // namespace

evsrc::router inventory_service(service_surroundings const& around) {
  evsrc::router made;
  made.on<retail::order_created>(
      [around](retail::order_created const& event, message_context& context) {
        order_and_stock_desk::keys const keys{event.order_id, retail::stock_keys(event.items)};
        return unless_failed(
            context.handle(*around.orders_with_stocks, keys, retail::reserve_order{around.policy}));
      });
  made.on<retail::payment_failed>(
      [around](retail::payment_failed const& event, message_context& context) {
        return release(around, context, event.order_id, "payment failed: " + event.reason);
      });
  made.on<retail::payment_refunded>(
      [around](retail::payment_refunded const& event, message_context& context) {
        return release(around, context, event.order_id, event.reason.value_or("refunded"));
      });
  made.on<retail::shipping_shipped>([around](retail::shipping_shipped const& event,
                                             message_context& context) -> evsrc::result<void> {
    auto const keys = with_stocks(around, event.order_id);
    if (!keys) return evsrc::fail(keys.error());
    return unless_failed(
        context.handle(*around.orders_with_stocks, *keys, retail::complete_order{}));
  });
  return made;
}

evsrc::router payment_service(service_surroundings const& around, outside_services& outside) {
  evsrc::router made;
  made.on<retail::order_confirmed>([around, &outside](
                                       retail::order_confirmed const& event,
                                       message_context& context) -> evsrc::result<void> {
    auto const answer =
        outside.charge(context.idempotency_key("charge"), event.order_id, event.total_amount);
    if (!answer) return evsrc::fail(answer.error());
    if (!answer->accepted)
      return unless_failed(
          context.handle(*around.orders, event.order_id, retail::fail_payment{{}, answer->reason}));
    return unless_failed(
        context.handle(*around.orders, event.order_id,
                       retail::complete_payment{answer->reference, event.total_amount, "card"}));
  });
  return made;
}

evsrc::router refund_service(service_surroundings const& around, outside_services& outside) {
  evsrc::router made;
  made.on<retail::shipping_failed>(
      [around, &outside](retail::shipping_failed const& event,
                         message_context& context) -> evsrc::result<void> {
        auto const order = around.orders->load(event.order_id);
        if (!order) return evsrc::fail(order.error());
        if (order->state.is_refunded()) return {};
        auto const answer =
            outside.refund(context.idempotency_key("refund"), event.order_id, order->state.paid);
        if (!answer) return evsrc::fail(answer.error());
        return unless_failed(context.handle(*around.orders, event.order_id,
                                            retail::refund_payment{{}, "shipping failed"}));
      });
  return made;
}

evsrc::router shipping_service(service_surroundings const& around, outside_services& outside) {
  evsrc::router made;
  made.on<retail::payment_completed>(
      [around](retail::payment_completed const& event, message_context& context) {
        return unless_failed(context.handle(*around.orders, event.order_id,
                                            retail::schedule_shipping{"parcel-" + event.order_id}));
      });
  made.on<retail::shipping_scheduled>(
      [around, &outside](retail::shipping_scheduled const& event,
                         message_context& context) -> evsrc::result<void> {
        auto const answer = outside.ship(context.idempotency_key("ship"), event.order_id);
        if (!answer) return evsrc::fail(answer.error());
        if (!answer->accepted)
          return unless_failed(
              context.handle(*around.orders, event.order_id,
                             retail::fail_shipping{event.shipment_id, answer->reason}));
        return unless_failed(
            context.handle(*around.orders, event.order_id,
                           retail::complete_shipping{event.shipment_id, {}, answer->reference}));
      });
  return made;
}

evsrc::router notification_service() {
  evsrc::router made;
  made.on<retail::order_completed>(
      [](retail::order_completed const& event, message_context& context) {
        return notify(context, event.customer_id, event.order_id, "order_completed");
      });
  made.on<retail::order_cancelled>(
      [](retail::order_cancelled const& event, message_context& context) {
        return notify(context, event.customer_id, event.order_id, "order_cancelled");
      });
  made.on<retail::inventory_insufficient>(
      [](retail::inventory_insufficient const& event, message_context& context) {
        return notify(context, "stock-keepers", event.order_id, "stock_alert");
      });
  return made;
}

evsrc::router analytics_service(order_times& times) {
  evsrc::router made;
  made.on<retail::order_created>([&times](retail::order_created const& event,
                                          message_context& context) -> evsrc::result<void> {
    times.placed(event.order_id, context.received().enqueued_at);
    return {};
  });
  made.on<retail::order_completed>([&times](retail::order_completed const& event,
                                            message_context& context) -> evsrc::result<void> {
    times.completed(event.order_id, context.received().enqueued_at);
    return {};
  });
  return made;
}

void order_times::placed(std::string const& order_id, evsrc::timestamp at) {
  std::lock_guard const held{mutex_};
  open_.try_emplace(order_id, at);
}

void order_times::completed(std::string const& order_id, evsrc::timestamp at) {
  std::lock_guard const held{mutex_};
  auto const found = open_.find(order_id);
  if (found == open_.end()) return;
  took_.push_back(at - found->second);
  open_.erase(found);
}

order_times::spread order_times::measured() const {
  std::lock_guard const held{mutex_};
  if (took_.empty()) return {};
  auto sorted = took_;
  std::sort(sorted.begin(), sorted.end());
  return {sorted.size(), sorted[sorted.size() / 2], sorted[sorted.size() * 99 / 100]};
}

}  // namespace retail_example
