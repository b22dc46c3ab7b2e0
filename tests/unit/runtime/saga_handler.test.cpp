// SPDX-License-Identifier: Apache-2.0
// Tests of include/evsrc/runtime/saga_handler.hpp, saga_timeout.hpp and saga_cause.hpp
#include "evsrc/runtime/saga_handler.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "evsrc/memory/event_store.hpp"
#include "evsrc/testing/faults.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"
#include "ordering.hpp"

namespace {

using namespace ordering;
using evsrc::saga_outcome;

struct saga_handler_test : testing::Test {
  using order_timeout = evsrc::saga_timeout<order_saga>;

  evsrc::testing::manual_clock clock;
  evsrc::memory::event_store store{{.clock = &clock}};
  evsrc::testing::seeded_random random{1};
  evsrc::saga_handler<order_saga> saga{store, options()};
  int inputs = 0;

  evsrc::saga_options options() {
    evsrc::saga_options made;
    made.clock = &clock;
    made.random = &random;
    return made;
  }
  template <class Input>
  saga_outcome add(Input const& input, evsrc::commit& into, std::string const& id = {}) {
    evsrc::saga_cause const cause{id.empty() ? "in-" + std::to_string(++inputs) : id, "corr"};
    auto const done = saga.react(input, cause, into);
    EXPECT_TRUE(done) << to_string(done.error());
    return done ? *done : saga_outcome::repeated;
  }
  template <class Input>
  saga_outcome take(Input const& input, std::string id = {}) {
    evsrc::commit what;
    auto const outcome = add(input, what, std::move(id));
    auto const written = store.commit(std::move(what));
    EXPECT_TRUE(written) << to_string(written.error());
    return outcome;
  }
  std::vector<evsrc::outgoing_message> outbox() {
    std::vector<evsrc::outgoing_message> found;
    auto const rows = store.read_outbox({});
    EXPECT_TRUE(rows);
    for (auto const& row : *rows) found.push_back(row.message);
    return found;
  }
  std::vector<std::string> sent() {
    std::vector<std::string> found;
    for (auto const& one : outbox()) found.push_back(one.destination + ": " + one.type);
    return found;
  }
  order_timeout open(std::string const& key, std::string const& name) {
    auto const all = saga.timeouts(key);
    EXPECT_TRUE(all);
    for (auto const& one : *all)
      if (one.name == name) return {key, name, one.sequence};
    ADD_FAILURE() << name << " is not open";
    return {};
  }
};

using saga_handler = saga_handler_test;
using texts = std::vector<std::string>;

TEST_F(saga_handler, writes_events_commands_and_time_outs_in_one_commit) {
  EXPECT_EQ(take(order_created{"7"}), saga_outcome::reacted);

  auto const found = saga.load("7");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->version, 1U);
  EXPECT_TRUE(found->state.is_open);
  auto const messages = outbox();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].id.value, "in-1/order-saga/1");
  EXPECT_EQ(messages[0].destination, "stock");
  EXPECT_EQ(messages[0].key, "7");
  EXPECT_EQ(messages[0].type, "stock.reserve");
  EXPECT_EQ(messages[0].body, R"({"order_id":"7"})");
  EXPECT_EQ(messages[0].correlation, "corr");
  EXPECT_EQ(messages[0].causation, "in-1");
  EXPECT_EQ(messages[1].id.value, "order-saga/stock/1/7");
  EXPECT_EQ(messages[1].destination, "order-saga.timeouts");
  EXPECT_EQ(messages[1].type, "order-saga.timeout");
  EXPECT_EQ(messages[1].body, R"({"key":"7","name":"stock","sequence":1})");
  EXPECT_EQ(messages[1].not_before, clock.now() + 10min);
  EXPECT_EQ(messages[1].key, "7");
}

TEST_F(saga_handler, stamps_its_events_with_the_cause) {
  take(order_created{"7"});

  auto const page = store.read({.stream = {"order-saga", "7"}});
  ASSERT_TRUE(page);
  auto const meta = page->events()[0].meta();
  ASSERT_TRUE(meta);
  EXPECT_EQ(meta->correlation, "corr");
  EXPECT_EQ(meta->causation, "in-1");
  EXPECT_EQ(meta->source, "order-saga");
  EXPECT_EQ(meta->time, clock.now());
}

