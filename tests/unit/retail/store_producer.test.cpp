// SPDX-License-Identifier: Apache-2.0
// Tests of what the tills send.
#include "evsrc/retail/store_producer.hpp"

#include <gtest/gtest.h>

#include "order_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;

retail::sale_event sale() {
  retail::sale_event event;
  event.request_id = "751cb7ed-27ad-4bd5-b3e2-1bd3ba0f8458";
  event.store_id = 4;
  event.sku = 44324;
  event.price = amount("56.33");
  event.qty = 14;
  event.discount = amount("18.5");
  return event;
}

TEST(sale_event, keeps_its_rules) { EXPECT_EQ(broken_rule(sale()), "none"); }

TEST(sale_event, without_a_store_is_a_bad_message) {
  auto event = sale();
  event.store_id.reset();
  EXPECT_EQ(broken_rule(event), "store_id: must be there");
}

TEST(sale_event, needs_one_of_two_ids) {
  auto event = sale();
  event.request_id.reset();
  EXPECT_EQ(broken_rule(event), "id: must be there, or request_id");
  event.id = "1";
  EXPECT_EQ(broken_rule(event), "none");
}

TEST(sale_event, needs_price_quantity_and_a_discount_in_per_cent) {
  auto event = sale();
  event.price = amount("0.0");
  EXPECT_EQ(broken_rule(event), "price: must be above zero, is 0.0");
  event = sale();
  event.qty = 0;
  EXPECT_EQ(broken_rule(event), "qty: must be above zero, is 0");
  event = sale();
  event.discount = amount("100.1");
  EXPECT_EQ(broken_rule(event), "discount: must be from 0 to 100, is 100.1");
}

TEST(store_producer, sends_what_subscriptions_filter_by) {
  EXPECT_EQ(message_properties(sale()),
            (evsrc::property_list{{"event_type", std::string("sale_event")},
                                  {"priority_shipping", false}}));
  retail::inventory_event moved;
  moved.priority_shipping = true;
  EXPECT_EQ(message_properties(moved),
            (evsrc::property_list{{"event_type", std::string("inventory_event")},
                                  {"priority_shipping", true}}));
  EXPECT_EQ(retail::store_message_time_to_live, std::chrono::hours(24));
}

}  // namespace
