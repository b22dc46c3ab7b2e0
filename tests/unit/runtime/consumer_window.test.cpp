// SPDX-License-Identifier: Apache-2.0
// Repeats one second inside and one second outside the inbox window, of messages that were done,
// dead-lettered and redriven (G19).
#include "evsrc/runtime/redrive.hpp"
#include "post_office.hpp"

namespace {

using namespace post;
using evsrc::errc;
using texts = std::vector<std::string>;

/// With and without order per key.
struct inbox_window : post_office, testing::WithParamInterface<bool> {
  std::chrono::milliseconds window{};
  evsrc::timestamp const began = time.now();
  std::optional<evsrc::consumer> billing{};
  bool is_broken = false;

  inbox_window() {
    evsrc::queue_options with;
    with.default_time_to_live = 24h;
    with.requires_session = GetParam();
    create_queue(with);
    ask = [this](auto&) -> evsrc::result<evsrc::handling> {
      if (is_broken) return evsrc::invalid("cents", "no");
      return evsrc::ack{};
    };
    make_consumer(GetParam() ? in_order() : plain());
  }
  void make_consumer(evsrc::consumer_options options) {
    options.relay_outage = 0ms;
    options.retry.immediate = 0;
    options.clock = &time;
    options.random = &random;
    billing.emplace(store, bus, way, options);
    EXPECT_TRUE(billing->poll());
    window = billing->explain().inbox_window;
    ASSERT_LT(window, 48h);
  }
  void settle() { settle_down(*billing); }
  /// Entries that have ended are removed by then.
  void wait_until(std::chrono::milliseconds after_the_first) {
    time.advance(began + after_the_first - time.now());
    settle();
  }
  /// As a relay does that was away: the message once more, as it was.
  void repeat(evsrc::message what) {
    set_property(what.properties, "evsrc-first-enqueued", began);
    send(what);
    settle();
  }
  void repeat(std::string const& id = "m1") { repeat(paying(id, "ann", 100)); }
  evsrc::message redriven_copy() {
    EXPECT_EQ(redrive().redriven, 1U);
    auto const waiting = peek("payments");
    EXPECT_EQ(waiting.size(), 1U);
    return waiting.at(0).message;
  }
  evsrc::redrive_report redrive(bool is_forced = false) {
    evsrc::redriver again{memory,
                          bus,
                          {.consumer = "billing",
                           .entity = "payments",
                           .inbox_window = window,
                           .is_forced = is_forced,
                           .clock = &time,
                           .random = &random}};
    return again.redrive_dead_letters().value();
  }
  texts reasons() {
    texts all;
    for (std::size_t at = 0; at < dead().size(); ++at) all.push_back(dead_reason(at));
    return all;
  }
};
INSTANTIATE_TEST_SUITE_P(keys, inbox_window, testing::Bool(), [](auto const& of) {
  return std::string(of.param ? "in_order" : "in_any_order");
});

TEST_P(inbox_window, absorbs_what_was_done_inside_and_sets_it_aside_outside) {
  pay("m1", "ann", 100);
  settle();
  wait_until(window - 1s);
  repeat();
  EXPECT_EQ(billing->explain().counts.duplicates, 1U);
  EXPECT_EQ(reasons(), texts{});
  wait_until(window + 1s);
  EXPECT_FALSE(*memory.find_once("consumer:billing", "m1#0")) << "the entry is gone";
  repeat();
  EXPECT_EQ(reasons(), texts{"DedupWindowPassed"});
  EXPECT_EQ(balance("ann"), 100);
}

TEST_P(inbox_window, ends_with_the_entry_and_not_after_it) {
  pay("m1", "ann", 100);
  settle();
  wait_until(window);
  repeat();
  EXPECT_EQ(reasons(), texts{"DedupWindowPassed"});
  EXPECT_EQ(balance("ann"), 100);
}

/// Recorded after the other one was sent: the entry outlives the window of that.
TEST_P(inbox_window, sets_another_message_under_a_known_id_aside_by_its_id) {
  if (GetParam()) GTEST_SKIP() << "a key's messages come in sessions";
  pay("m1", "ann", 100);
  time.advance(10s);
  settle();
  auto other = paying("m1", "ann", 7);
  set_property(other.properties, "evsrc-first-enqueued", began);
  time.advance(began + window + 1s - time.now());
  send(other);
  auto by_hand = bus.open_receiver("payments");
  auto const held = (*by_hand)->receive({1, 0ms});
  ASSERT_EQ(held->size(), 1U);
  ASSERT_TRUE((*by_hand)->settle((*held)[0].settle(evsrc::disposition::abandon)));
  settle();
  EXPECT_EQ(reasons(), texts{"MessageIdReused"});
}

/// A key's held messages are in no inbox: the key remembers them.
TEST_P(inbox_window, ends_no_held_message_when_it_comes_again) {
  if (!GetParam()) GTEST_SKIP() << "without keys nothing is held";
  is_broken = true;
  pay("m1", "ann", 1);
  settle();
  is_broken = false;
  pay("m2", "ann", 100);
  settle();
  wait_until(window + 1s);
  repeat("m2");
  EXPECT_EQ(reasons(), texts{"HandlerFailed"});
  EXPECT_EQ(redrive(true).redriven, 1U);
  settle();
  EXPECT_EQ(balance("ann"), 101);
}

TEST_P(inbox_window, lets_only_force_bring_back_what_came_behind_it) {
  pay("m1", "ann", 100);
  settle();
  wait_until(window + 1s);
  repeat();
  EXPECT_EQ(redrive().refused, 1U);
  evsrc::redriver keys{memory, bus, {.consumer = "billing", .entity = "payments", .clock = &time}};
  if (GetParam()) {
    EXPECT_EQ(keys.redrive("ann").error().code, errc::condition_failed);
  }
  settle();
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(redrive(true).redriven, 1U);
  settle();
  EXPECT_EQ(balance("ann"), 200) << "as the operator wanted it";
  EXPECT_EQ(reasons(), texts{});
}

TEST_P(inbox_window, ends_repeats_of_dead_letters_as_those_inside_and_by_itself_outside) {
  is_broken = true;
  pay("m1", "ann", 100);
  settle();
  is_broken = false;
  wait_until(window - 1s);
  repeat();
  EXPECT_EQ(reasons(), (texts{"HandlerFailed", "HandlerFailed"}));
  wait_until(window + 1s);
  repeat();
  // A key remembers for ever what it waits for.
  EXPECT_EQ(reasons().back(), GetParam() ? "HandlerFailed" : "DedupWindowPassed");
  EXPECT_EQ(reasons().size(), 3U);
  EXPECT_EQ(balance("ann"), 0);
  auto const report = redrive();
  settle();
  EXPECT_EQ(report.redriven, GetParam() ? 3U : 0U);
  EXPECT_EQ(balance("ann"), GetParam() ? 100 : 0);
}

TEST_P(inbox_window, absorbs_repeats_of_what_was_redriven_inside_and_sets_them_aside_outside) {
  is_broken = true;
  pay("m1", "ann", 100);
  settle();
  is_broken = false;
  auto const copy = redriven_copy();
  settle();
  wait_until(window - 1s);
  repeat();
  repeat(copy);
  EXPECT_EQ(reasons(), texts{});
  wait_until(window + 1s);
  repeat();
  repeat(copy);
  EXPECT_EQ(reasons(), (texts{"DedupWindowPassed", "DedupWindowPassed"}));
  EXPECT_EQ(balance("ann"), 100);
}

TEST_P(inbox_window, absorbs_repeats_as_long_as_a_later_round_is_known) {
  is_broken = true;
  pay("m1", "ann", 100);
  settle();
  is_broken = false;
  wait_until(1h);
  auto const copy = redriven_copy();
  settle();
  wait_until(window + 1s);
  repeat();
  repeat(copy);
  pay("m2", "ann", 1);
  settle();
  EXPECT_EQ(reasons(), texts{}) << "the end of the copy is still known, and blocks no key";
  wait_until(window + 1h + 1s);
  repeat();
  repeat(copy);
  EXPECT_EQ(reasons(), (texts{"DedupWindowPassed", "DedupWindowPassed"}));
  EXPECT_EQ(balance("ann"), 101);
}

TEST_P(inbox_window, is_looked_at_again_when_the_handler_took_long) {
  pay("m1", "ann", 100);
  settle();
  wait_until(window - 1s);
  ask = [this](auto&) -> evsrc::handling {
    time.advance(2s);
    return evsrc::ack{};
  };
  repeat();
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(reasons(), texts{"DedupWindowPassed"});
}

TEST_P(inbox_window, is_looked_at_again_before_a_commit_of_several) {
  auto options = GetParam() ? in_order() : plain();
  options.messages_per_commit = 3;
  make_consumer(options);
  pay("m1", "ann", 100);
  settle();
  wait_until(window - 1s);
  ask = [this](auto& context) -> evsrc::handling {
    if (context.origin_id() == "m2") time.advance(2s);
    return evsrc::ack{};
  };
  auto late = paying("m1", "ann", 100);
  set_property(late.properties, "evsrc-first-enqueued", began);
  send(late);
  pay("m2", "ann", 1);
  settle();
  EXPECT_EQ(reasons(), texts{"DedupWindowPassed"});
  // In order the key waits for what was set aside.
  EXPECT_EQ(balance("ann"), GetParam() ? 100 : 101);
}

TEST_P(inbox_window, is_looked_at_before_a_blocked_key_holds_a_repeat) {
  if (!GetParam()) return;  // nothing is held
  pay("m1", "ann", 100);
  settle();
  is_broken = true;
  wait_until(window - 1s);
  pay("m2", "ann", 1);
  settle();
  is_broken = false;
  wait_until(window + 1s);
  repeat();
  EXPECT_EQ(reasons(), (texts{"HandlerFailed", "DedupWindowPassed"}));
  EXPECT_EQ(redrive().redriven, 1U);
  settle();
  EXPECT_EQ(balance("ann"), 101);
}

}  // namespace
