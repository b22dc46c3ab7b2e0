// SPDX-License-Identifier: Apache-2.0
// Rules and older versions of the order events.
#include "evsrc/retail/order_events.hpp"

#include "checks.hpp"

namespace evsrc::inline v0::retail {
namespace {

using namespace detail;

template <class Event>
result<> check_order(Event const& event) {
  EVSRC_TRY(check_id("order_id", event.order_id));
  EVSRC_TRY(check_optional_id("customer_id", event.customer_id));
  EVSRC_TRY(check_items(event.items, true));
  EVSRC_TRY(check_above_zero("total_amount", event.total_amount));
  EVSRC_TRY(check_sum("total_amount", event.items, event.total_amount));
  EVSRC_TRY(check_currency(event.currency));
  return check_text("status", event.status);
}

}  // namespace

order_created_v2 upcast(order_created_v1 const& from) { return {from.order_id, from.total, "USD"}; }

order_created upcast(order_created_v2 const& from) {
  order_created to;
  to.order_id = from.order_id;
  to.total_amount = from.total;
  to.currency = from.currency;
  return to;
}

result<> order_created::validate() const {
  EVSRC_TRY(check_id("customer_id", customer_id));
  return check_order(*this);
}
result<> order_updated::validate() const { return check_order(*this); }
result<> order_cancelled::validate() const { return check_order(*this); }
result<> order_completed::validate() const { return check_order(*this); }

result<> order_confirmed::validate() const {
  EVSRC_TRY(check_order(*this));
  if (priority != retail::priority(total_amount))
    return invalid("priority", "must be " + std::string(to_string(retail::priority(total_amount))) +
                                   " for " + to_string(total_amount) + ", is " +
                                   std::string(to_string(priority)));
  return {};
}

result<> order_lines_added::validate() const {
  EVSRC_TRY(check_id("order_id", order_id));
  EVSRC_TRY(check_optional_id("customer_id", customer_id));
  EVSRC_TRY(check_items(items, false));
  EVSRC_TRY(check_sum("added_amount", items, added_amount));
  if (total_amount < added_amount)
    return invalid("total_amount", "must be at least added_amount, " + to_string(added_amount) +
                                       ", is " + to_string(total_amount));
  return {};
}

property_list message_properties(order_confirmed const& event) {
  return {{"order_id", event.order_id}, {"priority", std::string(to_string(event.priority))}};
}

}  // namespace evsrc::inline v0::retail
