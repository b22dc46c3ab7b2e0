// SPDX-License-Identifier: Apache-2.0
// Keys that wait: for a copy that does not come, for a pause, for room, for a session that is lost.
#include "evsrc/runtime/detail/key_ledger.hpp"
#include "evsrc/runtime/redrive.hpp"
#include "post_office.hpp"

namespace {

using namespace post;
using evsrc::errc;
using evsrc::detail::key_standing;

struct keys_that_wait : post_office {
  evsrc::detail::key_ledger ledger{memory, time, random, "billing"};
  evsrc::redriver again{
      memory,
      bus,
      {.consumer = "billing", .entity = "payments", .clock = &time, .random = &random}};

  keys_that_wait() { create_sessions(); }
  key_standing standing() { return ledger.load("ann")->standing(); }
  static evsrc::consumer_options impatient() {
    auto made = in_order();
    made.max_lock_renewal = 2min;
    return made;
  }
  /// Handles the first message so that its key waits in the ledger for four minutes.
  void let_wait(evsrc::consumer& billing, evsrc::message const& first) {
    ask = [is_first = true](auto&) mutable -> evsrc::handling {
      if (std::exchange(is_first, false)) return evsrc::retry_in{4min};
      return evsrc::ack{};
    };
    send(first);
    settle_down(billing);
    EXPECT_EQ(standing(), key_standing::waiting);
  }
};

TEST_F(keys_that_wait, are_redriven_where_the_copy_is_gone) {
  auto billing = make(impatient());
  let_wait(billing, paying("m1", "ann", 100));
  auto const waiting = peek("payments");
  ASSERT_EQ(waiting.size(), 1U);
  auto to = bus.open_sender("payments");
  std::int64_t const number = waiting[0].sequence_number;
  ASSERT_TRUE((*to)->cancel_scheduled(std::span{&number, 1}));
  EXPECT_EQ(again.redrive("ann").error().code, errc::unavailable) << "it is not due";
  time.advance(4min);
  settle_down(billing);
  EXPECT_EQ(standing(), key_standing::waiting);
  ASSERT_TRUE(again.redrive("ann"));
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(standing(), key_standing::open);
}

TEST_F(keys_that_wait, have_copies_that_do_not_expire) {
  auto mortal = paying("m1", "ann", 100);
  mortal.time_to_live = 1min;
  auto billing = make(impatient());
  let_wait(billing, mortal);
  time.advance(6min);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(standing(), key_standing::open);
}

TEST_F(keys_that_wait, count_the_attempts_of_held_messages_and_pause_between_them) {
  auto options = in_order();
  options.retry = {
      .immediate = 0, .delayed = 2, .first_delay = 10s, .growth_percent = 200, .jitter_percent = 0};
  auto billing = make(options);
  std::string poison = "m1";
  std::vector<std::uint32_t> attempts;
  ask = [&](auto& context) -> evsrc::result<evsrc::handling> {
    if (context.origin_id() == poison) return evsrc::invalid("cents", "poison");
    if (context.origin_id() != "m2") return evsrc::ack{};
    attempts.push_back(context.attempt());
    return evsrc::fail(errc::unavailable, "away");
  };
  pay("m1", "ann", 1);
  pay("m2", "ann", 1);
  settle_down(billing);
  poison.clear();
  ASSERT_TRUE(again.redrive("ann"));
  settle_down(billing);
  EXPECT_EQ(attempts, std::vector<std::uint32_t>{1});
  time.advance(10s);
  settle_down(billing);
  EXPECT_EQ(attempts, (std::vector<std::uint32_t>{1, 2}));
  time.advance(20s);
  settle_down(billing);
  EXPECT_EQ(attempts, (std::vector<std::uint32_t>{1, 2, 3}));
  EXPECT_EQ(dead_reason(), "AttemptsExhausted");
}

TEST_F(keys_that_wait, go_on_at_their_bound_after_a_redrive) {
  auto options = in_order();
  options.max_held_per_key = 2;
  auto billing = make(options);
  bool is_broken = true;
  ask = [&](auto&) -> evsrc::result<evsrc::handling> {
    if (is_broken) return evsrc::invalid("cents", "poison");
    return evsrc::ack{};
  };
  for (int one = 1; one <= 4; ++one) pay("m" + std::to_string(one), "ann", 1);
  evsrc::result<std::size_t> last{0};
  for (int polls = 0; polls < 5 && last; ++polls) last = billing.poll();
  ASSERT_FALSE(last);
  is_broken = false;
  handled.clear();
  ASSERT_TRUE(again.redrive("ann"));
  billing.resume();
  settle_down(billing);
  EXPECT_EQ(handled, (std::vector<std::string>{"m1", "m2", "m3", "m4"}));
  EXPECT_EQ(balance("ann"), 4);
  EXPECT_EQ(left(), 0U);
  EXPECT_EQ(standing(), key_standing::open);
}

}  // namespace
