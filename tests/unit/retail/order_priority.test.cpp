// SPDX-License-Identifier: Apache-2.0
// Tests of the borders between priorities.
#include "evsrc/retail/order_priority.hpp"

#include <gtest/gtest.h>

namespace {

using evsrc::money;
using evsrc::retail::order_priority;
using evsrc::retail::priority;

TEST(order_priority, is_high_only_above_one_thousand) {
  EXPECT_EQ(priority(money{100000, 2}), order_priority::medium);
  EXPECT_EQ(priority(money{1000001, 3}), order_priority::high);
}

TEST(order_priority, is_medium_only_above_five_hundred) {
  EXPECT_EQ(priority(money{50000, 2}), order_priority::normal);
  EXPECT_EQ(priority(money{500001, 3}), order_priority::medium);
}

TEST(order_priority, is_normal_for_nothing_and_for_less) {
  EXPECT_EQ(priority(money{}), order_priority::normal);
  EXPECT_EQ(priority(money{-500000, 2}), order_priority::normal);
}

TEST(order_priority, is_written_as_the_queue_expects_it) {
  EXPECT_EQ(to_string(order_priority::high), "high");
  EXPECT_EQ(to_string(order_priority::medium), "medium");
  EXPECT_EQ(to_string(order_priority::normal), "normal");
}

}  // namespace
