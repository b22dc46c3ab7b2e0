// SPDX-License-Identifier: Apache-2.0
// When a circuit opens, for how long, and what closes it.
#include "evsrc/runtime/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace {

using namespace std::chrono_literals;
using evsrc::circuit_standing;

struct circuit : testing::Test {
  evsrc::testing::manual_clock clock;
  evsrc::testing::seeded_random random{11};
  evsrc::circuit_breaker breaker{{.failures = 3,
                                  .first_pause = 1s,
                                  .growth_percent = 200,
                                  .max_pause = 3s,
                                  .jitter_percent = 0}};

  void fail(int times = 1) {
    for (int i = 0; i < times; ++i) breaker.note_failure(clock.steady(), random);
  }
  [[nodiscard]] circuit_standing standing() { return breaker.standing(clock.steady()); }
  [[nodiscard]] bool may_try() { return breaker.may_try(clock.steady()); }
};

TEST_F(circuit, stays_closed_until_enough_failed_in_a_row) {
  EXPECT_TRUE(may_try());
  fail(2);
  EXPECT_EQ(standing(), circuit_standing::closed);
  breaker.note_success();
  fail(2);
  EXPECT_TRUE(may_try());
  EXPECT_EQ(breaker.failures(), 2U);
  fail();
  EXPECT_FALSE(may_try());
  EXPECT_EQ(standing(), circuit_standing::open);
}

TEST_F(circuit, tries_again_after_its_pause) {
  fail(3);
  EXPECT_EQ(breaker.retry_at(), clock.steady() + 1s);
  clock.advance(1s - 1us);
  EXPECT_FALSE(may_try());
  clock.advance(1us);
  EXPECT_TRUE(may_try());
  EXPECT_EQ(standing(), circuit_standing::half_open);
  breaker.note_success();
  EXPECT_EQ(standing(), circuit_standing::closed);
  EXPECT_EQ(breaker.failures(), 0U);
}

TEST_F(circuit, pauses_grow_up_to_their_limit_and_begin_anew_after_a_success) {
  fail(3);
  for (auto const expected : {1'000ms, 2'000ms, 3'000ms, 3'000ms}) {
    EXPECT_EQ(breaker.retry_at() - clock.steady(), expected);
    clock.advance(expected);
    fail();
  }
  breaker.note_success();
  fail(3);
  EXPECT_EQ(breaker.retry_at() - clock.steady(), 1s);
}

TEST_F(circuit, failures_of_attempts_under_way_do_not_prolong_the_pause) {
  fail(3);
  auto const before = breaker.retry_at();
  clock.advance(500ms);
  fail(4);
  EXPECT_EQ(breaker.retry_at(), before);
  EXPECT_EQ(breaker.failures(), 7U);
}

TEST_F(circuit, jitter_only_shortens_a_pause) {
  bool differs = false;
  for (int draw = 0; draw < 100; ++draw) {
    evsrc::circuit_breaker other{{.failures = 1, .first_pause = 1s, .jitter_percent = 30}};
    other.note_failure(clock.steady(), random);
    auto const pause = other.retry_at() - clock.steady();
    EXPECT_LE(pause, 1s);
    EXPECT_GE(pause, 700ms);
    differs = differs || pause != 1s;
  }
  EXPECT_TRUE(differs) << "seed " << random.seed();
}

TEST(circuit_options, name_the_field_that_is_wrong) {
  EXPECT_TRUE(validate(evsrc::circuit_options{}));
  auto const text = [](evsrc::circuit_options const& what) {
    auto const refused = validate(what);
    return refused ? std::string("accepted") : refused.error().message;
  };
  EXPECT_EQ(text({.failures = 0}), "failures: must be at least 1");
  EXPECT_EQ(text({.first_pause = 0s}), "first_pause: must be above zero");
  EXPECT_EQ(text({.first_pause = 2s, .max_pause = 1s}),
            "max_pause: must be first_pause to 24 hours");
  EXPECT_EQ(text({.growth_percent = 99}), "growth_percent: must be 100 to 10000");
  EXPECT_EQ(text({.jitter_percent = 101}), "jitter_percent: must be at most 100");
}

}  // namespace
