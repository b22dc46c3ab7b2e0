// SPDX-License-Identifier: Apache-2.0
// Keys in order: poison blocks its followers, which are held until a person decides.
#include "evsrc/bus/message_limits.hpp"
#include "evsrc/runtime/detail/key_ledger.hpp"
#include "evsrc/runtime/redrive.hpp"
#include "post_office.hpp"

namespace {

using namespace post;
using evsrc::errc;
using evsrc::detail::key_standing;

struct keys_in_order : post_office {
  std::string poison = "m1";  ///< the handler fails for this message
  evsrc::detail::key_ledger ledger{memory, time, random, "billing"};
  evsrc::redriver again{
      memory,
      bus,
      {.consumer = "billing", .entity = "payments", .clock = &time, .random = &random}};
  std::vector<std::string> effective;  ///< origin ids in the order of their effects

  keys_in_order() {
    create_sessions();
    ask = [this](evsrc::message_context& context) -> evsrc::result<evsrc::handling> {
      if (context.origin_id() == poison) return evsrc::invalid("cents", "poison");
      return context
          .emit({"log", context.message().session_id},
                bank::money_deposited{std::stoll(context.origin_id().substr(1))})
          .map([] { return evsrc::handling{evsrc::ack{}}; });
    };
  }
  key_standing standing(std::string const& key) { return ledger.load(key)->standing(); }
  /// Numbers of the messages of a key in the order of their effects.
  std::vector<std::int64_t> order(std::string const& key) {
    std::vector<std::int64_t> found;
    auto const page = memory.read({.stream = {"log", key}});
    for (auto const& one : *page) {
      auto const read = evsrc::decode_json<bank::money_deposited>(one.payload);
      found.push_back(read->cents);
    }
    return found;
  }
};
using order = std::vector<std::int64_t>;

TEST_F(keys_in_order, go_on_without_records_where_nothing_fails) {
  poison.clear();
  auto billing = make(in_order());
  for (int one = 1; one <= 6; ++one)
    pay("m" + std::to_string(one), one % 2 == 0 ? "even" : "odd", 1);
  EXPECT_EQ(settle_down(billing), 6U);
  EXPECT_EQ(order("odd"), (::order{1, 3, 5}));
  EXPECT_EQ(memory.streams({.category = "evsrc.keys.billing"})->size(), 0U);
}

TEST_F(keys_in_order, hold_the_followers_of_a_poisoned_message) {
  auto billing = make(in_order());
  pay("m1", "ann", 1);
  pay("m2", "ann", 1);
  pay("m3", "bob", 1);
  pay("m4", "ann", 1);
  settle_down(billing);
  EXPECT_EQ(standing("ann"), key_standing::blocked);
  EXPECT_EQ(order("ann"), ::order{});
  EXPECT_EQ(order("bob"), ::order{3}) << "other keys go on";
  EXPECT_EQ(left(), 0U);
  ASSERT_EQ(dead().size(), 1U);
  EXPECT_EQ(dead_reason(), "HandlerFailed");
  auto const told = billing.explain();
  ASSERT_EQ(told.keys.size(), 1U);
  EXPECT_EQ(told.keys[0].message_id, "m1");
  EXPECT_EQ(told.keys[0].held, 2U);
  EXPECT_NE(to_string(told).find("key ann is blocked by m1 (HandlerFailed: "), std::string::npos);
}

TEST_F(keys_in_order, redrive_the_poisoned_one_then_the_held_ones_then_new_ones) {
  auto billing = make(in_order());
  pay("m1", "ann", 1);
  pay("m2", "ann", 1);
  settle_down(billing);
  pay("m3", "ann", 1);
  settle_down(billing);
  poison.clear();
  pay("m4", "ann", 1);
  ASSERT_TRUE(again.redrive("ann"));
  EXPECT_EQ(dead().size(), 0U);
  pay("m5", "ann", 1);
  settle_down(billing);
  EXPECT_EQ(order("ann"), (::order{1, 2, 3, 4, 5}));
  EXPECT_EQ(standing("ann"), key_standing::open);
  EXPECT_EQ(left(), 0U);
  pay("m6", "ann", 1);
  settle_down(billing);
  EXPECT_EQ(order("ann"), (::order{1, 2, 3, 4, 5, 6}));
}

TEST_F(keys_in_order, block_again_when_the_next_round_fails) {
  auto billing = make(in_order());
  pay("m1", "ann", 1);
  pay("m2", "ann", 1);
  settle_down(billing);
  for (int round = 1; round <= 3; ++round) {
    ASSERT_TRUE(again.redrive("ann"));
    settle_down(billing);
    EXPECT_EQ(standing("ann"), key_standing::blocked);
    ASSERT_EQ(dead().size(), 1U);
    EXPECT_EQ(evsrc::detail::identify(dead()[0].message, {}).round,
              static_cast<std::uint32_t>(round));
  }
  poison.clear();
  ASSERT_TRUE(again.redrive("ann"));
  settle_down(billing);
  EXPECT_EQ(order("ann"), (::order{1, 2}));
}

TEST_F(keys_in_order, bring_a_held_message_that_fails_into_the_dead_letters) {
  auto billing = make(in_order());
  pay("m1", "ann", 1);
  pay("m2", "ann", 1);
  pay("m3", "ann", 1);
  settle_down(billing);
  poison = "m2";
  ASSERT_TRUE(again.redrive("ann"));
  settle_down(billing);
  EXPECT_EQ(order("ann"), ::order{1});
  EXPECT_EQ(standing("ann"), key_standing::blocked);
  ASSERT_EQ(dead().size(), 1U) << "a copy carried it there";
  EXPECT_EQ(find_text(dead()[0].message.properties, "evsrc-origin-id"), "m2");
  EXPECT_EQ(left(), 0U);
  poison.clear();
  ASSERT_TRUE(again.redrive("ann"));
  settle_down(billing);
  EXPECT_EQ(order("ann"), (::order{1, 2, 3}));
  EXPECT_EQ(dead().size(), 0U);
  EXPECT_EQ(left(), 0U);
}

TEST_F(keys_in_order, skip_the_poisoned_one_or_a_held_one) {
  auto billing = make(in_order());
  for (int one = 1; one <= 4; ++one) pay("m" + std::to_string(one), "ann", 1);
  settle_down(billing);
  ASSERT_TRUE(again.skip("ann", "m3"));
  settle_down(billing);
  EXPECT_EQ(standing("ann"), key_standing::blocked);
  ASSERT_TRUE(again.skip("ann"));
  EXPECT_EQ(dead().size(), 0U);
  settle_down(billing);
  EXPECT_EQ(order("ann"), (::order{2, 4}));
  EXPECT_EQ(standing("ann"), key_standing::open);
  EXPECT_EQ(left(), 0U);
  poison.clear();
  pay("m1", "ann", 1);
  pay("m3", "ann", 1);
  settle_down(billing);
  EXPECT_EQ(order("ann"), (::order{2, 4})) << "what was skipped stays skipped";
  auto const nothing = again.skip("ann");
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, errc::not_found);
}

