// SPDX-License-Identifier: Apache-2.0
// Messages that take effect once, are tried again, or end as dead letters with a reason.
#include "evsrc/runtime/consumer.hpp"

#include "evsrc/runtime/redrive.hpp"
#include "post_office.hpp"

namespace {

using namespace post;
using evsrc::errc;

struct consumers : post_office {
  consumers() { create_queue(); }
};

TEST_F(consumers, commit_what_handlers_decide_and_complete_the_message) {
  auto billing = make(plain());
  pay("m1", "ann", 100);
  pay("m2", "bob", 50);
  pay("m3", "ann", 1);
  EXPECT_EQ(settle_down(billing), 3U);
  EXPECT_EQ(balance("ann"), 101);
  EXPECT_EQ(balance("bob"), 50);
  EXPECT_EQ(left(), 0U);
  auto const told = billing.explain();
  EXPECT_EQ(told.counts.done, 3U);
  EXPECT_EQ(told.counts.conflicts, 0U) << "the second of a key sees what the first did";
  EXPECT_EQ(told.standing, evsrc::consumer_standing::empty);
}

TEST_F(consumers, absorb_duplicates) {
  auto billing = make(plain());
  for (int copy = 0; copy < 3; ++copy) pay("m1", "ann", 100);
  settle_down(billing);
  pay("m1", "ann", 100);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(left(), 0U);
  EXPECT_EQ(billing.explain().counts.duplicates, 3U);
}

TEST_F(consumers, absorb_what_another_consumer_did_at_the_same_time) {
  auto first = make(plain());
  auto second = make(plain());
  pay("m1", "ann", 100);
  pay("m1", "ann", 100);
  int depth = 0;
  ask = [&](auto&) -> evsrc::handling {
    if (depth++ == 0) settle_down(second);  // while the first handler still runs
    return evsrc::ack{};
  };
  auto options = plain();
  options.max_in_flight = 1;
  auto third = make(options);
  settle_down(third);
  settle_down(first);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(left(), 0U);
}

TEST_F(consumers, refuse_another_message_under_a_known_id) {
  auto billing = make(plain());
  pay("m1", "ann", 100);
  settle_down(billing);
  pay("m1", "ann", 7);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(dead_reason(), "MessageIdReused");
}

/// The inbox is looked at first where an answer was lost: it knows the id.
TEST_F(consumers, refuse_another_message_under_a_known_id_after_a_failed_commit) {
  auto billing = make(plain());
  pay("m1", "ann", 100);
  settle_down(billing);
  pay("m1", "ann", 7);
  store.fail_commits({.failure = {errc::unavailable, "away", "", 0, evsrc::effect::none}});
  for (int polls = 0; polls < 10; ++polls) {
    static_cast<void>(billing.poll());
    time.advance(1s);
  }
  EXPECT_EQ(dead_reason(), "MessageIdReused");
  evsrc::redriver again{memory, bus, {.consumer = "billing", .entity = "payments", .clock = &time}};
  EXPECT_EQ(again.redrive_dead_letters()->refused, 1U) << "it would be known as the other one";
  auto const edited =
      again.redrive_edited(1, [](evsrc::message&) -> evsrc::result<void> { return {}; });
  EXPECT_EQ(edited.error().code, errc::condition_failed);
  EXPECT_EQ(dead().size(), 1U);
}

TEST_F(consumers, lose_nothing_when_another_message_under_a_known_id_is_purged) {
  auto billing = make(plain());
  bool is_broken = true;
  ask = [&](auto&) -> evsrc::result<evsrc::handling> {
    if (is_broken) return evsrc::invalid("cents", "no");
    return evsrc::ack{};
  };
  pay("m1", "ann", 100);
  settle_down(billing);
  pay("m1", "ann", 7);
  settle_down(billing);
  ASSERT_EQ(dead_reason(1), "MessageIdReused");
  evsrc::redriver again{
      memory,
      bus,
      {.consumer = "billing", .entity = "payments", .clock = &time, .random = &random}};
  EXPECT_EQ(again.purge({.reason = "MessageIdReused"}, 1)->skipped, 1U);
  is_broken = false;
  EXPECT_EQ(again.redrive_dead_letters()->redriven, 1U);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(dead().size(), 0U);
}

TEST_F(consumers, handle_again_from_the_start_when_others_wrote_the_state) {
  auto billing = make(plain());
  pay("m1", "ann", 100);
  evsrc::command_handler<bank::account> others{memory};
  int races = 2;
  ask = [&](auto& context) -> evsrc::handling {
    EXPECT_EQ(context.attempt(), 1U) << "a conflict is no attempt";
    // The state is in the handler's cache by now, or read behind this.
    if (races-- > 0) {
      EXPECT_TRUE(context.handle(accounts, "ann", bank::do_nothing{}));
      EXPECT_TRUE(others.handle("ann", bank::deposit{1}));
    }
    return evsrc::ack{};
  };
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 102);
  EXPECT_EQ(billing.explain().counts.conflicts, 2U);
  EXPECT_EQ(handled.size(), 3U);
}

