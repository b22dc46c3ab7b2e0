// SPDX-License-Identifier: Apache-2.0
// What a commit does to the bus in its file: messages that go straight into their queue, those that
// wait in the outbox, and settlements.
#include "evsrc/bus/delivery.hpp"
#include "evsrc/core/limits.hpp"
#include "evsrc/sqlite/message_bus.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "sample.hpp"

namespace evsrc_test {
namespace {

using evsrc::disposition;
using evsrc::entity_status;
using evsrc::errc;
using evsrc::outgoing_message;
using namespace std::chrono_literals;
using names = std::vector<std::string>;

outgoing_message to_orders(std::string id, std::string key = "k") {
  outgoing_message made;
  made.id.value = std::move(id);
  made.destination = "orders";
  made.key = std::move(key);
  made.type = "order.created";
  made.body = "{}";
  return made;
}

/// One file, used as a store and as a bus.
class bus_hop : public ::testing::Test {
 protected:
  bus_hop() { EXPECT_TRUE(store_ != nullptr); }

  void make_queue(evsrc::queue_options const& with = {}, std::string_view name = "orders") {
    EXPECT_TRUE(bus_.topology().create_queue(name, with));
  }
  void commit(std::vector<outgoing_message> messages) {
    auto what = sample_commit();
    what.messages = std::move(messages);
    auto const told = store_->commit(std::move(what));
    EXPECT_TRUE(told) << error_of(told);
  }
  names in_outbox() {
    names found;
    auto const rows = store_->read_outbox({});
    EXPECT_TRUE(rows) << error_of(rows);
    for (auto const& row : *rows) found.push_back(row.message.id.value);
    return found;
  }
  std::vector<evsrc::delivery> standing(std::string_view entity = "orders") {
    auto const at = bus_.open_receiver(entity);
    auto found = (*at)->peek(0, 100);
    EXPECT_TRUE(found) << error_of(found);
    return *found;
  }
  names ids_in(std::string_view entity = "orders") {
    names found;
    for (auto const& one : standing(entity)) found.push_back(one.message.id.value);
    return found;
  }
  evsrc::delivery receive_one(std::string_view entity = "orders") {
    auto got = (*bus_.open_receiver(entity))->receive({});
    EXPECT_TRUE(got && got->size() == 1);
    return got->at(0);
  }
  std::uint64_t events() { return store_->read({.stream = {"account", "42"}})->version(); }

