// SPDX-License-Identifier: Apache-2.0
// Copies and broker duplicate detection: the next round and the next attempt pass, repeats of one
// copy take effect once, inside the broker's window and behind it (G18).
#include "graveyard.hpp"

namespace {

using namespace post;
using evsrc::errc;
using ids = std::vector<std::string>;

struct duplicate_detection : graveyard {
  std::chrono::milliseconds const window = 10min;
  duplicate_detection() {
    evsrc::queue_options with;
    with.requires_duplicate_detection = true;
    with.duplicate_detection_window = window;
    create("payments", with);
  }
  /// The copy is sent, the caller does not know: without transactions the dead letter stays.
  void cut_off_after_the_copy() {
    if (is_file)
      store.fail_commits({.failure = {errc::io_failed, "crash", "", 0, evsrc::effect::unknown},
                          .is_carried_out = true,
                          .skip = 1});
    else if (GetParam() == places::apart)
      bus.fail_call(0, true);
    else
      bus.fail_call(1, false);
  }
};
INSTANTIATE_TEST_SUITE_P(places, duplicate_detection,
                         testing::Values(places::apart, places::without_transactions,
                                         places::one_file),
                         name_of);

TEST_P(duplicate_detection, lets_each_round_through) {
  bury({"m1"});
  for (auto const pause : {std::chrono::milliseconds(0), window * 2}) {
    is_broken = true;
    for (int round = 0; round < 3; ++round) {
      time.advance(pause);
      EXPECT_EQ(redriver().redrive_dead_letters()->redriven, 1U);
      auto billing = make();
      settle_down(billing);
      EXPECT_EQ(dead(), ids{"m1"});
    }
  }
  is_broken = false;
  EXPECT_EQ(redriver().redrive_dead_letters()->redriven, 1U);
  auto billing = make();
  settle_down(billing);
  EXPECT_EQ(balance(), 1);
  EXPECT_EQ(dead(), ids{});
}

TEST_P(duplicate_detection, absorbs_the_repeat_of_a_redriven_copy_and_so_does_the_inbox) {
  for (bool const is_inside : {true, false}) {
    for (bool const is_handled_between : {true, false}) {
      is_broken = true;
      auto const before = balance();
      bury({std::string(is_inside ? "i" : "o") + (is_handled_between ? "1" : "2")});
      cut_off_after_the_copy();
      EXPECT_FALSE(redriver().redrive_dead_letters());
      auto billing = make();
      if (is_handled_between) settle_down(billing);
      time.advance(is_inside ? window / 2 : window * 2);
      EXPECT_TRUE(redriver().redrive_dead_letters());
      settle_down(billing);
      EXPECT_EQ(balance() - before, 1);
      EXPECT_EQ(dead(), ids{});
      EXPECT_EQ(left(), 0U);
    }
  }
}

TEST_P(duplicate_detection, lets_delayed_attempts_through_and_keeps_the_original_out) {
  for (auto const pause : {std::chrono::milliseconds(1min), window * 2}) {
    auto const before = balance();
    int calls = 0;
    evsrc::router patient;
    patient.on<transfer>([&](transfer const& event,
                             evsrc::message_context& context) -> evsrc::result<evsrc::handling> {
      if (++calls <= 3) return evsrc::retry_in{pause};
      auto const done = context.handle(accounts, event.account, bank::deposit{event.cents});
      if (!done) return evsrc::fail(done.error());
      return evsrc::ack{};
    });
    evsrc::consumer billing{store,
                            bus,
                            patient,
                            {.name = "billing",
                             .entity = "payments",
                             .retry = {.delayed = 5, .max_delay = 1h},
                             .clock = &time,
                             .random = &random}};
    auto const id = "m" + std::to_string(pause.count());
    pay(id, "ann", 1);
    for (int attempt = 1; attempt <= 6; ++attempt) {
      settle_down(billing);
      EXPECT_GE(calls, std::min(attempt, 4));
      pay(id, "ann", 1);  // a repeat by a relay: dropped, or behind the window one more delivery
      time.advance(pause);
    }
    settle_down(billing);
    time.advance(window * 2);
    pay(id, "ann", 1);
    settle_down(billing);
    EXPECT_EQ(balance() - before, 1);
    EXPECT_EQ(dead(), ids{});
  }
}

}  // namespace
