// SPDX-License-Identifier: Apache-2.0
// Tests of virtual time.
#include "evsrc/testing/manual_clock.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace {

using evsrc::testing::manual_clock;
using namespace std::chrono_literals;

TEST(manual_clock, stands_still) {
  manual_clock clock;
  EXPECT_EQ(evsrc::to_string(clock.now()), "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(clock.now(), clock.now());
  EXPECT_EQ(clock.steady(), clock.steady());
}

TEST(manual_clock, starts_when_told) {
  evsrc::timestamp const start{123us};
  manual_clock clock{start};
  EXPECT_EQ(clock.now(), start);
}

TEST(manual_clock, advances_both_clocks) {
  manual_clock clock;
  auto const wall = clock.now();
  auto const steady = clock.steady();
  clock.advance(90s);
  EXPECT_EQ(clock.now(), wall + 90s);
  EXPECT_EQ(clock.steady(), steady + 90s);
}

TEST(manual_clock, advances_instead_of_sleeping) {
  manual_clock clock;
  auto const wall = clock.now();
  auto const steady = clock.steady();
  clock.sleep(24h);
  EXPECT_EQ(clock.now(), wall + 24h);
  EXPECT_EQ(clock.steady(), steady + 24h);
}

TEST(manual_clock, does_nothing_for_zero_or_less) {
  manual_clock clock;
  auto const wall = clock.now();
  auto const steady = clock.steady();
  clock.advance(0us);
  clock.advance(-5s);
  clock.sleep(-5s);
  EXPECT_EQ(clock.now(), wall);
  EXPECT_EQ(clock.steady(), steady);
}

TEST(manual_clock, sets_the_wall_clock_alone) {
  manual_clock clock;
  clock.advance(10s);
  auto const steady = clock.steady();
  evsrc::timestamp const past{5s};
  clock.set(past);
  EXPECT_EQ(clock.now(), past);
  EXPECT_EQ(clock.steady(), steady);
  clock.advance(1s);
  EXPECT_EQ(clock.now(), past + 1s);
  EXPECT_EQ(clock.steady(), steady + 1s);
}

TEST(manual_clock, loses_no_advance_of_many_threads) {
  manual_clock clock;
  auto const wall = clock.now();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&clock] {
        auto last = clock.steady();
        for (int step = 0; step < 10'000; ++step) {
          clock.advance(1us);
          auto const next = clock.steady();
          EXPECT_GT(next, last);
          last = next;
        }
      });
    }
  }
  EXPECT_EQ(clock.now(), wall + 40ms);
}

}  // namespace
