// SPDX-License-Identifier: Apache-2.0
// From events to steps.
#include "order_handlers.hpp"

#include <algorithm>

#include "evsrc/retail/notification.hpp"
#include "evsrc/retail/payment_events.hpp"
#include "evsrc/retail/shipping_events.hpp"
#include "order_services.hpp"

namespace retail_example {

namespace retail = evsrc::retail;
using evsrc::message_context;

namespace {

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
        return reserve_lines_of(around, context, event.order_id);
      });
  made.on<retail::payment_failed>(
      [around](retail::payment_failed const& event, message_context& context) {
        return release_lines_of(around, context, event.order_id, "payment failed: " + event.reason);
      });
  made.on<retail::payment_refunded>(
      [around](retail::payment_refunded const& event, message_context& context) {
        return release_lines_of(around, context, event.order_id, event.reason.value_or("refunded"));
      });
  made.on<retail::shipping_shipped>(
      [around](retail::shipping_shipped const& event, message_context& context) {
        return book_out_lines_of(around, context, event.order_id);
      });
  return made;
}

evsrc::router payment_service(service_surroundings const& around, outside_services& outside) {
  evsrc::router made;
  made.on<retail::order_confirmed>(
      [around, &outside](retail::order_confirmed const& event, message_context& context) {
        return charge_for(around, context, outside, event.order_id, event.total_amount);
      });
  return made;
}

evsrc::router refund_service(service_surroundings const& around, outside_services& outside) {
  evsrc::router made;
  made.on<retail::shipping_failed>(
      [around, &outside](retail::shipping_failed const& event, message_context& context) {
        return refund_for(around, context, outside, event.order_id, "shipping failed");
      });
  return made;
}

evsrc::router shipping_service(service_surroundings const& around, outside_services& outside) {
  evsrc::router made;
  made.on<retail::payment_completed>(
      [around](retail::payment_completed const& event, message_context& context) {
        return schedule_parcel_of(around, context, event.order_id);
      });
  made.on<retail::shipping_scheduled>(
      [around, &outside](retail::shipping_scheduled const& event, message_context& context) {
        return ship_parcel_of(around, context, outside, event.order_id, event.shipment_id);
      });
  return made;
}

evsrc::router notification_service() {
  evsrc::router made;
  made.on<retail::order_created>(
      [](retail::order_created const& event, message_context& context) -> evsrc::result<void> {
        if (find_property(context.message().properties, placed_again) != nullptr) return {};
        return notify(context, event.customer_id, event.order_id, "order_received");
      });
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
