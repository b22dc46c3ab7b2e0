// SPDX-License-Identifier: Apache-2.0
// Tests of the operating system's clock. A sleep is judged from below alone.
#include "evsrc/core/clock.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;

TEST(system_clock, is_one_object) { EXPECT_EQ(&evsrc::system_clock(), &evsrc::system_clock()); }

TEST(system_clock, tells_the_time_of_the_operating_system) {
  auto const before = std::chrono::system_clock::now();
  auto const now = evsrc::system_clock().now();
  EXPECT_GE(now, before - 1h);  // room for an operator who corrects the clock meanwhile
  EXPECT_LE(now, before + 1h);
}

TEST(system_clock, never_goes_back_on_the_steady_side) {
  auto& clock = evsrc::system_clock();
  auto last = clock.steady();
  for (int i = 0; i < 1'000; ++i) {
    auto const next = clock.steady();
    ASSERT_GE(next, last);
    last = next;
  }
}

TEST(system_clock, returns_at_once_from_a_sleep_of_zero_or_less) {
  auto& clock = evsrc::system_clock();
  clock.sleep(0us);
  clock.sleep(-1us);
  clock.sleep(std::chrono::microseconds::min());
}

TEST(system_clock, sleeps_at_least_as_long_as_asked) {
  auto& clock = evsrc::system_clock();
  auto const before = clock.steady();
  clock.sleep(1us);
  EXPECT_GE(clock.steady() - before, 1us);
}

}  // namespace