TEST_F(consumers, make_immediate_and_delayed_attempts_and_then_give_up) {
  auto options = plain();
  options.retry = {
      .immediate = 1, .delayed = 2, .first_delay = 10s, .growth_percent = 200, .jitter_percent = 0};
  auto billing = make(options);
  std::vector<std::uint32_t> attempts;
  ask = [&](auto& context) -> evsrc::result<evsrc::handling> {
    attempts.push_back(context.attempt());
    EXPECT_EQ(context.idempotency_key(), "billing/m1");
    return evsrc::fail(errc::unavailable, "the card service is away");
  };
  pay("m1", "ann", 100);
  settle_down(billing);
  EXPECT_EQ(attempts.size(), 2U);
  time.advance(9s);
  EXPECT_EQ(settle_down(billing), 0U);
  time.advance(1s);
  settle_down(billing);
  EXPECT_EQ(attempts.size(), 4U);
  time.advance(20s);
  settle_down(billing);
  EXPECT_EQ(attempts, (std::vector<std::uint32_t>{1, 2, 3, 4, 5, 6}));
  ASSERT_EQ(dead().size(), 1U);
  EXPECT_EQ(dead_reason(), "AttemptsExhausted");
  EXPECT_EQ(find_text(dead()[0].message.properties, "DeadLetterErrorDescription"),
            "6 attempts; the last one: unavailable: the card service is away");
  EXPECT_EQ(find_text(dead()[0].message.properties, "evsrc-origin-id"), "m1");
  EXPECT_EQ(left(), 0U);
  EXPECT_EQ(balance("ann"), 0);
}

TEST_F(consumers, take_effect_at_a_later_attempt_once) {
  auto billing = make(plain());
  int failures = 4;
  ask = [&](auto&) -> evsrc::result<evsrc::handling> {
    if (failures-- > 0) throw std::runtime_error("no fuse");
    return evsrc::ack{};
  };
  pay("m1", "ann", 100);
  settle_down(billing);
  time.advance(1s);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100);
  pay("m1", "ann", 100);  // the original once more, behind its copy
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100);
}

TEST_F(consumers, wait_as_long_as_a_handler_asks_and_drop_its_effects) {
  auto billing = make(plain());
  bool is_early = true;
  ask = [&](auto&) -> evsrc::handling {
    if (std::exchange(is_early, false)) return evsrc::retry_in{30s};
    return evsrc::ack{};
  };
  pay("m1", "ann", 100);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 0);
  time.advance(30s);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100);
}

TEST_F(consumers, set_messages_aside_with_the_handlers_reason_and_effects) {
  auto billing = make(plain());
  ask = [](auto&) -> evsrc::handling { return evsrc::dead_letter{"CardUnknown", "card 7"}; };
  pay("m1", "ann", 100);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100) << "what the handler wanted written is";
  EXPECT_EQ(dead_reason(), "CardUnknown");
  EXPECT_EQ(billing.explain().counts.dead_letters.at("CardUnknown"), 1U);
  pay("m1", "ann", 100);
  settle_down(billing);
  EXPECT_EQ(dead().size(), 2U) << "its duplicate ends as it did";
  EXPECT_EQ(handled.size(), 2U) << "though its handler was called";
  EXPECT_EQ(balance("ann"), 100);
}

TEST_F(consumers, retry_nothing_that_cannot_pass) {
  auto billing = make(plain());
  ask = [](auto&) -> evsrc::result<evsrc::handling> {
    return evsrc::invalid("account", "no such account");
  };
  pay("m1", "ann", 100);
  settle_down(billing);
  EXPECT_EQ(handled.size(), 1U);
  EXPECT_EQ(dead_reason(), "HandlerFailed");
}