TEST_F(keys_in_order, keep_the_session_for_delayed_attempts) {
  auto billing = make(in_order());
  int failures = 4;
  ask = [&](auto& context) -> evsrc::result<evsrc::handling> {
    if (context.origin_id() == "m1" && failures-- > 0)
      return evsrc::fail(errc::unavailable, "away");
    return evsrc::ack{};
  };
  pay("m1", "ann", 100);
  pay("m2", "ann", 1);
  settle_down(billing);
  EXPECT_EQ(handled.size(), 3U) << "immediate attempts";
  time.advance(1s);
  settle_down(billing);
  EXPECT_EQ(handled, (std::vector<std::string>{"m1", "m1", "m1", "m1", "m1", "m2"}));
  EXPECT_EQ(balance("ann"), 101);
  EXPECT_EQ(dead().size(), 0U);
  EXPECT_EQ(memory.streams({.category = "evsrc.keys.billing"})->size(), 0U);
}

TEST_F(keys_in_order, wait_in_the_ledger_for_pauses_longer_than_a_session_is_held) {
  auto options = in_order();
  options.max_lock_renewal = 2min;
  auto billing = make(options);
  std::vector<std::string> once_later{"m1", "m2"};
  ask = [&](auto& context) -> evsrc::handling {
    if (std::erase(once_later, context.origin_id()) != 0) return evsrc::retry_in{4min};
    return evsrc::ack{};
  };
  pay("m1", "ann", 1);
  pay("m2", "ann", 10);
  pay("m3", "ann", 100);
  settle_down(billing);
  EXPECT_EQ(standing("ann"), key_standing::waiting);
  EXPECT_EQ(ledger.load("ann")->held.size(), 2U);
  EXPECT_EQ(left(), 0U);
  auto const early = again.redrive("ann");
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, errc::unavailable);
  time.advance(4min);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 1) << "then the first held one asks for a pause";
  EXPECT_EQ(standing("ann"), key_standing::waiting);
  time.advance(4min);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 111);
  EXPECT_EQ(standing("ann"), key_standing::open);
  EXPECT_EQ(dead().size(), 0U);
  EXPECT_EQ(left(), 0U);
}

