// SPDX-License-Identifier: Apache-2.0
// Rules of what the tills send.
#include "evsrc/retail/store_producer.hpp"

#include "checks.hpp"

namespace evsrc::inline v0::retail {
namespace {

using namespace detail;

template <class Event>
result<> check_till(Event const& event) {
  if (!event.id && !event.request_id) return invalid("id", "must be there, or request_id");
  if (event.id) EVSRC_TRY(check_id("id", *event.id));
  if (event.request_id) EVSRC_TRY(check_id("request_id", *event.request_id));
  if (!event.store_id) return invalid("store_id", "must be there");
  EVSRC_TRY(check_above_zero("price", event.price));
  EVSRC_TRY(check_quantity("qty", event.qty));
  if (event.discount < money{0, 0} || event.discount > money{100, 0})
    return invalid("discount", "must be from 0 to 100, is " + to_string(event.discount));
  return {};
}

template <class Event>
property_list properties_of(Event const& event) {
  return {{"event_type", std::string(Event::wire_name.name)},
          {"priority_shipping", event.priority_shipping}};
}

}  // namespace

result<> sale_event::validate() const { return check_till(*this); }
result<> inventory_event::validate() const { return check_till(*this); }

property_list message_properties(sale_event const& event) { return properties_of(event); }
property_list message_properties(inventory_event const& event) { return properties_of(event); }

}  // namespace evsrc::inline v0::retail
