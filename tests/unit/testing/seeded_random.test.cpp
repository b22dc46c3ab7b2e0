// SPDX-License-Identifier: Apache-2.0
// Tests of random numbers that a seed repeats.
#include "evsrc/testing/seeded_random.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace {

using evsrc::testing::seeded_random;
using namespace std::chrono_literals;

TEST(seeded_random, gives_the_published_numbers_of_splitmix64) {
  seeded_random random{1234567};
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
  EXPECT_EQ(random.next(), 9817491932198370423U);
  EXPECT_EQ(random.next(), 4593380528125082431U);
  EXPECT_EQ(random.next(), 16408922859458223821U);
}

TEST(seeded_random, remembers_its_seed) {
  seeded_random random{42};
  static_cast<void>(random.next());
  EXPECT_EQ(random.seed(), 42U);
}

TEST(seeded_random, repeats_itself_under_one_seed_and_differs_under_another) {
  seeded_random first{42};
  seeded_random again{42};
  seeded_random other{43};
  for (int i = 0; i < 100; ++i) {
    auto const drawn = first.next();
    EXPECT_EQ(drawn, again.next());
    EXPECT_NE(drawn, other.next());
  }
}

TEST(seeded_random, makes_the_same_ids_on_every_platform) {
  seeded_random random{1234567};
  EXPECT_EQ(to_string(make_event_id(evsrc::timestamp{1'645'557'742'000ms}, random)),
            "017f22e2-79b0-7c85-ac73-f08458540fa5");
}

TEST(seeded_random, gives_every_number_to_one_thread_only) {
  constexpr std::size_t draws = 10'000;
  seeded_random random{7};
  std::vector<std::vector<std::uint64_t>> drawn(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : drawn) {
      threads.emplace_back([&random, &mine] {
        for (std::size_t i = 0; i < draws; ++i) mine.push_back(random.next());
      });
    }
  }
  std::set<std::uint64_t> together;
  for (auto const& mine : drawn) together.insert(mine.begin(), mine.end());

  seeded_random alone{7};
  std::set<std::uint64_t> expected;
  for (std::size_t i = 0; i < 4 * draws; ++i) expected.insert(alone.next());
  EXPECT_EQ(together, expected);
}

}  // namespace
