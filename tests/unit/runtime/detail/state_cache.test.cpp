// SPDX-License-Identifier: Apache-2.0
// States on loan.
#include "evsrc/runtime/detail/state_cache.hpp"

#include <gtest/gtest.h>

namespace {

using cache = evsrc::detail::state_cache<int>;

void keep(cache& states, std::string const& key, int state, evsrc::stream_version version) {
  auto loan = states.take(key);
  loan->state = state;
  loan->slot.version = version;
  loan->slot.behind = false;
  states.give_back(std::move(loan));
}

TEST(state_cache, gives_out_an_unread_state_for_an_unknown_key) {
  cache states{2};
  auto const loan = states.take("a");

  EXPECT_EQ(loan->slot.key, "a");
  EXPECT_EQ(loan->state, 0);
  EXPECT_TRUE(loan->slot.behind);
}

TEST(state_cache, gives_out_again_what_came_back) {
  cache states{2};
  keep(states, "a", 7, 3);

  auto const loan = states.take("a");

  EXPECT_EQ(loan->state, 7);
  EXPECT_EQ(loan->slot.version, 3U);
  EXPECT_FALSE(loan->slot.behind);
}

TEST(state_cache, lends_a_state_once) {
  cache states{2};
  keep(states, "a", 7, 3);

  auto const first = states.take("a");
  auto const second = states.take("a");

  EXPECT_EQ(first->state, 7);
  EXPECT_EQ(second->state, 0);
}

TEST(state_cache, forgets_a_loan_that_does_not_come_back) {
  cache states{2};
  keep(states, "a", 7, 3);
  { auto const lost = states.take("a"); }

  EXPECT_EQ(states.take("a")->state, 0);
}

TEST(state_cache, drops_the_least_recently_used_at_its_bound) {
  cache states{2};
  keep(states, "a", 1, 1);
  keep(states, "b", 2, 1);
  keep(states, "a", 1, 1);
  keep(states, "c", 3, 1);

  EXPECT_EQ(states.take("b")->state, 0);
  EXPECT_EQ(states.take("a")->state, 1);
  EXPECT_EQ(states.take("c")->state, 3);
}

TEST(state_cache, keeps_the_later_of_two_for_one_key) {
  cache states{2};
  auto older = states.take("a");
  auto newer = states.take("a");
  older->state = 1, older->slot.version = 1;
  newer->state = 2, newer->slot.version = 2;
  states.give_back(std::move(newer));
  states.give_back(std::move(older));

  EXPECT_EQ(states.take("a")->state, 2);

  auto early = states.take("b");
  auto late = states.take("b");
  early->state = 1, early->slot.version = 1;
  late->state = 2, late->slot.version = 2;
  states.give_back(std::move(early));
  states.give_back(std::move(late));

  EXPECT_EQ(states.take("b")->state, 2);
}

TEST(state_cache, of_no_size_keeps_nothing) {
  cache states{0};
  keep(states, "a", 7, 3);

  EXPECT_EQ(states.take("a")->state, 0);
}

TEST(state_cache, survives_many_keys_that_come_and_go) {
  cache states{8};
  for (int round = 0; round < 1000; ++round) keep(states, std::to_string(round % 13), round, 1);

  int kept = 0;
  for (int key = 0; key < 13; ++key) kept += states.take(std::to_string(key))->state != 0 ? 1 : 0;
  EXPECT_EQ(kept, 8);
}

}  // namespace
