// SPDX-License-Identifier: Apache-2.0
// Rules of what surrounds an order: payments, shipping, notifications.
#include "checks.hpp"
#include "evsrc/retail/notification.hpp"
#include "evsrc/retail/payment_events.hpp"
#include "evsrc/retail/shipping_events.hpp"

namespace evsrc::inline v0::retail {
namespace {

using namespace detail;

template <class Event>
result<> check_parties(Event const& event) {
  EVSRC_TRY(check_id("order_id", event.order_id));
  return check_optional_id("customer_id", event.customer_id);
}

template <class Event>
result<> check_payment(Event const& event) {
  EVSRC_TRY(check_parties(event));
  EVSRC_TRY(check_above_zero("amount", event.amount));
  return check_currency(event.currency);
}

template <class Event>
result<> check_shipment(Event const& event) {
  EVSRC_TRY(check_parties(event));
  return check_id("shipment_id", event.shipment_id);
}

}  // namespace

result<> payment_completed::validate() const {
  EVSRC_TRY(check_payment(*this));
  return check_id("payment_id", payment_id);
}
result<> payment_refunded::validate() const {
  EVSRC_TRY(check_payment(*this));
  return check_id("payment_id", payment_id);
}
result<> payment_failed::validate() const {
  EVSRC_TRY(check_payment(*this));
  return check_text("reason", reason);
}

result<> shipping_scheduled::validate() const { return check_shipment(*this); }
result<> shipping_shipped::validate() const { return check_shipment(*this); }
result<> shipping_failed::validate() const {
  EVSRC_TRY(check_shipment(*this));
  return check_text("reason", reason);
}

result<> notification_requested::validate() const {
  EVSRC_TRY(check_id("notification_id", notification_id));
  EVSRC_TRY(check_text("recipient", recipient));
  EVSRC_TRY(check_text("message_template", message_template));
  if (order_id) EVSRC_TRY(check_id("order_id", *order_id));
  return {};
}

}  // namespace evsrc::inline v0::retail