  work_folder folder_;
  evsrc::testing::manual_clock time_;
  std::unique_ptr<evsrc::sqlite::event_store> store_ =
      open_store(folder_.file(), {.clock = &time_});
  evsrc::sqlite::message_bus bus_{*store_};
};

TEST_F(bus_hop, takes_a_message_into_its_queue_within_the_commit) {
  make_queue();
  commit({to_orders("a"), to_orders("b")});
  EXPECT_EQ(in_outbox(), names{});
  auto const got = receive_one();
  EXPECT_EQ(got.message, to_message(to_orders("a")));
  EXPECT_EQ(got.message.session_id, "k");
  EXPECT_EQ(got.enqueued_at, time_.now());
  EXPECT_EQ(ids_in(), (names{"a", "b"}));
}

TEST_F(bus_hop, copies_a_message_to_the_subscriptions_of_its_topic) {
  ASSERT_TRUE(bus_.topology().create_topic("orders"));
  ASSERT_TRUE(bus_.topology().create_subscription("orders", "all"));
  ASSERT_TRUE(bus_.topology().create_subscription(
      "orders", "others", {}, {{"r", evsrc::sql_rule_filter{"sys.Label = 'order.paid'"}}}));
  commit({to_orders("a")});
  EXPECT_EQ(in_outbox(), names{});
  EXPECT_EQ(ids_in("orders/Subscriptions/all"), names{"a"});
  EXPECT_EQ(ids_in("orders/Subscriptions/others"), names{});
}

TEST_F(bus_hop, leaves_in_the_outbox_what_would_overtake_what_is_due) {
  make_queue();
  std::vector<evsrc::message> const more_than_one_commit_enqueues(300);
  ASSERT_TRUE(
      (*bus_.open_sender("orders"))->schedule(more_than_one_commit_enqueues, time_.now() + 1h));
  time_.advance(2h);
  commit({to_orders("a")});
  EXPECT_EQ(in_outbox(), names{"a"});
  commit({to_orders("b", "another key")});
  EXPECT_EQ(in_outbox(), names{"a"}) << "all that was due is there now";
  EXPECT_EQ(bus_.topology().counts("orders")->active, 301U);
}

TEST_F(bus_hop, leaves_in_the_outbox_what_has_no_queue) {
  commit({to_orders("a")});
  EXPECT_EQ(in_outbox(), names{"a"});
  make_queue({}, "bills");
  commit({to_orders("b")});
  EXPECT_EQ(in_outbox(), (names{"a", "b"}));
  EXPECT_EQ(ids_in("bills"), names{});
  EXPECT_EQ(events(), 2U);
}

TEST_F(bus_hop, leaves_in_the_outbox_what_a_disabled_entity_would_refuse) {
  for (auto const status : {entity_status::send_disabled, entity_status::disabled}) {
    auto const name = std::string{to_string(status)};
    make_queue({.status = status}, name);
    auto one = to_orders("for " + name);
    one.destination = name;
    commit({one});
    EXPECT_EQ(in_outbox().back(), one.id.value);
    EXPECT_EQ(bus_.topology().counts(name)->active, 0U);
  }
}

TEST_F(bus_hop, leaves_in_the_outbox_what_is_beyond_the_quota) {
  make_queue({.max_size_bytes = 10'000});
  auto large = to_orders("a", "one");
  large.body = std::string(6'000, 'x');
  auto second = large;
  second.id.value = "b";
  second.key = "two";
  auto small = to_orders("c", "three");
  commit({large, second, small});
  EXPECT_EQ(in_outbox(), names{"b"});
  EXPECT_EQ(ids_in(), (names{"a", "c"}));
  // Room again: the next one of another key goes, that of the waiting key waits behind it.
  ASSERT_TRUE((*bus_.open_receiver("orders"))->settle(receive_one().settle()));
  commit({to_orders("d", "two"), to_orders("e", "one")});
  EXPECT_EQ(in_outbox(), (names{"b", "d"}));
  EXPECT_EQ(ids_in(), (names{"c", "e"}));
}

TEST_F(bus_hop, leaves_in_the_outbox_what_the_entity_would_refuse) {
  make_queue({.requires_session = true, .max_message_bytes = 1'000});
  auto large = to_orders("large");
  large.body = std::string(2'000, 'x');
  commit({to_orders("no session", ""), large, to_orders("fits", "other")});
  EXPECT_EQ(in_outbox(), (names{"no session", "large"}));
  EXPECT_EQ(ids_in(), names{"fits"});
}

TEST_F(bus_hop, is_not_taken_while_an_older_row_of_the_key_waits) {
  commit({to_orders("a"), to_orders("b", "other")});
  make_queue();
  commit({to_orders("c"), to_orders("d", "third")});
  EXPECT_EQ(in_outbox(), (names{"a", "b", "c"}));
  EXPECT_EQ(ids_in(), names{"d"});
  // A relay hands the older ones on; from then on the short way is free.
  auto const rows = store_->read_outbox({});
  auto const sending = bus_.open_sender("orders");
  for (auto const& row : *rows) {
    ASSERT_TRUE((*sending)->send(to_message(row.message)));
    ASSERT_TRUE(store_->commit({.handed_on = {row.sequence}}));
  }
  commit({to_orders("e")});
  EXPECT_EQ(in_outbox(), names{});
  EXPECT_EQ(ids_in(), (names{"d", "a", "b", "c", "e"}));
}

TEST_F(bus_hop, joins_a_long_backlog_whatever_its_key) {
  std::vector<outgoing_message> backlog;
  for (int i = 0; i != 256; ++i) backlog.push_back(to_orders("row-" + std::to_string(i), "busy"));
  commit(backlog);
  make_queue();
  commit({to_orders("beside", "other")});
  EXPECT_EQ(ids_in(), names{"beside"}) << "the whole backlog was looked at";
  commit({to_orders("last of it", "busy")});
  commit({to_orders("behind", "third")});
  EXPECT_EQ(ids_in(), names{"beside"});
  EXPECT_EQ(in_outbox().back(), "behind");
  EXPECT_EQ(in_outbox().size(), 258U);
}

TEST_F(bus_hop, keeps_the_order_of_a_key_within_one_commit) {
  make_queue({.max_message_bytes = 1'000});
  auto large = to_orders("large");
  large.body = std::string(2'000, 'x');
  commit({to_orders("before"), large, to_orders("behind"), to_orders("beside", "other")});
  EXPECT_EQ(in_outbox(), (names{"large", "behind"}));
  EXPECT_EQ(ids_in(), (names{"before", "beside"}));
}

TEST_F(bus_hop, takes_nothing_before_it_is_due) {
  make_queue();
  auto later = to_orders("later");
  later.not_before = time_.now() + 1h;
  commit({later, to_orders("now")});
  EXPECT_EQ(in_outbox(), names{"later"}) << "a row that is not due blocks nobody";
  EXPECT_EQ(ids_in(), names{"now"});
  time_.advance(2h);
  commit({to_orders("behind")});
  EXPECT_EQ(in_outbox(), (names{"later", "behind"})) << "from its time on it goes first";
}

TEST_F(bus_hop, does_not_overtake_a_row_that_spells_the_entity_in_another_way) {
  auto spelled = to_orders("a");
  spelled.destination = "Orders";
  commit({spelled});
  make_queue();
  commit({to_orders("b"), to_orders("c", "other")});
  EXPECT_EQ(in_outbox(), (names{"a", "b"})) << "entity names ignore ASCII case";
  EXPECT_EQ(ids_in(), names{"c"});
  // A dead letter under either spelling holds the key of both.
  ASSERT_TRUE(store_->commit({.handed_on = {2}, .refused = {{1, "not_found", {}, true}}}));
  spelled.id.value = "d";
  spelled.destination = "ORDERS";
  commit({spelled});
  EXPECT_EQ(in_outbox(), names{"d"});
}

TEST_F(bus_hop, leaves_rows_to_a_relay_in_the_order_that_it_keeps) {
  make_queue();
  auto timer = to_orders("timer");
  timer.not_before = time_.now() + 1h;
  commit({timer});
  time_.advance(1h);
  auto passed = to_orders("passed");
  passed.not_before = time_.now() - 1min;
  commit({passed, to_orders("now")});
  EXPECT_EQ(ids_in(), names{});
  names due;
  auto const rows = store_->read_due({.due_by = time_.now()});
  ASSERT_TRUE(rows) << error_of(rows);
  for (auto const& row : *rows) due.push_back(row.message.id.value);
  EXPECT_EQ(due, (names{"timer", "passed", "now"}));
}

TEST_F(bus_hop, cancels_what_still_waits_and_nothing_else) {
  make_queue();
  auto later = to_orders("later");
  later.not_before = time_.now() + 1h;
  commit({later, to_orders("gone")});
  ASSERT_TRUE(store_->commit({.cancel = {{"later"}, {"gone"}}}));
  EXPECT_EQ(in_outbox(), names{});
  EXPECT_EQ(ids_in(), names{"gone"});
}

TEST_F(bus_hop, drops_a_duplicate_where_the_queue_detects_them) {
  make_queue({.requires_duplicate_detection = true});
  commit({to_orders("a")});
  commit({to_orders("a"), to_orders("b")});
  EXPECT_EQ(in_outbox(), names{});
  EXPECT_EQ(ids_in(), (names{"a", "b"}));
}

TEST_F(bus_hop, sends_nothing_of_a_commit_that_is_refused) {
  make_queue();
  auto what = sample_commit("42", evsrc::expected_version::exactly(7));
  what.messages = {to_orders("a")};
  EXPECT_EQ(code_of(store_->commit(what)), errc::version_conflict);
  EXPECT_EQ(ids_in(), names{});
  EXPECT_EQ(in_outbox(), names{});
}

TEST_F(bus_hop, sends_once_what_is_committed_twice_with_one_key) {
  make_queue();
  auto what = sample_commit();
  what.messages = {to_orders("a")};
  what.once = {{"scope", "key", "print"}};
  ASSERT_TRUE(store_->commit(what));
  EXPECT_TRUE(store_->commit(what)->duplicate);
  EXPECT_EQ(ids_in(), names{"a"});
}

TEST_F(bus_hop, ends_the_input_and_sends_its_result_in_one_commit) {
  make_queue();
  make_queue({}, "bills");
  ASSERT_TRUE((*bus_.open_sender("orders"))->send(to_message(to_orders("a"))));
  auto what = sample_commit();
  what.settles = {receive_one().settle()};
  what.messages = {to_orders("bill")};
  what.messages[0].destination = "bills";
  ASSERT_TRUE(store_->commit(std::move(what)));
  EXPECT_EQ(ids_in(), names{});
  EXPECT_EQ(ids_in("bills"), names{"bill"});
  EXPECT_EQ(events(), 1U);
}

TEST_F(bus_hop, writes_nothing_when_the_inputs_lock_is_lost) {
  make_queue({.lock_duration = 10s});
  make_queue({}, "bills");
  ASSERT_TRUE((*bus_.open_sender("orders"))->send(to_message(to_orders("a"))));
  auto const lost = receive_one();
  time_.advance(11s);
  for (auto const how : {disposition::complete, disposition::abandon, disposition::dead_letter}) {
    auto what = sample_commit();
    what.settles = {lost.settle(how)};
    what.messages = {to_orders("bill")};
    what.messages[0].destination = "bills";
    EXPECT_EQ(code_of(store_->commit(std::move(what))), errc::lock_lost);
  }
  EXPECT_EQ(ids_in("bills"), names{});
  EXPECT_EQ(in_outbox(), names{});
  EXPECT_EQ(events(), 0U);
  EXPECT_EQ(receive_one().delivery_count, 1U);
}

TEST_F(bus_hop, lets_a_lock_settle_in_one_of_two_commits) {
  make_queue();
  ASSERT_TRUE((*bus_.open_sender("orders"))->send(to_message(to_orders("a"))));
  auto const held = receive_one();
  std::vector<evsrc::result<evsrc::receipt>> told;
  for (int i = 0; i != 2; ++i) {
    auto what = sample_commit();
    what.settles = {held.settle()};
    store_->submit(std::move(what), [&](auto answer) { told.push_back(std::move(answer)); });
  }
  store_->poll();
  ASSERT_TRUE(store_->commit(sample_commit("other")));  // behind both
  ASSERT_EQ(told.size(), 2U);
  EXPECT_TRUE(told[0]);
  EXPECT_EQ(code_of(told[1]), errc::lock_lost);
  EXPECT_EQ(events(), 1U);
}

TEST_F(bus_hop, judges_keys_before_locks) {
  make_queue();
  ASSERT_TRUE((*bus_.open_sender("orders"))->send(to_message(to_orders("a"))));
  auto what = sample_commit();
  what.settles = {receive_one().settle()};
  what.once = {{"inbox", "a", "print"}};
  ASSERT_TRUE(store_->commit(what));
  auto const again = store_->commit(what);  // the lock is gone, the answer was decided
  ASSERT_TRUE(again) << error_of(again);
  EXPECT_TRUE(again->duplicate);
}

}  // namespace
}  // namespace evsrc_test
