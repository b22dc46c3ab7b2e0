// SPDX-License-Identifier: Apache-2.0
// Dead letters brought back, each into its next round.
#include "evsrc/runtime/redrive.hpp"

#include "post_office.hpp"

namespace {

using namespace post;
using evsrc::errc;

struct redrives : post_office {
  bool is_broken = true;
  evsrc::redrive_options options{
      .consumer = "billing", .entity = "payments", .clock = &time, .random = &random};
  redrives() {
    evsrc::queue_options with;
    with.requires_duplicate_detection = true;
    with.dead_letter_on_expiration = true;
    create_queue(with);
    ask = [this](auto&) -> evsrc::result<evsrc::handling> {
      if (is_broken) return evsrc::invalid("cents", "no");
      return evsrc::ack{};
    };
  }
  evsrc::redrive_report all() {
    evsrc::redriver again{memory, bus, options};
    return again.redrive_dead_letters().value();
  }
};

TEST_F(redrives, bring_messages_back_and_each_takes_effect_once) {
  auto billing = make(plain());
  pay("m1", "ann", 100);
  pay("m2", "ann", 1);
  settle_down(billing);
  EXPECT_EQ(dead().size(), 2U);
  for (int round = 1; round <= 3; ++round) {
    EXPECT_EQ(all().redriven, 2U) << "duplicate detection lets the next round through";
    settle_down(billing);
    EXPECT_EQ(dead().size(), 2U);
  }
  is_broken = false;
  EXPECT_EQ(all().redriven, 2U);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 101);
  EXPECT_EQ(dead().size(), 0U);
  EXPECT_EQ(left(), 0U);
}

TEST_F(redrives, pick_some_and_give_the_others_back) {
  auto billing = make(plain());
  pay("m1", "ann", 100);
  pay("m2", "ann", 1);
  settle_down(billing);
  is_broken = false;
  evsrc::redriver again{memory, bus, options};
  auto const done = again.redrive_dead_letters({.which = {.id = "m2"}});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->redriven, 1U);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 1);
  ASSERT_EQ(dead().size(), 1U);
  EXPECT_EQ(dead()[0].lock, evsrc::lock_token{});
}

TEST_F(redrives, remove_dead_letters_of_what_took_effect_meanwhile) {
  auto billing = make(plain());
  auto doomed = paying("m1", "ann", 100);
  doomed.time_to_live = 1s;
  send(doomed);
  time.advance(2s);
  settle_down(billing);
  EXPECT_EQ(dead_reason(), "TTLExpiredException") << "the broker gave it up";
  is_broken = false;
  time.advance(11min);  // beyond duplicate detection
  pay("m1", "ann", 100);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100);
  auto const report = all();
  EXPECT_EQ(report.ended_before, 1U);
  EXPECT_EQ(report.redriven, 0U);
  EXPECT_EQ(dead().size(), 0U);
}

TEST_F(redrives, keep_the_original_out_once_a_dead_letter_is_redriven) {
  auto billing = make(plain());
  pay("m1", "ann", 100);
  settle_down(billing);
  is_broken = false;
  time.advance(11min);
  pay("m1", "ann", 100);  // a repeat by the relay: this round has ended
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 0);
  EXPECT_EQ(all().redriven, 2U) << "it ended as the first one, and comes back with it";
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(dead().size(), 0U);
}

TEST_F(redrives, refuse_what_is_older_than_the_inbox_window_unless_forced) {
  auto billing = make(plain());
  auto doomed = paying("m1", "ann", 100);
  doomed.time_to_live = 1s;
  send(doomed);
  time.advance(2s);
  settle_down(billing);
  options.inbox_window = 1h;
  time.advance(2h);
  EXPECT_EQ(all().refused, 1U);
  EXPECT_EQ(dead().size(), 1U);
  options.is_forced = true;
  is_broken = false;
  EXPECT_EQ(all().redriven, 1U);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100);
}

TEST_F(redrives, let_delayed_attempts_of_a_new_round_through_duplicate_detection) {
  auto policy = plain();
  policy.retry = {.immediate = 0, .delayed = 1, .first_delay = 1s, .jitter_percent = 0};
  auto billing = make(policy);
  ask = [this](auto&) -> evsrc::result<evsrc::handling> {
    if (is_broken) return evsrc::fail(errc::unavailable, "away");
    return evsrc::ack{};
  };
  pay("m1", "ann", 100);
  for (int round = 0; round < 2; ++round) {
    settle_down(billing);
    time.advance(1s);
    settle_down(billing);
    ASSERT_EQ(dead().size(), 1U) << round;
    EXPECT_EQ(handled.size(), 2U * static_cast<std::size_t>(round + 1));
    EXPECT_EQ(all().redriven, 1U);
  }
  settle_down(billing);
  is_broken = false;
  time.advance(1s);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100) << "the second attempt of the third round";
}

}  // namespace
