// SPDX-License-Identifier: Apache-2.0
// Tests of positions.
#include "evsrc/core/position.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace {

TEST(position, orders_by_value_and_is_no_number) {
  EXPECT_LT(evsrc::position{1}, evsrc::position{2});
  EXPECT_EQ(evsrc::position{}, evsrc::position{0});
  static_assert(!std::is_convertible_v<evsrc::position, std::uint64_t>);
}

}  // namespace