TEST_F(saga_handler, takes_an_input_once) {
  take(order_created{"7"}, "a");
  EXPECT_EQ(take(order_created{"7"}, "a"), saga_outcome::repeated);
  EXPECT_EQ(outbox().size(), 2U);

  evsrc::commit twice;
  EXPECT_EQ(add(stock_reserved{"7"}, twice, "b"), saga_outcome::reacted);
  EXPECT_EQ(add(stock_reserved{"7"}, twice, "b"), saga_outcome::repeated);
  EXPECT_EQ(twice.once.size(), 1U);
}

TEST_F(saga_handler, takes_an_input_that_led_to_nothing_once) {
  EXPECT_EQ(take(payment_failed{"7", "no"}, "early"), saga_outcome::reacted);
  take(order_created{"7"});
  EXPECT_EQ(take(payment_failed{"7", "no"}, "early"), saga_outcome::repeated);
  EXPECT_TRUE(saga.load("7")->state.is_open);
}

TEST_F(saga_handler, does_not_take_an_id_for_two_kinds_of_input) {
  take(order_created{"7"}, "a");
  evsrc::commit what;
  auto const done = saga.react(stock_reserved{"7"}, {"a"}, what);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, evsrc::errc::key_reused);
}

TEST_F(saga_handler, sees_what_the_commit_already_adds) {
  evsrc::commit what;
  add(order_created{"7"}, what);
  add(order_created{"8"}, what);
  add(stock_reserved{"7"}, what);
  add(payment_completed{"7", "pay-7"}, what);
  ASSERT_TRUE(store.commit(std::move(what)));

  EXPECT_EQ(saga.load("7")->version, 3U);
  EXPECT_EQ(sent(), (texts{"stock: stock.reserve", "stock: stock.reserve",
                           "order-saga.timeouts: order-saga.timeout", "payments: payment.charge",
                           "shipping: shipping.ship"}));
  EXPECT_TRUE(saga.timeouts("7")->empty());
}

TEST_F(saga_handler, undoes_completed_steps_in_reverse_order) {
  take(order_created{"7"});
  take(stock_reserved{"7"});
  take(payment_completed{"7", "pay-7"});
  take(shipping_failed{"7"});

  auto const all = sent();
  ASSERT_GE(all.size(), 2U);
  EXPECT_EQ(texts(all.end() - 2, all.end()),
            (texts{"payments: payment.refund", "stock: stock.release"}));
}

TEST_F(saga_handler, passes_over_what_comes_after_the_end_and_records_it) {
  take(order_created{"7"});
  take(payment_failed{"7", "no"});
  EXPECT_EQ(take(stock_reserved{"7"}, "late"), saga_outcome::passed_over);

  auto const record = store.find_once("saga:order-saga", "late");
  ASSERT_TRUE(record && *record);
  EXPECT_EQ((*record)->outcome, "passed_over");
  EXPECT_EQ((*record)->fingerprint, "stock.reserved");
}

TEST_F(saga_handler, cancels_its_open_time_outs_at_its_end) {
  take(order_created{"7"});
  auto const due = open("7", "stock");
  take(payment_failed{"7", "no"});

  EXPECT_TRUE(saga.timeouts("7")->empty());
  EXPECT_EQ(sent(), (texts{"stock: stock.reserve"}));
  EXPECT_EQ(take(due), saga_outcome::stale);
}

TEST_F(saga_handler, reacts_to_a_time_out_once) {
  take(order_created{"7"});
  auto const due = open("7", "stock");
  EXPECT_EQ(take(due, "t"), saga_outcome::reacted);
  EXPECT_EQ(take(due, "t"), saga_outcome::repeated);
  EXPECT_EQ(take(due, "a copy"), saga_outcome::stale);
  EXPECT_FALSE(saga.load("7")->state.is_open);
}

TEST_F(saga_handler, drops_a_time_out_that_was_cancelled_after_it_left) {
  take(order_created{"7"});
  auto const due = open("7", "stock");
  take(stock_reserved{"7"});
  EXPECT_EQ(take(due), saga_outcome::stale);
  EXPECT_TRUE(saga.load("7")->state.is_open);
}

