// SPDX-License-Identifier: Apache-2.0
// Restarts of consumers under load cost messages deliveries, and none of them its life.
#include <gtest/gtest.h>

#include "restarts.hpp"

namespace evsrc_test {
namespace {

TEST(rolling_restarts, dead_letter_nothing) {
  bool const is_soak = soak_factor() > 1;
  traffic_options how;
  if (is_soak) how.durability = evsrc::sqlite::durability::fsync;
  restarts rolling("rolling restarts", how);
  ASSERT_EQ(rolling.run(is_soak ? 100 : 30), "");
  rolling.all().print_figures("all restarts");
  EXPECT_EQ(rolling.all().settle_and_judge(false), "");
  auto const most = rolling.all().most_returns();
  std::cout << "  a message came again " << most << " times at most" << std::endl;
  EXPECT_GE(most, 1U) << "no restart met a message in hand";
}

}  // namespace
}  // namespace evsrc_test
