// SPDX-License-Identifier: Apache-2.0
// Tests of the order events' rules and older versions.
#include "evsrc/retail/order_events.hpp"

#include <gtest/gtest.h>

#include "order_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;

retail::order_created created() {
  auto const command = two_line_order();
  retail::order_created event;
  event.order_id = command.order_id;
  event.customer_id = command.customer_id;
  event.items = command.items;
  event.total_amount = amount("35.64");
  event.currency = "GBP";
  return event;
}

TEST(order_created, keeps_its_rules) { EXPECT_EQ(broken_rule(created()), "none"); }

TEST(order_created, needs_a_total_that_equals_the_items_exactly) {
  auto event = created();
  event.total_amount = amount("35.641");
  EXPECT_EQ(broken_rule(event), "total_amount: must equal the sum of the items, 35.64, is 35.641");
  event.total_amount = amount("35.640");
  EXPECT_EQ(broken_rule(event), "none");
}

TEST(order_created, needs_only_a_total_above_zero_where_there_are_no_items) {
  auto event = created();
  event.items.clear();
  EXPECT_EQ(broken_rule(event), "none");
  event.total_amount = amount("0");
  EXPECT_EQ(broken_rule(event), "total_amount: must be above zero, is 0");
}

TEST(order_created, names_the_item_that_is_wrong) {
  auto event = created();
  event.items[1].quantity = 0;
  EXPECT_EQ(broken_rule(event), "items[1].quantity: must be above zero, is 0");
  event = created();
  event.items[0].price = amount("0.00");
  EXPECT_EQ(broken_rule(event), "items[0].price: must be above zero, is 0.00");
}

TEST(order_created, has_at_most_ten_thousand_items) {
  auto event = created();
  event.items.assign(10'000, item("a", 1, "0.01"));
  event.total_amount = amount("100.00");
  EXPECT_EQ(broken_rule(event), "none");
  event.items.push_back(item("a", 1, "0.01"));
  EXPECT_EQ(broken_rule(event), "items: must be at most 10000, are 10001");
}

TEST(order_created, needs_its_ids_and_a_currency) {
  auto event = created();
  event.order_id.clear();
  EXPECT_EQ(broken_rule(event), "order_id: must not be empty");
  event = created();
  event.customer_id.clear();
  EXPECT_EQ(broken_rule(event), "customer_id: must not be empty");
  event = created();
  event.currency = "gbp";
  EXPECT_EQ(broken_rule(event), "currency: must be three capital letters, is \"gbp\"");
}

TEST(order_created, comes_from_version_1_in_dollars) {
  auto const v2 = upcast(retail::order_created_v1{"order-1", amount("45.85")});
  EXPECT_EQ(v2.currency, "USD");
  auto const v3 = upcast(v2);
  EXPECT_EQ(v3.order_id, "order-1");
  EXPECT_EQ(to_string(v3.total_amount), "45.85");
  EXPECT_EQ(v3.currency, "USD");
  EXPECT_TRUE(v3.customer_id.empty());
  EXPECT_TRUE(v3.items.empty());
}

TEST(order_created, comes_from_version_2_in_its_own_currency) {
  auto const v3 = upcast(retail::order_created_v2{"order-1", amount("45.85"), "EUR"});
  EXPECT_EQ(v3.currency, "EUR");
}

TEST(order_created, is_found_by_customer) {
  std::vector<evsrc::event_tag> tags;
  evsrc::add_tags(created(), tags);
  EXPECT_EQ(tags, (std::vector<evsrc::event_tag>{{"customer_id", "17850"}}));
}

TEST(order_lines_added, sums_the_new_lines_within_the_whole) {
  retail::order_lines_added event;
  event.order_id = "536365";
  event.items = {item("84406B", 8, "2.75")};
  event.added_amount = amount("22.00");
  event.total_amount = amount("57.64");
  EXPECT_EQ(broken_rule(event), "none");
  event.added_amount = amount("22.01");
  EXPECT_EQ(broken_rule(event), "added_amount: must equal the sum of the items, 22.00, is 22.01");
  event.added_amount = amount("22.00");
  event.total_amount = amount("21.99");
  EXPECT_EQ(broken_rule(event), "total_amount: must be at least added_amount, 22.00, is 21.99");
  event.items.clear();
  EXPECT_EQ(broken_rule(event), "items: must not be empty");
}

TEST(order_confirmed, carries_the_priority_of_its_total) {
  retail::order_confirmed event;
  event.order_id = "536365";
  event.customer_id = "17850";
  event.total_amount = amount("1000.01");
  EXPECT_EQ(broken_rule(event), "priority: must be high for 1000.01, is normal");
  event.priority = retail::order_priority::high;
  EXPECT_EQ(broken_rule(event), "none");
}

TEST(order_confirmed, tells_the_fulfilment_queue_order_and_priority) {
  retail::order_confirmed event;
  event.order_id = "536365";
  event.priority = retail::order_priority::medium;
  EXPECT_EQ(message_properties(event), (evsrc::property_list{{"order_id", std::string("536365")},
                                                             {"priority", std::string("medium")}}));
}

TEST(payment_events, need_an_amount_above_zero) {
  retail::payment_completed paid;
  paid.order_id = "536365";
  paid.payment_id = "p-1";
  EXPECT_EQ(broken_rule(paid), "amount: must be above zero, is 0.00");
  paid.amount = amount("35.64");
  EXPECT_EQ(broken_rule(paid), "none");
  paid.payment_id.clear();
  EXPECT_EQ(broken_rule(paid), "payment_id: must not be empty");
}

TEST(shipping_events, need_a_shipment) {
  retail::shipping_scheduled scheduled;
  scheduled.order_id = "536365";
  EXPECT_EQ(broken_rule(scheduled), "shipment_id: must not be empty");
  retail::shipping_failed failed;
  failed.order_id = "536365";
  failed.shipment_id = "s-1";
  EXPECT_EQ(broken_rule(failed), "reason: must not be empty");
}

}  // namespace
