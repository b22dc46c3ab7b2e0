// SPDX-License-Identifier: Apache-2.0
// How many attempts a policy makes, and when.
#include "evsrc/runtime/retry_policy.hpp"

#include <gtest/gtest.h>

#include "evsrc/testing/seeded_random.hpp"

namespace {

using namespace std::chrono_literals;

constexpr evsrc::retry_policy patient{
    .immediate = 1, .delayed = 4, .first_delay = 1s, .growth_percent = 300, .max_delay = 20s};

TEST(retry_policy, states_how_many_attempts_there_are) {
  static_assert(patient.attempts() == 10);
  static_assert(evsrc::retry_policy{.immediate = 0, .delayed = 0}.attempts() == 1);
}

TEST(retry_policy, pauses_grow_up_to_a_cap) {
  static_assert(patient.longest_delay(1) == 1s);
  static_assert(patient.longest_delay(2) == 3s);
  static_assert(patient.longest_delay(3) == 9s);
  static_assert(patient.longest_delay(4) == 20s);
  static_assert(patient.longest_delay(4'000'000'000U) == 20s);
  static_assert(patient.total_delay() == 80s);
  constexpr evsrc::retry_policy steady{.first_delay = 2s, .growth_percent = 100};
  static_assert(steady.longest_delay(4'000'000'000U) == 2s);
}

TEST(retry_policy, jitter_only_shortens) {
  evsrc::testing::seeded_random random{7};
  bool differs = false;
  for (int draw = 0; draw < 100; ++draw) {
    auto const pause = patient.draw_delay(2, random);
    EXPECT_LE(pause, 3s);
    EXPECT_GE(pause, 2100ms);
    differs = differs || pause != 3s;
  }
  EXPECT_TRUE(differs);
  EXPECT_EQ((evsrc::retry_policy{.jitter_percent = 0}.draw_delay(1, random)), 1s);
}

TEST(retry_policy, does_not_retry_what_cannot_pass) {
  EXPECT_FALSE(patient.retries({evsrc::errc::invalid_argument, ""}));
  EXPECT_FALSE(patient.retries({evsrc::errc::malformed, ""}));
  EXPECT_TRUE(patient.retries({evsrc::errc::handler_failed, ""}));
  EXPECT_TRUE(patient.retries({evsrc::errc::unavailable, ""}));
}

TEST(retry_policy, names_the_field_that_is_wrong) {
  auto const refused = validate(evsrc::retry_policy{.jitter_percent = 101});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "jitter_percent: must be at most 100");
  EXPECT_TRUE(validate(patient));
}

}  // namespace
