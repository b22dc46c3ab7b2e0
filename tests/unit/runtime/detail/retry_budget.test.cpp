// SPDX-License-Identifier: Apache-2.0
// Deadlines and pauses.
#include "evsrc/runtime/detail/retry_budget.hpp"

#include <gtest/gtest.h>

#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace {

using namespace std::chrono_literals;
using evsrc::detail::retry_budget;

class retry_budget_of : public testing::Test {
 protected:
  evsrc::testing::manual_clock clock;
  evsrc::testing::seeded_random random{3};
};

TEST_F(retry_budget_of, a_command_does_not_wait_before_the_first_retry) {
  retry_budget budget{clock, random, 1s};

  EXPECT_TRUE(budget.pause());
  EXPECT_EQ(budget.remaining(), 1s);
}

TEST_F(retry_budget_of, a_command_waits_longer_and_longer_up_to_a_ceiling) {
  retry_budget budget{clock, random, 1h};
  auto longest = 0us;
  for (int attempt = 0; attempt < 1000; ++attempt) {
    auto const before = clock.steady();
    ASSERT_TRUE(budget.pause());
    auto const waited =
        std::chrono::duration_cast<std::chrono::microseconds>(clock.steady() - before);
    longest = std::max(longest, waited);
    if (attempt == 1) {
      EXPECT_LE(waited, 500us);
    }
  }

  EXPECT_GT(longest, 40ms);
  EXPECT_LE(longest, 50ms);
}

TEST_F(retry_budget_of, a_command_ends_at_the_deadline) {
  retry_budget budget{clock, random, 100ms};
  auto const begin = clock.steady();
  while (budget.pause()) {
  }

  EXPECT_EQ(budget.remaining(), 0ms);
  EXPECT_GE(clock.steady() - begin, 100ms);
  EXPECT_LT(clock.steady() - begin, 102ms);
}

TEST_F(retry_budget_of, a_command_takes_any_deadline) {
  retry_budget const endless{clock, random, std::chrono::milliseconds::max()};
  retry_budget const spent{clock, random, -5s};

  EXPECT_GT(endless.remaining(), 24h);
  EXPECT_EQ(spent.remaining(), 0ms);
}

}  // namespace
