// SPDX-License-Identifier: Apache-2.0
// Locks on dead letters that are only in the way.
#include "evsrc/runtime/detail/dead_letter_locks.hpp"

#include <gtest/gtest.h>

#include "evsrc/memory/message_bus.hpp"
#include "evsrc/testing/manual_clock.hpp"

namespace {

using namespace std::chrono_literals;

struct dead_letter_locks : testing::Test {
  evsrc::testing::manual_clock time{};
  evsrc::memory::message_bus bus{{.clock = &time}};

  dead_letter_locks() {
    EXPECT_TRUE(bus.topology().create_queue("orders", {.lock_duration = 10s}));
    auto to = bus.open_sender("orders");
    auto from = bus.open_receiver("orders");
    for (int one = 0; one < 9; ++one) {
      EXPECT_TRUE((*to)->send(evsrc::message{.body = "x"}));
      EXPECT_TRUE((*from)->settle((*from)->receive({})->front().dead_letter("Poison")));
    }
  }
};

TEST_F(dead_letter_locks, last_as_long_as_it_takes_to_reach_the_last_one) {
  evsrc::detail::dead_letter_locks locks(bus, "orders", time);
  std::vector<std::int64_t> taken;
  for (int turn = 0; turn < 20; ++turn) {
    auto const some = locks.take(1);
    ASSERT_TRUE(some);
    for (auto const& one : *some) {
      taken.push_back(one.sequence_number);
      locks.put_aside(one);
    }
    time.advance(4s);
  }
  EXPECT_EQ(taken, (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
  locks.give_back();
  EXPECT_EQ(locks.take(100)->size(), 9U) << "given back, and again in order";
}

}  // namespace
