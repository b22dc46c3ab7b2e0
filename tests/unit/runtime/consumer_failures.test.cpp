// SPDX-License-Identifier: Apache-2.0
// Each dead letter is told to a destination, and expired keys are removed.
#include "evsrc/runtime/message_failed.hpp"
#include "graveyard.hpp"

namespace {

using namespace post;
using evsrc::errc;

struct consumer_failures : graveyard {
  evsrc::consumer_options with{.name = "billing",
                               .entity = "payments",
                               .failures_to = "failures",
                               .clock = &time,
                               .random = &random};
  std::vector<evsrc::delivery> told() {
    return (*bus.open_receiver("failures"))->peek(0, 100).value();
  }
  static evsrc::message_failed read(evsrc::delivery const& one) {
    auto made = evsrc::decode_json<evsrc::message_failed>(one.message.body);
    EXPECT_TRUE(made) << to_string(made.error());
    return made.value_or(evsrc::message_failed{});
  }
};
INSTANTIATE_TEST_SUITE_P(places, consumer_failures,
                         testing::Values(places::apart, places::without_transactions,
                                         places::one_file),
                         name_of);

TEST_P(consumer_failures, are_told_once_with_error_and_id_and_count) {
  create();
  create("failures");
  with.retry = {.immediate = 1, .delayed = 1, .first_delay = std::chrono::seconds(1)};
  evsrc::router failing;
  failing.on<transfer>([](transfer const&, evsrc::message_context&) -> evsrc::result<> {
    return evsrc::fail(errc::unavailable, "the bank is away");
  });
  evsrc::consumer billing{store, bus, failing, with};
  pay("m1", "ann", 1);
  settle_down(billing);
  EXPECT_EQ(told().size(), 0U);
  time.advance(1s);
  settle_down(billing);
  EXPECT_EQ(dead(), std::vector<std::string>{"m1"});
  auto const all = told();
  ASSERT_EQ(all.size(), 1U);
  auto const& properties = all[0].message.properties;
  EXPECT_EQ(find_text(properties, "error").find("AttemptsExhausted: 4 attempts"), 0U)
      << find_text(properties, "error");
  EXPECT_EQ(find_text(properties, "event_id"), "m1");
  EXPECT_EQ(*find_property(properties, "retry_count"), evsrc::property_value{std::int64_t{3}});
  EXPECT_EQ(find_text(properties, "evsrc-type"), "evsrc.message-failed");
  EXPECT_EQ(all[0].message.session_id, "ann");
  auto const failed = read(all[0]);
  EXPECT_EQ(failed.reason, "AttemptsExhausted");
  EXPECT_EQ(failed.message_id, "m1");
  EXPECT_EQ(failed.type, "transfer");
  EXPECT_EQ(failed.consumer, "billing");
  EXPECT_EQ(failed.entity, "payments");
  EXPECT_EQ(failed.failed_at, time.now());
}

TEST_P(consumer_failures, name_the_event_that_a_message_carried) {
  create();
  create("failures");
  evsrc::outgoing_message row;
  row.id.value = "m1";
  row.type = "transfer";
  row.body = "{}";
  row.causation = "event-7";
  ASSERT_TRUE((*bus.open_sender("payments"))->send(to_message(row)));
  evsrc::consumer billing{store, bus, way, with};
  settle_down(billing);
  ASSERT_EQ(told().size(), 1U);
  EXPECT_EQ(read(told()[0]).event_id, "event-7");
  EXPECT_EQ(read(told()[0]).reason, "MalformedBody");
}

TEST_P(consumer_failures, are_told_of_held_messages_and_of_what_the_broker_gave_up) {
  auto sessions = with_sessions();
  sessions.dead_letter_on_expiration = true;
  create("payments", sessions);
  evsrc::queue_options once;  // a second dead letter of one message is told under the same id
  once.requires_duplicate_detection = true;
  create("failures", once);
  with.sessions = 4;
  with.keep_order = true;
  evsrc::outgoing_message row;
  row.id.value = "m1";
  row.key = "ann";
  row.type = "transfer";
  row.body = R"({"account":"ann","cents":1})";
  row.time_to_live = 1s;
  ASSERT_TRUE((*bus.open_sender("payments"))->send(to_message(row)));
  pay("m2", "ann", 1);
  time.advance(2s);
  evsrc::consumer billing{store, bus, way, with};
  settle_down(billing);
  ASSERT_EQ(told().size(), 1U);
  EXPECT_EQ(read(told()[0]).reason, "TTLExpiredException");
  ASSERT_TRUE(redriver().skip("ann"));
  settle_down(billing);
  ASSERT_EQ(told().size(), 2U) << "a held message that fails";
  EXPECT_EQ(read(told()[1]).message_id, "m2");
  EXPECT_FALSE(dead().empty());
}

TEST_P(consumer_failures, keep_no_message_from_its_end) {
  create();
  create("failures");
  evsrc::consumer billing{store, bus, way, with};
  EXPECT_EQ(billing.poll(), 0U);
  ASSERT_TRUE(bus.topology().remove("failures"));
  pay("m1", "ann", 1);
  settle_down(billing);
  EXPECT_EQ(dead(), std::vector<std::string>{"m1"});
  auto const rows = store.read_outbox({});
  ASSERT_EQ(rows->size(), 1U) << "for a relay";
  EXPECT_EQ(rows->front().message.destination, "failures");
}

TEST_P(consumer_failures, need_a_destination_that_is_there_and_another) {
  create();
  evsrc::consumer billing{store, bus, way, with};
  EXPECT_EQ(billing.poll().error().code, errc::not_found);
  with.failures_to = "Payments";
  evsrc::consumer circular{store, bus, way, with};
  EXPECT_EQ(circular.poll().error().code, errc::invalid_argument);
}

TEST_P(consumer_failures, are_told_whatever_commit_is_cut_off) {
  create();
  create("failures");
  for (std::size_t step = 0; step < 4; ++step) {
    for (bool const is_carried_out : {false, true}) {
      auto const id = "m" + std::to_string(step) + (is_carried_out ? "a" : "b");
      store.fail_commits({.failure = {errc::io_failed, "crash", "", 0, evsrc::effect::unknown},
                          .is_carried_out = is_carried_out,
                          .skip = step});
      pay(id, "ann", 1);
      for (int lives = 0; lives < 3; ++lives) {
        evsrc::consumer billing{store, bus, way, with};
        while (billing.poll().value_or(0) != 0) {
        }
        time.advance(2min);
      }
      std::size_t found = 0;
      for (auto const& one : told()) found += read(one).message_id == id ? 1U : 0U;
      EXPECT_EQ(found, 1U) << id;
    }
  }
}

TEST_P(consumer_failures, come_with_a_clean_up_of_expired_keys) {
  create();
  with.failures_to.clear();
  for (int number = 0; number < 700; ++number)
    ASSERT_TRUE(store.record_once({.scope = "s",
                                   .key = std::to_string(number),
                                   .fingerprint = "f",
                                   .expires_at = time.now() + 1s}));
  evsrc::consumer billing{store, bus, way, with};
  EXPECT_EQ(billing.poll(), 0U);
  time.advance(1min);
  EXPECT_EQ(billing.poll(), 0U);
  EXPECT_EQ(store.remove_expired(10), 10U) << "a bounded step";
  EXPECT_EQ(billing.poll(), 0U);
  EXPECT_EQ(store.remove_expired(10), 0U);
}

}  // namespace
