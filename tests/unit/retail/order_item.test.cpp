// SPDX-License-Identifier: Apache-2.0
// Tests of an order's lines and their sum.
#include "evsrc/retail/order_item.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "order_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;

TEST(order_item, needs_a_quantity_above_zero) {
  EXPECT_EQ(broken_rule(item("a", 0, "1.00")), "quantity: must be above zero, is 0");
  EXPECT_EQ(broken_rule(item("a", -3, "1.00")), "quantity: must be above zero, is -3");
  EXPECT_EQ(broken_rule(item("a", 1, "1.00")), "none");
}

TEST(order_item, has_a_largest_quantity) {
  EXPECT_EQ(broken_rule(item("a", retail::quantity_max, "1.00")), "none");
  EXPECT_EQ(broken_rule(item("a", retail::quantity_max + 1, "1.00")),
            "quantity: must be at most 1000000000, is 1000000001");
}

TEST(order_item, needs_a_price_above_zero) {
  EXPECT_EQ(broken_rule(item("a", 1, "0.00")), "price: must be above zero, is 0.00");
  EXPECT_EQ(broken_rule(item("a", 1, "-0.01")), "price: must be above zero, is -0.01");
  EXPECT_EQ(broken_rule(item("a", 1, "0.001")), "none");
}

TEST(order_item, needs_a_product_that_can_be_a_key) {
  EXPECT_EQ(broken_rule(item("", 1, "1")), "product_id: must not be empty");
  EXPECT_EQ(broken_rule(item(std::string(513, 'x'), 1, "1")),
            "product_id: must have at most 512 bytes, has 513");
  EXPECT_EQ(broken_rule(item(std::string(512, 'x'), 1, "1")), "none");
}

TEST(order_item, sums_exactly_in_the_finest_scale) {
  auto const sum = retail::total_of({item("a", 3, "0.001"), item("b", 6, "2.55")});
  ASSERT_TRUE(sum.has_value());
  EXPECT_EQ(to_string(*sum), "15.303");
}

TEST(order_item, sums_what_doubles_would_not) {
  auto const sum = retail::total_of({item("a", 1, "0.10"), item("b", 1, "0.20")});
  ASSERT_TRUE(sum.has_value());
  EXPECT_EQ(*sum, amount("0.30"));
}

TEST(order_item, reports_a_sum_that_does_not_fit) {
  auto big = item("a", retail::quantity_max, "1");
  big.price = evsrc::money{std::numeric_limits<std::int64_t>::max(), 0};
  auto const sum = retail::total_of({big});
  ASSERT_FALSE(sum.has_value());
  EXPECT_EQ(sum.error().message, "total_amount: the sum of the items does not fit 64 bits");
}

}  // namespace
