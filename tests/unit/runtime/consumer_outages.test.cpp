// SPDX-License-Identifier: Apache-2.0
// What consumers spare while the store is away, the queue is full or they are told to stop.
#include <thread>

#include "post_office.hpp"

namespace {

using namespace post;
using evsrc::errc;

struct outages : post_office {
  evsrc::queue_options with{};

  static evsrc::consumer_options retrying_once() {
    auto made = plain();
    made.retry = {.immediate = 0, .delayed = 1, .first_delay = 10min, .jitter_percent = 0};
    return made;
  }
  void change_queue(std::uint64_t max_size_bytes, std::size_t max_message_bytes) {
    with.max_size_bytes = max_size_bytes;
    with.max_message_bytes = max_message_bytes;
    ASSERT_TRUE(bus.topology().update_queue("payments", with));
  }
  std::uint64_t bytes() { return bus.topology().counts("payments").value().size_bytes; }
  void work(evsrc::consumer& billing, int polls) {
    for (int poll = 0; poll < polls; ++poll) {
      static_cast<void>(billing.poll());
      time.advance(200ms);
    }
  }
  void fail_every_call() {
    ask = [](auto&) -> evsrc::result<evsrc::handling> {
      return evsrc::fail(errc::unavailable, "away");
    };
  }
};

TEST_F(outages, of_a_full_queue_let_a_delayed_message_wait_for_room) {
  create_queue();
  auto billing = make(retrying_once());
  fail_every_call();
  pay("m1", "ann", 100);
  change_queue(bytes(), with.max_message_bytes);
  work(billing, 20);
  EXPECT_EQ(handled.size(), 1U) << "the handler's failure counts, whenever its copy can be sent";
  change_queue(std::uint64_t{1} << 20U, with.max_message_bytes);
  work(billing, 5);
  EXPECT_EQ(bus.topology().counts("payments").value().scheduled, 1U);
  time.advance(10min);
  work(billing, 5);
  EXPECT_EQ(handled.size(), 2U);
  EXPECT_EQ(dead_reason(), "AttemptsExhausted");
}

TEST_F(outages, do_not_spin_over_a_message_whose_copy_is_too_large) {
  create_queue();
  auto billing = make(retrying_once());
  fail_every_call();
  pay("m1", "ann", 100);
  change_queue(std::uint64_t{1} << 20U, bytes());
  work(billing, 20);
  EXPECT_EQ(handled.size(), 1U);
  EXPECT_EQ(dead_reason(), "AttemptsExhausted");
  EXPECT_NE(find_text(dead().at(0).message.properties, "DeadLetterErrorDescription").find("bytes"),
            std::string::npos);
}

TEST_F(outages, do_not_spin_over_a_key_whose_copy_is_too_large) {
  with.requires_session = true;
  create_queue(with);
  auto options = in_order();
  options.retry = retrying_once().retry;
  options.max_lock_renewal = 1min;  // the key would wait in the ledger
  auto billing = make(options);
  fail_every_call();
  pay("m1", "ann", 100);
  change_queue(std::uint64_t{1} << 20U, bytes());
  work(billing, 20);
  EXPECT_EQ(handled.size(), 1U);
  EXPECT_EQ(dead_reason(), "AttemptsExhausted");
}

TEST_F(outages, of_the_store_spare_handlers_of_what_is_in_hand) {
  create_queue();
  auto options = plain();
  options.failures_before_pause = 3;
  options.pause = 10s;
  auto billing = make(options);
  for (int one = 0; one < 8; ++one) pay("m" + std::to_string(one), "", 1);
  store.fail_commits({.failure = {errc::unavailable, "busy"}, .times = 10'000});
  work(billing, 50);  // ten seconds
  EXPECT_EQ(handled.size(), 8U);
}

TEST_F(outages, a_stop_is_heard_between_messages) {
  create_queue();
  auto billing = make(plain());
  std::stop_source stop;
  ask = [&](auto&) -> evsrc::handling {
    stop.request_stop();
    return evsrc::ack{};
  };
  for (int one = 0; one < 8; ++one) pay("m" + std::to_string(one), "ann", 1);
  EXPECT_TRUE(billing.run(stop.get_token()));
  EXPECT_EQ(handled.size(), 1U);
  EXPECT_EQ(balance("ann"), 1) << "what was handled is committed";
  EXPECT_EQ(left(), 7U);
  EXPECT_EQ(billing.explain().in_hand, 0U);
}

TEST_F(outages, a_stop_is_heard_between_messages_of_one_commit) {
  create_queue();
  auto options = plain();
  options.messages_per_commit = 8;
  auto billing = make(options);
  std::stop_source stop;
  ask = [&](auto&) -> evsrc::handling {
    if (handled.size() == 3) stop.request_stop();
    return evsrc::ack{};
  };
  for (int one = 0; one < 8; ++one) pay("m" + std::to_string(one), "ann", 1);
  EXPECT_TRUE(billing.run(stop.get_token()));
  EXPECT_EQ(handled.size(), 3U);
  EXPECT_EQ(balance("ann"), 3);
  EXPECT_EQ(left(), 5U);
}

TEST_F(outages, a_drain_gives_back_what_a_running_consumer_has_in_hand) {
  create_sessions();
  auto options = in_order();
  options.retry = {.immediate = 0, .delayed = 1, .first_delay = 1min, .jitter_percent = 0};
  options.receive_wait = 1ms;
  auto billing = make(options);
  fail_every_call();
  pay("m1", "ann", 100);
  auto const running = billing.start();
  while (billing.explain().counts.retried == 0) std::this_thread::yield();
  auto const drained = billing.drain(100ms);
  ASSERT_FALSE(drained);
  EXPECT_EQ(drained.error().code, errc::timed_out);
  // While it still runs.
  while (!bus.accept_session("payments", {.session_id = "ann", .wait = 0ms}))
    std::this_thread::yield();
  EXPECT_EQ(billing.explain().in_hand, 0U);
}

}  // namespace
