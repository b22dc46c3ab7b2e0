// SPDX-License-Identifier: Apache-2.0
// Tests of the system's randomness and of fresh ids.
#include "evsrc/core/random.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

class counting_random final : public evsrc::random_source {
 public:
  std::uint64_t next() noexcept override { return ++count_; }

 private:
  std::uint64_t count_ = 0;
};

TEST(system_random, is_one_object) { EXPECT_EQ(&evsrc::system_random(), &evsrc::system_random()); }

TEST(system_random, does_not_repeat_itself) {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 100'000; ++i) EXPECT_TRUE(seen.insert(evsrc::system_random().next()).second);
}

TEST(system_random, sets_every_bit_about_half_of_the_time) {
  constexpr int draws = 100'000;
  constexpr int half = draws / 2;
  int ones[64] = {};
  for (int i = 0; i < draws; ++i) {
    auto const drawn = evsrc::system_random().next();
    for (unsigned bit = 0; bit < 64; ++bit) ones[bit] += static_cast<int>((drawn >> bit) & 1U);
  }
  // Eight standard deviations: one run in 10^13 fails by chance.
  for (auto const count : ones) EXPECT_NEAR(count, half, 1'265);
}

TEST(system_random, gives_every_thread_numbers_of_its_own) {
  constexpr std::size_t threads = 8;
  constexpr std::size_t draws = 10'000;
  std::vector<std::vector<std::uint64_t>> drawn(threads);
  {
    std::vector<std::jthread> running;
    for (auto& mine : drawn) {
      running.emplace_back([&mine] {
        for (std::size_t i = 0; i < draws; ++i) mine.push_back(evsrc::system_random().next());
      });
    }
  }
  std::set<std::uint64_t> all;
  for (auto const& mine : drawn) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), threads * draws);
}

TEST(event_id, is_made_of_the_time_and_two_numbers_in_a_fixed_order) {
  counting_random random;
  auto const id = make_event_id(evsrc::timestamp{1'645'557'742'000ms}, random);
  EXPECT_EQ(to_string(id), "017f22e2-79b0-7001-8000-000000000002");
}

TEST(event_id, rounds_the_time_down_to_milliseconds) {
  counting_random random;
  auto const id = make_event_id(evsrc::timestamp{1'645'557'742'000'999us}, random);
  EXPECT_EQ(to_string(id).substr(0, 13), "017f22e2-79b0");
}

TEST(event_id, sorts_by_time) {
  auto& random = evsrc::system_random();
  auto last = make_event_id(evsrc::timestamp{1ms}, random);
  for (int i = 2; i < 1'000; ++i) {
    auto const next = make_event_id(evsrc::timestamp{std::chrono::milliseconds{i}}, random);
    ASSERT_LT(last, next);
    last = next;
  }
}

}  // namespace