TEST_F(consumers, give_deferred_messages_to_the_bus) {
  auto billing = make(plain());
  std::int64_t number = 0;
  ask = [&](auto& context) -> evsrc::handling {
    number = context.received().sequence_number;
    return evsrc::defer{};
  };
  pay("m1", "ann", 100);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100);
  auto from = bus.open_receiver("payments");
  ASSERT_TRUE(from);
  auto const again = (*from)->receive_deferred(std::span{&number, 1});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->at(0).message.id.value, "m1");
}

TEST_F(consumers, finish_what_was_committed_before_a_crash_without_the_handler) {
  pay("m1", "ann", 100);
  {
    auto crashed = make(plain());
    store.fail_commits(
        {.failure = {errc::io_failed, "the answer is lost", "", 0, evsrc::effect::unknown},
         .is_carried_out = true});
    EXPECT_FALSE(crashed.poll());
  }  // gives the message back
  EXPECT_EQ(balance("ann"), 100);
  auto billing = make(plain());
  settle_down(billing);
  EXPECT_EQ(handled.size(), 1U);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(left(), 0U);
}

TEST_F(consumers, settle_unknown_outcomes_by_looking) {
  for (bool const is_carried_out : {false, true}) {
    auto billing = make(plain());
    std::string const id = is_carried_out ? "m1" : "m2";
    pay(id, "ann", 100);
    store.fail_commits({.failure = {errc::timed_out, "late", "", 0, evsrc::effect::unknown},
                        .is_carried_out = is_carried_out});
    EXPECT_FALSE(billing.poll());
    time.advance(1s);
    settle_down(billing);
    EXPECT_EQ(left(), 0U);
  }
  EXPECT_EQ(balance("ann"), 200);
}

TEST_F(consumers, keep_messages_while_the_store_is_away) {
  auto billing = make(plain());
  pay("m1", "ann", 100);
  store.fail_commits({.failure = {errc::unavailable, "busy"}, .times = 3});
  for (int polls = 0; polls < 3; ++polls) {
    EXPECT_FALSE(billing.poll());
    time.advance(1s);
  }
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(peek("payments").size(), 0U);
}

TEST_F(consumers, dead_letter_before_the_broker_would) {
  evsrc::queue_options with;
  with.max_delivery_count = 3;
  ASSERT_TRUE(bus.topology().update_queue("payments", with));
  pay("m1", "ann", 100);
  for (int crash = 0; crash < 2; ++crash) {
    auto from = bus.open_receiver("payments");
    auto const got = (*from)->receive({});
    ASSERT_EQ(got->size(), 1U);
    ASSERT_TRUE((*from)->settle(got->at(0).settle(evsrc::disposition::abandon)));
  }
  auto billing = make(plain());
  settle_down(billing);
  EXPECT_TRUE(handled.empty());
  EXPECT_EQ(dead_reason(), "MaxDeliveryCountExceeded");
  EXPECT_NE(find_text(dead()[0].message.properties, "DeadLetterErrorDescription").find("2 deliv"),
            std::string::npos);
}

TEST_F(consumers, renew_locks_between_steps_and_drop_what_was_lost) {
  auto options = plain();
  options.max_lock_renewal = 3min;
  auto billing = make(options);
  bool was_told = false;
  ask = [&](auto& context) -> evsrc::result<evsrc::handling> {
    for (int minute = 0; minute < 4; ++minute) {
      time.advance(40s);
      EXPECT_TRUE(context.keep_alive()) << minute;
    }
    time.advance(2min);
    was_told = !context.keep_alive() && context.stop_token().stop_requested();
    return evsrc::ack{};
  };
  pay("m1", "ann", 100);
  EXPECT_TRUE(billing.poll());
  EXPECT_TRUE(was_told);
  EXPECT_EQ(balance("ann"), 0) << "what a handler wants after it lost its lock is not written";
  ask = nullptr;
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(billing.explain().counts.locks_lost, 1U);
}

TEST_F(consumers, renew_locks_without_end_where_they_were_told_to) {
  auto options = plain();
  options.max_lock_renewal = std::chrono::milliseconds::max();
  auto billing = make(options);
  ask = [&](auto& context) -> evsrc::result<evsrc::handling> {
    for (int part = 0; part < 20; ++part) {
      time.advance(40s);
      EXPECT_TRUE(context.keep_alive()) << part;
    }
    return evsrc::ack{};
  };
  pay("m1", "ann", 100);
  EXPECT_TRUE(billing.poll());
  EXPECT_EQ(balance("ann"), 100);
}