TEST_F(saga_handler, lets_one_of_a_cancel_and_a_time_out_win) {
  take(order_created{"7"});
  auto const due = open("7", "stock");
  evsrc::commit fires;
  evsrc::commit cancels;
  add(due, fires);
  add(stock_reserved{"7"}, cancels, "in");
  ASSERT_TRUE(store.commit(std::move(cancels)));
  auto const lost = store.commit(std::move(fires));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, evsrc::errc::version_conflict);
}

TEST_F(saga_handler, checks_the_state_that_was_asked_also_where_no_event_follows) {
  evsrc::commit late;
  add(payment_failed{"7", "no"}, late);  // there is no saga yet: nothing
  take(order_created{"7"});
  auto const done = store.commit(std::move(late));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, evsrc::errc::version_conflict);
}

TEST_F(saga_handler, says_what_is_for_nobody) {
  EXPECT_EQ(take(order_created{""}, "x"), saga_outcome::unaddressed);
  EXPECT_EQ((*store.find_once("saga:order-saga", "x"))->outcome, "unaddressed");
}

TEST_F(saga_handler, refuses_bad_input_and_adds_nothing) {
  evsrc::commit what;
  auto const no_id = saga.react(order_created{"7"}, {}, what);
  ASSERT_FALSE(no_id);
  EXPECT_EQ(no_id.error().message, "id: an input without one cannot be told from a repeat");
  auto const long_key = saga.react(order_created{std::string(129, 'k')}, {"a"}, what);
  ASSERT_FALSE(long_key);
  EXPECT_EQ(long_key.error().message, "key: 129 bytes, at most 128 are allowed");
  take(order_created{"unpayable"});
  auto const broken = saga.react(stock_reserved{"unpayable"}, {"b"}, what);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().message, "command payment.charge: order_id: cannot be paid");
  EXPECT_TRUE(what.appends.empty() && what.messages.empty() && what.once.empty());
}

TEST_F(saga_handler, tells_what_the_store_says) {
  evsrc::testing::faulty_store faulty(evsrc::testing::ports_of(store));
  evsrc::saga_handler<order_saga> on_faulty(faulty, options());
  faulty.fail_lookups({{evsrc::errc::unavailable, "busy"}});
  faulty.fail_reads({{evsrc::errc::io_failed, "torn"}});
  evsrc::commit what;
  EXPECT_EQ(on_faulty.react(order_created{"7"}, {"a"}, what).error().message, "busy");
  EXPECT_EQ(on_faulty.react(order_created{"7"}, {"a"}, what).error().message, "torn");
  EXPECT_TRUE(on_faulty.react(order_created{"7"}, {"a"}, what));
}

TEST_F(saga_handler, forgets_inputs_when_it_is_told_to) {
  auto some_time = options();
  some_time.keep_inputs_for = 24h;
  evsrc::saga_handler<order_saga> forgetful(store, some_time);
  evsrc::commit what;
  ASSERT_TRUE(forgetful.react(order_created{"7"}, {"a"}, what));
  EXPECT_EQ(what.once.back().expires_at, clock.now() + 24h);
}

TEST(saga_cause, is_the_event_or_the_first_message) {
  evsrc::message input;
  input.id = {"copy"};
  input.correlation_id = "corr";
  EXPECT_EQ(evsrc::cause_of(input).id, "copy");
  evsrc::set_property(input.properties, std::string(evsrc::property_names::origin_id), "first");
  EXPECT_EQ(evsrc::cause_of(input).id, "first");
  EXPECT_EQ(evsrc::cause_of(input).correlation, "corr");
}

// ---- small sagas with one trait each ----

struct asked {
  static constexpr evsrc::event_name wire_name{"asked", 1};
  std::string key;
  std::string timeout;
  std::int64_t after_ms = 0;
};
struct noted {
  static constexpr evsrc::event_name wire_name{"noted", 1};
};
struct alarm {
  static constexpr evsrc::category category{"alarm"};
  using reacts_to = evsrc::events<asked>;
  using events = evsrc::events<noted>;
  static std::string key_of(asked const& e) {
    if (e.key == "bomb") throw std::runtime_error("bang");
    return e.key;
  }
  void apply(noted const&) {}
};
evsrc::reaction_plan<alarm> react(alarm const&, asked const& e, evsrc::decision_context const&) {
  evsrc::reaction_plan<alarm> made;
  return made.timeout(e.timeout, std::chrono::milliseconds(e.after_ms));
}
evsrc::reaction_plan<alarm> react(alarm const&, evsrc::timed_out const&) { return noted{}; }