TEST_F(keys_in_order, stop_at_the_bound) {
  auto options = in_order();
  options.max_held_per_key = 2;
  auto billing = make(options);
  for (int one = 1; one <= 4; ++one) pay("m" + std::to_string(one), "ann", 1);
  evsrc::result<std::size_t> last{0};
  for (int polls = 0; polls < 5 && last; ++polls) last = billing.poll();
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, errc::limit_exceeded);
  EXPECT_EQ(billing.explain().standing, evsrc::consumer_standing::stopped);
  EXPECT_EQ(peek("payments").size(), 1U) << "what finds no room stays with the broker";
}

TEST_F(keys_in_order, keep_a_handler_out_that_raced_with_a_block) {
  auto first = make(in_order());
  bool has_raced = false;
  poison.clear();
  ask = [&](auto& context) -> evsrc::handling {
    if (!std::exchange(has_raced, true)) {
      // As another consumer would write it, had this one lost its session.
      auto const state = ledger.load("ann");
      evsrc::commit what;
      what.appends.push_back(*ledger.blocked(
          "ann", *state, {paying("m0", "ann", 1), {.origin = "m0"}}, "Poison", "", false));
      EXPECT_TRUE(memory.commit(what));
    }
    EXPECT_TRUE(context.emit({"log", "ann"}, bank::money_deposited{1}));
    return evsrc::ack{};
  };
  pay("m1", "ann", 100);
  settle_down(first);
  EXPECT_EQ(balance("ann"), 0);
  EXPECT_EQ(ledger.load("ann")->held.size(), 1U);
}

TEST_F(keys_in_order, take_a_message_that_expired_for_poison) {
  poison.clear();
  evsrc::queue_options with;
  with.requires_session = true;
  with.dead_letter_on_expiration = true;
  ASSERT_TRUE(bus.topology().update_queue("payments", with));
  auto doomed = paying("m1", "ann", 1);
  doomed.time_to_live = 1s;
  send(doomed);
  pay("m2", "ann", 1);
  pay("m3", "bob", 1);
  time.advance(2s);
  auto billing = make(in_order());
  settle_down(billing);
  EXPECT_EQ(order("ann"), ::order{});
  EXPECT_EQ(order("bob"), ::order{3});
  EXPECT_EQ(standing("ann"), key_standing::blocked);
  EXPECT_EQ(billing.explain().keys.at(0).reason, "TTLExpiredException");
  ASSERT_TRUE(again.redrive("ann"));
  settle_down(billing);
  EXPECT_EQ(order("ann"), (::order{1, 2}));
  EXPECT_EQ(dead().size(), 0U);
}

TEST_F(keys_in_order, keep_what_expired_behind_poison_in_its_place_when_all_is_redriven) {
  poison.clear();
  evsrc::queue_options with;
  with.requires_session = true;
  with.dead_letter_on_expiration = true;
  ASSERT_TRUE(bus.topology().update_queue("payments", with));
  for (auto const* const id : {"m1", "m2"}) {
    auto doomed = paying(id, "ann", 1);
    doomed.time_to_live = 1s;
    send(doomed);
  }
  pay("m3", "ann", 1);
  time.advance(2s);
  auto billing = make(in_order());
  settle_down(billing);
  EXPECT_EQ(dead().size(), 2U);
  EXPECT_EQ(again.redrive_dead_letters()->redriven, 2U);
  settle_down(billing);
  EXPECT_EQ(order("ann"), (::order{1, 2, 3}));
  EXPECT_EQ(dead().size(), 0U);
}