TEST_F(consumers, pause_when_everything_fails) {
  auto options = plain();
  options.retry.immediate = 0;
  options.failures_before_pause = 3;
  options.max_in_flight = 3;
  options.pause = 10s;
  auto billing = make(options);
  ask = [](auto&) -> evsrc::result<evsrc::handling> {
    return evsrc::fail(errc::unavailable, "all cards are away");
  };
  for (int one = 0; one < 9; ++one) pay("m" + std::to_string(one), "ann", 1);
  settle_down(billing);
  EXPECT_EQ(handled.size(), 3U);
  EXPECT_EQ(billing.explain().standing, evsrc::consumer_standing::paused);
  ask = nullptr;
  time.advance(10s);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 9);
}

TEST_F(consumers, drain_and_give_back_what_is_left) {
  auto options = plain();
  auto billing = make(options);
  pay("m1", "ann", 100);
  store.fail_commits({.failure = {errc::unavailable, "busy"}, .times = 1'000});
  EXPECT_FALSE(billing.poll());
  auto const drained = billing.drain(2s);
  ASSERT_FALSE(drained);
  EXPECT_EQ(drained.error().code, errc::timed_out);
  EXPECT_EQ(peek("payments").at(0).delivery_count, 1U);
  pay("m2", "ann", 1);
  EXPECT_EQ(billing.poll().value(), 0U) << "nothing is taken";
}

TEST_F(consumers, drain_to_the_end_where_they_have_all_the_time) {
  auto billing = make(plain());
  pay("m1", "ann", 100);
  store.fail_commits({.failure = {errc::unavailable, "busy"}, .times = 1});
  EXPECT_FALSE(billing.poll());
  auto const drained = billing.drain(std::chrono::milliseconds::max());
  EXPECT_TRUE(drained) << drained.error().message;
  EXPECT_EQ(balance("ann"), 100);
}

TEST_F(consumers, run_on_several_threads) {
  auto options = plain();
  options.threads = 3;
  auto billing = make(options);
  std::atomic<int> count = 0;
  way.on_raw("tick", [&](evsrc::message_context& context) -> evsrc::result<> {
    ++count;
    return context.emit({"ticks", context.origin_id()}, bank::money_deposited{1});
  });
  for (int one = 0; one < 200; ++one) {
    evsrc::outgoing_message row;
    row.id.value = "t" + std::to_string(one);
    row.type = "tick";
    send(to_message(row));
  }
  {
    auto const running = billing.start();
    while (left() != 0) std::this_thread::yield();
    EXPECT_TRUE(billing.drain(60s));
  }
  EXPECT_EQ(count.load(), 200);
  EXPECT_EQ(memory.streams({.category = "ticks"})->size(), 200U);
}

/// As a file that holds events and messages: settlements ride on commits.
class one_place final : public evsrc::testing::forwarding_store {
 public:
  one_place(evsrc::memory::event_store& inner, evsrc::message_bus& bus)
      : forwarding_store(evsrc::testing::ports_of(inner)), bus_(bus) {}
  [[nodiscard]] std::string place() const override { return bus_.place(); }
  [[nodiscard]] evsrc::result<evsrc::receipt> commit(
      evsrc::commit what, evsrc::commit_options const& options = {}) override {
    auto const settles = std::move(what.settles);
    what.settles.clear();
    if (is_late) return evsrc::fail(errc::lock_lost, "the lock is lost");
    auto done = forwarding_store::commit(std::move(what), options);
    if (done && !done->duplicate) {
      EXPECT_TRUE(bus_.commit({.settles = settles}));
      settled += settles.size();
    }
    return done;
  }
  void submit(evsrc::commit what, evsrc::completion done) override {
    done(commit(std::move(what)));
  }
  std::size_t settled = 0;
  bool is_late = false;

 private:
  evsrc::message_bus& bus_;
};
class placed_bus final : public evsrc::message_bus {
 public:
  explicit placed_bus(evsrc::message_bus& inner) : inner_(inner) {}
  evsrc::result<std::unique_ptr<evsrc::sender>> open_sender(std::string_view entity) override {
    return inner_.open_sender(entity);
  }
  evsrc::result<std::unique_ptr<evsrc::receiver>> open_receiver(std::string_view entity,
                                                                evsrc::receive_mode mode) override {
    return inner_.open_receiver(entity, mode);
  }
  evsrc::result<std::unique_ptr<evsrc::session_receiver>> accept_session(
      std::string_view entity, evsrc::session_request const& which) override {
    return inner_.accept_session(entity, which);
  }
  evsrc::result<std::vector<std::string>> sessions(std::string_view entity, std::string_view after,
                                                   std::size_t max_sessions) override {
    return inner_.sessions(entity, after, max_sessions);
  }
  evsrc::result<void> commit(evsrc::bus_transaction const& what) override {
    return inner_.commit(what);
  }
  evsrc::topology& topology() override { return inner_.topology(); }
  void close() override { inner_.close(); }
  std::string place() const override { return "here"; }

 private:
  evsrc::message_bus& inner_;
};

TEST_F(consumers, settle_in_the_commit_where_store_and_bus_are_one_place) {
  placed_bus placed{bus};
  one_place both{memory, placed};
  auto options = plain();
  options.clock = &time;
  evsrc::consumer billing{both, placed, way, options};
  pay("m1", "ann", 100);
  pay("m1", "ann", 100);
  pay("m2", "ann", 1);
  ask = [](auto& context) -> evsrc::handling {
    if (context.origin_id() == "m2") return evsrc::dead_letter{"CardUnknown"};
    return evsrc::ack{};
  };
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 101);
  EXPECT_EQ(both.settled, 2U) << "the duplicate is settled behind";
  EXPECT_EQ(dead_reason(), "CardUnknown");
  EXPECT_EQ(left(), 0U);
  both.is_late = true;
  pay("m3", "ann", 7);
  EXPECT_TRUE(billing.poll());
  EXPECT_EQ(balance("ann"), 101);
  EXPECT_EQ(billing.explain().counts.locks_lost, 1U);
  both.is_late = false;
  time.advance(61s);
  EXPECT_TRUE(billing.poll());
}

struct consumer_starts : post_office {};

TEST_F(consumer_starts, are_refused_where_options_do_not_fit_the_entity) {
  auto const refusal = [&](evsrc::consumer_options const& options) {
    auto billing = make(options);
    auto const outcome = billing.poll();
    return outcome ? "none" : outcome.error().message;
  };
  EXPECT_NE(refusal(plain()), "none") << "no such entity";
  evsrc::queue_options with;
  with.max_delivery_count = 2;
  create_queue(with);
  EXPECT_EQ(refusal(plain()),
            "entity: payments dead-letters after 2 deliveries, before this consumer could: "
            "max_delivery_count must be at least 3");
  auto options = plain();
  options.sessions = 2;
  EXPECT_EQ(refusal(options), "sessions: must be 0: payments has none");
  options = plain();
  options.keep_order = true;
  EXPECT_EQ(refusal(options),
            "keep_order: needs an entity with sessions: only those are delivered in order");
  options = plain();
  options.name.clear();
  EXPECT_EQ(refusal(options), "name: empty");
}

TEST_F(consumer_starts, compute_the_inbox_window_and_refuse_a_smaller_one) {
  evsrc::queue_options with;
  with.default_time_to_live = 24h;
  create_queue(with);
  auto options = plain();
  options.retry.delayed = 2;
  options.retry.max_delay = 5min;
  options.relay_outage = 1h;
  auto const told = [&] {
    auto billing = make(options);
    auto const outcome = billing.poll();
    return outcome ? to_string(billing.explain()) : outcome.error().message;
  };
  EXPECT_NE(told().find("inbox window 1d 1h 20m (needs 1d 1h 20m: messages 1d + deliveries 10m + "
                        "delays 10m + relay outage 1h)"),
            std::string::npos)
      << told();
  options.inbox_window = 25h;
  EXPECT_EQ(told(),
            "inbox_window: must be at least 1d 1h 20m: messages 1d + deliveries 10m + "
            "delays 10m + relay outage 1h");
  options.inbox_window = 48h;
  EXPECT_NE(told().find("inbox window 2d"), std::string::npos);
}

TEST_F(consumer_starts, set_messages_from_before_the_window_aside) {
  evsrc::queue_options with;
  with.default_time_to_live = 24h;
  create_queue(with);
  auto options = plain();
  options.relay_outage = 0ms;
  auto billing = make(options);
  auto old = paying("m1", "ann", 100);
  auto const window = [&] {
    EXPECT_TRUE(billing.poll());
    return billing.explain().inbox_window;
  }();
  set_property(old.properties, "evsrc-first-enqueued", time.now() - window - 1s);
  send(old);
  auto young = paying("m2", "ann", 1);
  set_property(young.properties, "evsrc-first-enqueued", time.now() - window + 1s);
  send(young);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 1);
  EXPECT_EQ(dead_reason(), "DedupWindowPassed");
}

}  // namespace
