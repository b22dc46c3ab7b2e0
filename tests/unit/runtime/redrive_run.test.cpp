// SPDX-License-Identifier: Apache-2.0
// Many dead letters at once: paced, cancelled, resumed, moved, edited, skipped, purged, recorded.
#include "graveyard.hpp"

namespace {

using namespace post;
using evsrc::errc;
using ids = std::vector<std::string>;

struct redrive_runs : graveyard {
  redrive_runs() { create(); }
};
INSTANTIATE_TEST_SUITE_P(places, redrive_runs,
                         testing::Values(places::apart, places::without_transactions,
                                         places::one_file),
                         name_of);

TEST_P(redrive_runs, are_paced_by_the_clock) {
  bury({"m1", "m2", "m3", "m4", "m5"});
  auto again = redriver();
  auto const began = time.now();
  EXPECT_EQ(again.redrive_dead_letters({.per_second = 2})->redriven, 5U);
  EXPECT_EQ(time.now() - began, 2s) << "four pauses of half a second";
  auto billing = make();
  settle_down(billing);
  EXPECT_EQ(balance(), 11'111);
}

TEST_P(redrive_runs, lose_nothing_when_cancelled_and_go_on_up_to_where_they_would_have) {
  bury({"m1", "m2", "m3", "m4"});
  std::stop_source stop;
  auto again = redriver();
  evsrc::dead_letter_selection two;
  two.progress = [&](evsrc::redrive_report const& so_far) {
    if (so_far.redriven == 2) stop.request_stop();
  };
  auto const first = again.redrive_dead_letters(std::move(two), stop.get_token());
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->was_cancelled);
  EXPECT_EQ(first->redriven, 2U);
  EXPECT_EQ(first->up_to, 4);
  EXPECT_EQ(dead(), (ids{"m3", "m4"}));
  is_broken = true;
  auto billing = make();
  settle_down(billing);
  EXPECT_EQ(dead(), (ids{"m3", "m4", "m1", "m2"})) << "they failed once more";
  auto const rest = again.redrive_dead_letters({.up_to = first->up_to});
  EXPECT_EQ(rest->redriven, 2U) << "nothing was left locked, and later ones are left alone";
  EXPECT_FALSE(rest->was_cancelled);
  EXPECT_EQ(dead(), (ids{"m1", "m2"}));
}

TEST_P(redrive_runs, do_not_begin_when_cancelled_before) {
  bury({"m1"});
  std::stop_source stop;
  stop.request_stop();
  auto again = redriver();
  auto const done = again.redrive_dead_letters({}, stop.get_token());
  EXPECT_TRUE(done->was_cancelled);
  EXPECT_EQ(done->redriven, 0U);
  EXPECT_EQ(dead(), ids{"m1"});
}

TEST_P(redrive_runs, pick_by_filter_and_function_and_number) {
  bury({"m1", "m2", "m3", "m4"});
  auto again = redriver();
  evsrc::dead_letter_selection odd;
  odd.wanted = [](evsrc::delivery const& one) { return one.sequence_number % 2 == 1; };
  odd.max_messages = 1;
  EXPECT_EQ(again.redrive_dead_letters(std::move(odd))->redriven, 1U);
  EXPECT_EQ(dead(), (ids{"m2", "m3", "m4"}));
  EXPECT_EQ(again.redrive_dead_letters({.which = {.id = "m4"}})->redriven, 1U);
  EXPECT_EQ(dead(), (ids{"m2", "m3"}));
  evsrc::dead_letter_selection thrown;
  thrown.wanted = [](evsrc::delivery const&) -> bool { throw std::runtime_error("no"); };
  EXPECT_EQ(again.redrive_dead_letters(std::move(thrown)).error().code, errc::handler_failed);
  EXPECT_EQ(dead(), (ids{"m2", "m3"}));
}

TEST_P(redrive_runs, let_none_of_a_key_overtake_one_that_another_holds) {
  bury({"m1", "m2"});
  is_broken = true;
  pay("b1", "bob", 5);
  auto billing = make();
  settle_down(billing);
  auto other = bus.open_receiver(evsrc::dead_letter_path("payments"));
  auto const locked = (*other)->receive({});
  ASSERT_EQ(locked->size(), 1U);
  auto again = redriver();
  auto const done = again.redrive_dead_letters();
  EXPECT_EQ(done->redriven, 1U) << "bob's";
  EXPECT_EQ(done->left, 2U);
  EXPECT_EQ(dead(), (ids{"m1", "m2"}));
}

TEST_P(redrive_runs, move_messages_to_another_queue_where_they_take_effect) {
  create("elsewhere");
  bury({"m1", "m2"});
  auto again = redriver();
  EXPECT_EQ(again.redrive_dead_letters({.destination = "nowhere"}).error().code, errc::not_found);
  EXPECT_EQ(again.redrive_dead_letters({.destination = "elsewhere"})->redriven, 2U);
  EXPECT_EQ(dead(), ids{});
  EXPECT_EQ(left(), 0U);
  EXPECT_EQ(left("elsewhere"), 2U);
  pay("m1", "ann", 1);  // a repeat
  auto billing = make();
  settle_down(billing);
  EXPECT_EQ(balance(), 0) << "for this consumer it has ended";
  auto elsewhere = make(false, "second", "elsewhere");
  settle_down(elsewhere);
  EXPECT_EQ(balance(), 11);
  EXPECT_EQ(dead(), ids{}) << "the repeat was completed";
  EXPECT_EQ(left(), 0U);
}

TEST_P(redrive_runs, send_an_edited_message_once_and_keep_the_original) {
  bury({"m1"});
  auto again = redriver();
  auto const to_two = [](evsrc::message& what) -> evsrc::result<void> {
    what.body = R"({"account":"ann","cents":2})";
    return {};
  };
  auto const id = again.redrive_edited(1, to_two);
  ASSERT_TRUE(id);
  EXPECT_EQ(again.redrive_edited(1, to_two), id) << "the same change is the same message";
  auto const other = again.redrive_edited(1, [](evsrc::message& what) -> evsrc::result<void> {
    what.body = R"({"account":"ann","cents":3})";
    return {};
  });
  EXPECT_EQ(other.error().code, errc::version_conflict);
  auto const sent = (*bus.open_receiver("payments"))->peek(0, 1);
  EXPECT_EQ(find_text(sent->front().message.properties, "evsrc-causation-id"), "m1");
  EXPECT_EQ(sent->front().message.id, *id);
  auto billing = make();
  settle_down(billing);
  EXPECT_EQ(balance(), 2);
  EXPECT_EQ(dead(), ids{"m1"});
  auto const kept = again.redrive_dead_letters();
  EXPECT_EQ(kept->kept, 1U);
  EXPECT_EQ(kept->redriven, 0U);
  EXPECT_EQ(dead(), ids{"m1"});
  EXPECT_EQ(again.purge({}, 1)->skipped, 1U);
  EXPECT_EQ(dead(), ids{});
}

TEST_P(redrive_runs, refuse_an_edit_that_changes_the_key_or_comes_too_late) {
  bury({"m1"});
  auto again = redriver();
  auto const key = again.redrive_edited(1, [](evsrc::message& what) -> evsrc::result<void> {
    what.session_id = "bob";
    return {};
  });
  EXPECT_EQ(key.error().code, errc::invalid_argument);
  auto const same = [](evsrc::message&) -> evsrc::result<void> { return {}; };
  EXPECT_EQ(again.redrive_edited(9, same).error().code, errc::not_found);
  // It takes effect by another way, while its dead letter stands here.
  evsrc::detail::inbox inbox(store, time, "billing");
  auto done = inbox.entry({.origin = "m1", .round = 1}, "", {});
  ASSERT_TRUE(store.record_once(*done));
  auto const late = again.redrive_edited(1, same);
  EXPECT_EQ(late.error().code, errc::version_conflict);
  EXPECT_EQ(left(), 0U);
}

TEST_P(redrive_runs, skip_for_good) {
  bury({"m1", "m2"});
  auto again = redriver();
  EXPECT_EQ(again.skip_dead_letters({.which = {.id = "m1"}})->skipped, 1U);
  EXPECT_EQ(dead(), ids{"m2"});
  pay("m1", "ann", 1);
  auto billing = make();
  settle_down(billing);
  EXPECT_EQ(balance(), 0);
  EXPECT_EQ(dead(), ids{"m2"}) << "the repeat was completed";
  EXPECT_EQ(again.redrive_dead_letters()->redriven, 1U);
  settle_down(billing);
  EXPECT_EQ(balance(), 10);
}

TEST_P(redrive_runs, purge_exactly_what_was_counted) {
  bury({"m1", "m2", "m3"});
  auto again = redriver();
  auto const wrong = again.purge({}, 2);
  EXPECT_EQ(wrong.error().code, errc::condition_failed);
  EXPECT_EQ(dead().size(), 3U);
  EXPECT_EQ(again.purge({.id = "m2"}, 1)->skipped, 1U);
  EXPECT_EQ(dead(), (ids{"m1", "m3"}));
  EXPECT_EQ(again.purge({}, 2)->skipped, 2U);
  EXPECT_EQ(dead(), ids{});
}

TEST_P(redrive_runs, refuse_and_say_why) {
  bury({"m1"});
  evsrc::queue_options small;
  small.max_message_bytes = 10;
  create("small", small);
  auto again = redriver();
  auto const done = again.redrive_dead_letters({.destination = "small"});
  ASSERT_TRUE(done) << to_string(done.error());
  EXPECT_EQ(done->refused, 1U);
  ASSERT_EQ(done->refusals.size(), 1U);
  EXPECT_NE(done->refusals[0].find("bytes"), std::string::npos) << done->refusals[0];
  EXPECT_EQ(dead(), ids{"m1"});
}

TEST_P(redrive_runs, record_nothing_of_what_the_bus_would_refuse) {
  bury({"m1"});
  evsrc::queue_options small;
  small.max_message_bytes = 100;
  ASSERT_TRUE(bus.topology().update_queue("payments", small));
  EXPECT_EQ(redriver().redrive_dead_letters()->refused, 1U);
  EXPECT_EQ(audit(), (std::vector<std::string>{"run-started", "run-ended"}));
  ASSERT_TRUE(bus.topology().update_queue("payments", {}));
  EXPECT_EQ(redriver().redrive_dead_letters()->redriven, 1U);
  auto billing = make();
  settle_down(billing);
  EXPECT_EQ(balance(), 1);
}

TEST_P(redrive_runs, need_a_consumer_and_its_queue) {
  options.consumer.clear();
  EXPECT_EQ(redriver().redrive_dead_letters().error().code, errc::invalid_argument);
  EXPECT_EQ(redriver().redrive("ann").error().code, errc::invalid_argument);
  options.consumer = "billing";
  options.entity = "payments/$DeadLetterQueue";
  EXPECT_EQ(redriver().redrive_dead_letters().error().code, errc::invalid_argument);
}

TEST_P(redrive_runs, are_events_of_the_store) {
  bury({"m1", "m2", "m3", "m4"});
  auto again = redriver();
  ASSERT_TRUE(again.redrive_dead_letters({.which = {.id = "m1"}}));
  ASSERT_TRUE(again.skip_dead_letters({.which = {.id = "m2"}}));
  ASSERT_TRUE(again.purge({.id = "m3"}, 1));
  ASSERT_TRUE(again.redrive_edited(4, [](evsrc::message& what) -> evsrc::result<void> {
    what.subject = "transfer";
    return {};
  }));
  EXPECT_EQ(audit(), (ids{"run-started", "redriven", "run-ended", "run-started", "skipped",
                          "run-ended", "run-started", "purged", "run-ended", "edited"}));
  auto const page = store.read({.stream = evsrc::audit_stream_of("payments")});
  auto const& second = page->events()[1];
  EXPECT_EQ(second.meta()->user, "olga");
  auto const told = evsrc::decode_json<evsrc::dead_letter_redriven>(second.payload);
  ASSERT_TRUE(told) << to_string(told.error());
  EXPECT_EQ(told->consumer, "billing");
  EXPECT_EQ(told->letter.id, "m1");
  EXPECT_EQ(told->letter.reason, "Poison");
  EXPECT_EQ(told->destination, "payments");
  EXPECT_EQ(told->copy_id, "m1/1");
}

struct redrives_of_keys : graveyard {
  redrives_of_keys() { create("payments", with_sessions()); }
};
INSTANTIATE_TEST_SUITE_P(places, redrives_of_keys,
                         testing::Values(places::apart, places::without_transactions,
                                         places::one_file),
                         name_of);

TEST_P(redrives_of_keys, put_an_edited_message_in_the_place_of_the_poisoned_one) {
  bury({"m1", "m2", "m3"}, true);
  EXPECT_EQ(dead(), ids{"m1"});
  auto again = redriver();
  auto const id = again.redrive_edited(1, [](evsrc::message& what) -> evsrc::result<void> {
    what.body = R"({"account":"ann","cents":5})";
    return {};
  });
  ASSERT_TRUE(id) << to_string(id.error());
  handled.clear();
  auto billing = make(true);
  settle_down(billing);
  EXPECT_EQ(handled, (ids{id->value, "m2", "m3"}));
  EXPECT_EQ(balance(), 115);
  EXPECT_EQ(left(), 0U);
  EXPECT_EQ(dead(), ids{"m1"});
}

TEST_P(redrives_of_keys, let_the_key_go_on_without_what_was_moved_or_skipped_or_purged) {
  create("elsewhere");
  for (int kind = 0; kind < 3; ++kind) {
    is_broken = true;
    auto const suffix = std::to_string(kind);
    auto const before = balance();
    bury({"m1" + suffix, "m2" + suffix}, true);
    auto again = redriver();
    auto const done = kind == 0   ? again.redrive_dead_letters({.destination = "elsewhere"})
                      : kind == 1 ? again.skip_dead_letters({})
                                  : again.purge({}, 1);
    ASSERT_TRUE(done) << to_string(done.error());
    auto billing = make(true);
    settle_down(billing);
    EXPECT_EQ(balance() - before, 10) << kind;
    EXPECT_EQ(dead(), ids{}) << kind;
    EXPECT_EQ(left(), 0U) << kind;
  }
}

}  // namespace