TEST_F(keys_in_order, refuse_another_message_under_the_id_of_one_that_waits) {
  auto billing = make(in_order());
  pay("m1", "ann", 1);
  pay("m2", "ann", 1);
  settle_down(billing);
  ASSERT_EQ(ledger.load("ann")->held.size(), 1U);
  for (auto const* const id : {"m1", "m2"}) {
    pay(id, "ann", 7);
    settle_down(billing);
    EXPECT_EQ(dead_reason(dead().size() - 1), "MessageIdReused") << id;
  }
  evsrc::dead_letter_filter const reused{.reason = "MessageIdReused"};
  auto const told = again.redrive_dead_letters({.which = reused});
  EXPECT_EQ(told->refused, 1U);
  EXPECT_EQ(told->left, 1U) << "behind the other one of its key";
  EXPECT_EQ(again.purge(reused, 2)->skipped, 2U);
  EXPECT_EQ(dead().size(), 1U) << "that of the first m1";
  poison.clear();
  ASSERT_TRUE(again.redrive("ann"));
  settle_down(billing);
  EXPECT_EQ(order("ann"), (::order{1, 2}));
  EXPECT_EQ(balance("ann"), 2);
}

/// A held message that just fits and is to be tried again later, by a copy that would not fit.
TEST_F(keys_in_order, are_blocked_by_a_message_whose_copy_is_too_large) {
  auto options = in_order();
  options.max_lock_renewal = 1min;
  options.retry = {.immediate = 0, .delayed = 3, .first_delay = 10min, .jitter_percent = 0};
  auto billing = make(options);
  pay("m1", "ann", 1);
  auto large = paying("m2", "ann", 1);
  set_property(large.properties, "padding", std::string(200, 'x'));
  send(large);
  settle_down(billing);
  evsrc::queue_options tight;
  tight.requires_session = true;
  tight.max_message_bytes = size_bytes(large);
  ASSERT_TRUE(bus.topology().update_queue("payments", tight));
  ask = [](auto&) { return evsrc::fail(errc::unavailable, "away"); };
  ASSERT_TRUE(again.skip("ann"));
  EXPECT_EQ(again.redrive("ann").error().code, errc::limit_exceeded)
      << "nothing that wakes it fits";
  settle_down(billing);
  pay("m3", "ann", 1);
  settle_down(billing);
  EXPECT_EQ(standing("ann"), key_standing::blocked);
  auto const told = billing.explain();
  ASSERT_EQ(told.keys.size(), 1U);
  EXPECT_EQ(told.keys[0].reason, "AttemptsExhausted");
  EXPECT_EQ(left(), 0U) << "m3 is held, and in nobody's way";
}

TEST_F(keys_in_order, hold_messages_as_large_as_any_with_all_their_fields) {
  auto billing = make(in_order());
  pay("m1", "ann", 1);
  settle_down(billing);
  auto large = paying("m2", "ann", 1);
  large.body.assign(900'000, 'x');
  large.body[5] = '\xff';
  large.reply_to = "answers";
  set_property(large.properties, "weight", 2.5);
  send(large);
  settle_down(billing);
  auto const state = ledger.load("ann");
  ASSERT_EQ(state->held.size(), 1U);
  EXPECT_EQ(state->held[0].message, large);
}

/// Every commit and every settlement of a redrive is cut off once.
TEST_F(keys_in_order, survive_crashes_at_every_commit) {
  for (std::size_t crash = 0; crash < 12; ++crash) {
    for (bool const is_carried_out : {false, true}) {
      auto const key = "k" + std::to_string(crash) + (is_carried_out ? "a" : "b");
      auto const id = [&](int number) { return "m" + std::to_string(number) + "-" + key; };
      poison = id(1);
      store.fail_commits({.failure = {errc::io_failed, "crash", "", 0, evsrc::effect::unknown},
                          .is_carried_out = is_carried_out,
                          .skip = crash});
      auto const life = [&] {
        for (int lives = 0; lives < 6; ++lives) {
          auto billing = make(in_order());
          while (billing.poll().value_or(0) != 0) {
          }
        }
      };
      for (int one = 1; one <= 4; ++one) pay(id(one), key, 1);
      life();
      poison = id(2);
      static_cast<void>(again.redrive(key));
      life();
      poison.clear();
      static_cast<void>(again.redrive(key));
      life();
      EXPECT_EQ(order(key), (::order{1, 2, 3, 4})) << key;
      EXPECT_EQ(standing(key), key_standing::open) << key;
      EXPECT_EQ(left(), 0U) << key;
      EXPECT_EQ(balance(key), 4) << key;
    }
  }
}

}  // namespace
