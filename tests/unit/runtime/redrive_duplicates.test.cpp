// SPDX-License-Identifier: Apache-2.0
// Copies and broker duplicate detection: the next round and the next attempt pass, repeats of one
// copy take effect once, inside the broker's window and behind it (G18).
#include <map>

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
  for (auto const pause : {std::chrono::milliseconds(0), window - 1s, window + 1s}) {
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
      time.advance(is_inside ? window - 1s : window + 1s);
      EXPECT_TRUE(redriver().redrive_dead_letters());
      settle_down(billing);
      EXPECT_EQ(balance() - before, 1);
      EXPECT_EQ(dead(), ids{});
      EXPECT_EQ(left(), 0U);
    }
  }
}

TEST_P(duplicate_detection, lets_delayed_attempts_through_and_keeps_the_original_out) {
  for (auto const pause : {std::chrono::milliseconds(1min), window - 1s, window + 1s}) {
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

/// Copies of keyed messages have ids of their own kinds: `/n.redriven`, `/n.next.v`, `/n.a`,
/// `/n.a.dead`. Each is repeated a second before the broker forgets it, and a second behind.
struct duplicate_detection_of_keys : graveyard {
  std::chrono::milliseconds const window = 10min;
  duplicate_detection_of_keys() {
    auto with = with_sessions();
    with.requires_duplicate_detection = true;
    with.duplicate_detection_window = window;
    create("payments", with);
  }
  template <class Judge>
  void at_both_sides(Judge judge) {
    for (bool const is_inside : {true, false}) {
      SCOPED_TRACE(is_inside ? "inside" : "outside");
      is_broken = true;
      handled.clear();
      judge(is_inside ? std::string("i") : "o", is_inside);
    }
  }
  void pass_window(bool is_inside) { time.advance(is_inside ? window - 1s : window + 1s); }
  void settle_keys() {
    auto billing = make(true);
    settle_down(billing);
  }
  evsrc::consumer patient() {
    return {store,
            bus,
            way,
            {.name = "billing",
             .entity = "payments",
             .sessions = 4,
             .keep_order = true,
             .retry = {.delayed = 5, .max_delay = 1h},
             .max_lock_renewal = 2min,
             .clock = &time,
             .random = &random}};
  }
  std::uint64_t scheduled() { return bus.topology().counts("payments")->scheduled; }
  bool is_idle() { return left() == 0 && scheduled() == 0 && dead().empty(); }
};
INSTANTIATE_TEST_SUITE_P(places, duplicate_detection_of_keys,
                         testing::Values(places::apart, places::without_transactions,
                                         places::one_file),
                         name_of);

TEST_P(duplicate_detection_of_keys, lets_each_round_through) {
  for (auto const pause : {std::chrono::milliseconds(0), window - 1s, window + 1s}) {
    auto const id = std::to_string(pause.count());
    is_broken = true;
    bury({id, id + "-held"}, true);
    handled.clear();
    for (int round = 0; round < 6; ++round) {
      is_broken = round < 5;
      time.advance(pause);
      if (round % 2 == 0)
        EXPECT_TRUE(redriver().redrive("ann"));
      else
        EXPECT_EQ(redriver().redrive_dead_letters()->redriven, 1U);
      settle_keys();
      EXPECT_EQ(dead(), is_broken ? ids{id} : ids{});
    }
    EXPECT_EQ(handled, (ids{id, id, id, id, id, id, id + "-held"}));
    EXPECT_TRUE(is_idle());
  }
  EXPECT_EQ(balance(), 33);
}

TEST_P(duplicate_detection_of_keys, absorbs_the_repeat_of_a_redriven_front) {
  at_both_sides([&](std::string const& id, bool is_inside) {
    auto const before = balance();
    bury({id + "1", id + "2"}, true);
    handled.clear();
    ASSERT_TRUE(redriver().redrive("ann"));  // its dead letter names the copy
    ASSERT_TRUE(redriver().redrive("ann"));  // none is left: the round names it
    EXPECT_EQ(left(), 2U);
    pass_window(is_inside);
    ASSERT_TRUE(redriver().redrive("ann"));
    EXPECT_EQ(left(), is_inside ? 2U : 3U);
    settle_keys();
    EXPECT_EQ(handled, (ids{id + "1", id + "2"}));
    EXPECT_EQ(balance() - before, 11);
    EXPECT_TRUE(is_idle());
  });
}

TEST_P(duplicate_detection_of_keys, absorbs_the_copy_of_a_redrive_that_was_cut_off) {
  for (bool const is_handled_between : {true, false}) {
    at_both_sides([&](std::string id, bool is_inside) {
      id += is_handled_between ? "-between-" : "-behind-";
      auto const before = balance();
      bury({id + "1", id + "2"}, true);
      handled.clear();
      // With transactions the dead letter is gone, else it stays beside its copy.
      if (is_file)
        store.fail_commits({.failure = {errc::io_failed, "crash", "", 0, evsrc::effect::unknown},
                            .is_carried_out = true});
      else
        bus.fail_call(GetParam() == places::apart ? 0 : 1, GetParam() == places::apart);
      EXPECT_FALSE(redriver().redrive("ann"));
      EXPECT_EQ(left(), 1U);
      EXPECT_EQ(dead().size(), GetParam() == places::without_transactions ? 1U : 0U);
      if (is_handled_between) settle_keys();
      pass_window(is_inside);
      auto const again = redriver().redrive("ann");
      EXPECT_EQ(again.has_value(), !is_handled_between);
      EXPECT_TRUE(redriver().redrive_dead_letters()) << "what is left of the round before";
      settle_keys();
      EXPECT_EQ(handled, (ids{id + "1", id + "2"}));
      EXPECT_EQ(balance() - before, 11);
      EXPECT_TRUE(is_idle());
    });
  }
}

TEST_P(duplicate_detection_of_keys, absorbs_the_repeat_of_a_wake_and_lets_the_next_one_through) {
  at_both_sides([&](std::string const& id, bool is_inside) {
    auto const before = balance();
    bury({id + "1", id + "2", id + "3"}, true);
    handled.clear();
    ASSERT_TRUE(redriver().skip("ann"));
    EXPECT_EQ(left(), 1U);
    pass_window(is_inside);
    ASSERT_TRUE(redriver().skip("ann")) << "the key was let go, and is waked once more";
    EXPECT_EQ(left(), is_inside ? 1U : 2U);
    is_broken = true;
    settle_keys();
    // Its own copy, and the wakes: all are of the round that failed.
    EXPECT_EQ(dead(), ids(is_inside ? 2U : 3U, id + "2"));
    is_broken = false;
    ASSERT_TRUE(redriver().skip("ann"));
    EXPECT_EQ(left(), 1U) << "another wake";
    settle_keys();
    EXPECT_EQ(redriver().redrive_dead_letters()->ended_before, is_inside ? 1U : 2U);
    EXPECT_EQ(handled, (ids{id + "2", id + "3"}));
    EXPECT_EQ(balance() - before, 100);
    EXPECT_TRUE(is_idle());
  });
}

TEST_P(duplicate_detection_of_keys, absorbs_the_repeat_of_a_copy_that_a_key_waits_for) {
  at_both_sides([&](std::string const& id, bool is_inside) {
    auto const before = balance();
    std::map<std::string, int> pauses{{id + "1", 2}, {id + "2", 1}};
    is_broken = false;
    ask = [&](evsrc::message_context& context) -> evsrc::handling {
      if (pauses[context.origin_id()]-- > 0) return evsrc::retry_in{30min};
      return evsrc::ack{};
    };
    pay(id + "1", "ann", 1);
    pay(id + "2", "ann", 10);
    time.advance(2s);  // the original is forgotten before its copy
    auto billing = patient();
    settle_down(billing);
    EXPECT_EQ(scheduled(), 1U);
    time.advance(is_inside ? window - 1s : window + 1s);
    pay(id + "1", "ann", 1);  // a repeat by a relay: the key's copy is sent once more
    settle_down(billing);
    EXPECT_EQ(scheduled(), is_inside ? 1U : 2U);
    for (int attempt = 0; attempt < 3; ++attempt) {
      time.advance(30min);
      settle_down(billing);
    }
    EXPECT_EQ(handled, (ids{id + "1", id + "1", id + "1", id + "2", id + "2"}));
    EXPECT_EQ(balance() - before, 11);
    EXPECT_TRUE(is_idle());
    ask = nullptr;
  });
}

TEST_P(duplicate_detection_of_keys, absorbs_the_repeat_of_a_held_message_that_failed) {
  at_both_sides([&](std::string const& id, bool is_inside) {
    auto const before = balance();
    bury({id + "1", id + "2", id + "3"}, true);
    handled.clear();
    ASSERT_TRUE(redriver().redrive("ann"));
    ask = [&](evsrc::message_context& context) -> evsrc::handling {
      if (context.origin_id() == id + "2") return evsrc::dead_letter{"Poison", "held, too"};
      return evsrc::ack{};
    };
    // Its copy is sent for the dead letters; neither it nor the copy that it is followed by is
    // noted.
    store.fail_commits(
        {.failure = {errc::io_failed, "crash", "", 0, evsrc::effect::none}, .skip = 2, .times = 2});
    settle_keys();
    EXPECT_EQ(store.pending_faults(), 0U);
    EXPECT_EQ(dead(), ids{id + "2"});
    pass_window(is_inside);
    pay(id + "4", "ann", 1'000);  // whoever comes next sends it again
    settle_keys();
    EXPECT_EQ(dead(), ids(is_inside ? 1U : 2U, id + "2"));
    for (int round = 0; round < 2; ++round) {
      EXPECT_TRUE(redriver().redrive_dead_letters());
      if (round == 1) ask = nullptr;
      settle_keys();
    }
    EXPECT_TRUE(redriver().redrive_dead_letters()) << "what is left of the rounds before";
    settle_keys();
    EXPECT_EQ(handled, (ids{id + "1", id + "2", id + "2", id + "2", id + "3", id + "4"}));
    EXPECT_EQ(balance() - before, 1'111);
    EXPECT_TRUE(is_idle());
  });
}

}  // namespace
