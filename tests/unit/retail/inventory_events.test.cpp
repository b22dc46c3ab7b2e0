// SPDX-License-Identifier: Apache-2.0
// Tests of the stock events' rules.
#include "evsrc/retail/inventory_events.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "order_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;

template <class Event>
Event change(std::int64_t current, std::int64_t previous) {
  Event event;
  event.product_id = "85123A";
  event.sku = "85123A";
  event.current_stock = current;
  event.previous_stock = previous;
  event.change_amount = current - previous;
  event.warehouse_id = "main";
  event.threshold_level = 10;
  return event;
}

TEST(inventory_updated, needs_the_change_to_be_the_difference) {
  auto event = change<retail::inventory_updated>(50, 20);
  EXPECT_EQ(broken_rule(event), "none");
  event.change_amount = 29;
  EXPECT_EQ(broken_rule(event),
            "change_amount: must equal current_stock - previous_stock, 50 - 20, is 29");
}

TEST(inventory_updated, is_not_fooled_by_numbers_that_wrap) {
  auto event = change<retail::inventory_updated>(50, 20);
  event.current_stock = std::numeric_limits<std::int64_t>::max();
  event.previous_stock = std::numeric_limits<std::int64_t>::min();
  event.change_amount = std::numeric_limits<std::int64_t>::max();
  EXPECT_NE(broken_rule(event), "none");
}

TEST(inventory_events, have_the_type_of_their_level) {
  EXPECT_EQ(broken_rule(change<retail::inventory_updated>(10, 0)), "none");
  EXPECT_EQ(broken_rule(change<retail::inventory_low_stock>(9, 0)), "none");
  EXPECT_EQ(broken_rule(change<retail::inventory_low_stock>(1, 0)), "none");
  EXPECT_EQ(broken_rule(change<retail::inventory_out_of_stock>(0, 5)), "none");
  EXPECT_EQ(broken_rule(change<retail::inventory_out_of_stock>(-5, 5)), "none");
  EXPECT_EQ(broken_rule(change<retail::inventory_updated>(9, 0)),
            "current_stock: 9 does not belong to inventory.updated at a threshold of 10");
  EXPECT_EQ(broken_rule(change<retail::inventory_low_stock>(0, 5)),
            "current_stock: 0 does not belong to inventory.low_stock at a threshold of 10");
  EXPECT_EQ(broken_rule(change<retail::inventory_out_of_stock>(1, 5)),
            "current_stock: 1 does not belong to inventory.out_of_stock at a threshold of 10");
}

TEST(inventory_events, use_ten_where_no_threshold_is_stated) {
  auto event = change<retail::inventory_low_stock>(9, 0);
  event.threshold_level.reset();
  EXPECT_EQ(broken_rule(event), "none");
  event.threshold_level = 9;
  EXPECT_NE(broken_rule(event), "none");
}

TEST(inventory_released, is_still_read_under_its_former_name) {
  EXPECT_EQ(retail::inventory_released::wire_name.name, "inventory.released");
  EXPECT_EQ(retail::inventory_released::wire_name.former, "inventory.release");
  EXPECT_EQ(retail::release_stock::wire_name.name, "inventory.release");
}

TEST(inventory_insufficient, names_shortages_that_are_some) {
  retail::inventory_insufficient event{"536365", "17850", {}};
  EXPECT_EQ(broken_rule(event), "shortages: must not be empty");
  event.shortages = {{"85123A", 6, 6}};
  EXPECT_EQ(broken_rule(event), "shortages[0].requested: must be above available, 6, is 6");
  event.shortages = {{"85123A", 6, 5}};
  EXPECT_EQ(broken_rule(event), "none");
}

}  // namespace