template <class S>
std::string refusal(asked const& input) {
  evsrc::memory::event_store store;
  evsrc::saga_handler<S> handler(store);
  evsrc::commit what;
  auto const done = handler.react(input, {"a"}, what);
  return done ? "" : done.error().message;
}

TEST(saga_timeout, replaces_one_of_the_same_name) {
  evsrc::memory::event_store store;
  evsrc::saga_handler<alarm> handler(store);
  for (auto const* const id : {"1", "2", "3"}) {
    evsrc::commit what;
    ASSERT_TRUE(handler.react(asked{"k", "t", 5}, {id}, what));
    ASSERT_TRUE(store.commit(std::move(what)));
  }
  auto const rows = store.read_outbox({});
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ((*rows)[0].message.id.value, "alarm/t/3/k");

  evsrc::commit all;
  ASSERT_TRUE(handler.react(asked{"k", "t", 5}, {"4"}, all));
  ASSERT_TRUE(handler.react(asked{"k", "t", 5}, {"5"}, all));
  ASSERT_TRUE(store.commit(std::move(all)));
  EXPECT_EQ((*store.read_outbox({}))[0].message.id.value, "alarm/t/5/k");
  EXPECT_EQ(store.read_outbox({})->size(), 1U);
}

TEST(saga_timeout, is_stale_once_it_was_set_anew) {
  evsrc::memory::event_store store;
  evsrc::saga_handler<alarm> handler(store);
  for (auto const* const id : {"1", "2"}) {
    evsrc::commit what;
    ASSERT_TRUE(handler.react(asked{"k", "t", 5}, {id}, what));
    ASSERT_TRUE(store.commit(std::move(what)));
  }
  evsrc::commit what;
  evsrc::saga_timeout<alarm> due{"k", "t", 1};
  EXPECT_EQ(handler.react(due, {"alarm/t/1/k"}, what), saga_outcome::stale);
  due.sequence = 2;
  EXPECT_EQ(handler.react(due, {"alarm/t/2/k"}, what), saga_outcome::reacted);
}

TEST(saga_timeout, has_a_short_id_whatever_its_key_is) {
  std::string const key(120, 'k');
  auto const one = evsrc::detail::timeout_id("alarm", key, "t", 1);
  EXPECT_LE(one.value.size(), 128U);
  EXPECT_NE(one, evsrc::detail::timeout_id("alarm", key, "t", 2));
  EXPECT_EQ(one, evsrc::detail::timeout_id("alarm", key, "t", 1));
}

TEST(saga_timeout, has_a_sound_name_and_time) {
  EXPECT_EQ(refusal<alarm>({"k", "t", 5}), "");
  EXPECT_EQ(refusal<alarm>({"k", "t", std::numeric_limits<std::int64_t>::max()}),
            "time-out 't': its time is longer than 100 years");
  EXPECT_EQ(refusal<alarm>({"k", "", 5}),
            "time-out '': its name must have 1 to 64 bytes and no slash");
  EXPECT_EQ(refusal<alarm>({"k", "a/b", 5}),
            "time-out 'a/b': its name must have 1 to 64 bytes and no slash");
  EXPECT_EQ(refusal<alarm>({"k", "t", -5}), "time-out 't': its time is negative");
}

TEST(saga_timeout, is_bounded_in_number) {
  evsrc::memory::event_store store;
  evsrc::saga_handler<alarm> handler(store);
  evsrc::commit what;
  for (std::size_t at = 0; at != evsrc::limits::saga_timeouts; ++at)
    ASSERT_TRUE(handler.react(asked{"k", "t" + std::to_string(at), 5}, {std::to_string(at)}, what));
  auto const done = handler.react(asked{"k", "one more", 5}, {"more"}, what);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, evsrc::errc::limit_exceeded);
  EXPECT_TRUE(handler.react(asked{"k", "t0", 5}, {"again"}, what));
}

TEST(saga_handler_throws, is_an_error) {
  EXPECT_EQ(refusal<alarm>({"bomb", "t", 5}), "react, apply or key_of threw: bang");
}

}  // namespace
