// SPDX-License-Identifier: Apache-2.0
// Rows that go on in order, once or again under their id, and why they do not.
#include "evsrc/runtime/outbox_relay.hpp"

#include <atomic>
#include <latch>

#include "evsrc/sqlite/message_bus.hpp"
#include "relaying.hpp"

namespace {

using namespace relaying;

template <class Kind>
struct relays : relay_room<Kind> {};
using kinds = testing::Types<memory_kind, sqlite_kind>;
TYPED_TEST_SUITE(relays, kinds);

TYPED_TEST(relays, hand_rows_on_in_order_and_remove_them) {
  auto relay = this->make();
  this->create_queue("mail");
  this->put({this->row("1", "a"), this->row("2", "b"), this->row("m1", "a", "mail")});
  this->put({this->row("3", "a"), this->row("m2", "b", "mail")});
  EXPECT_EQ(relay->poll().value(), 5U);
  EXPECT_EQ(this->to.ids(), (id_list{"1", "2", "3"}));
  EXPECT_EQ(this->to.calls.size(), 1U) << "in one batch";
  EXPECT_EQ(this->receive("mail"), (id_list{"m1", "m2"}));
  EXPECT_TRUE(this->waiting().empty());
  EXPECT_EQ(relay->poll().value(), 0U);
  auto const counts = relay->explain().counts;
  EXPECT_EQ(counts.sent, 5U);
  EXPECT_EQ(counts.removed, 5U);
}

TYPED_TEST(relays, carry_key_correlation_and_trace_context) {
  auto relay = this->make();
  auto one = this->row("1", "customer-7");
  one.correlation = "request-9";
  one.causation = "event-3";
  one.trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  one.time_to_live = 5min;
  this->put({one});
  ASSERT_EQ(this->settle_down(*relay), 1U);
  auto const& got = this->to.arrived.at(0);
  EXPECT_EQ(got, to_message(one));
  EXPECT_EQ(got.session_id, "customer-7");
  EXPECT_EQ(got.correlation_id, "request-9");
  EXPECT_EQ(find_text(got.properties, "traceparent"), one.trace_parent);
  EXPECT_EQ(find_text(got.properties, "evsrc-causation-id"), "event-3");
}

TYPED_TEST(relays, hand_timers_on_when_they_are_due) {
  auto relay = this->make();
  auto later = this->row("later", "a");
  later.not_before = this->time.now() + 10s;
  this->put({later, this->row("now", "a")});
  EXPECT_EQ(this->settle_down(*relay), 1U);
  EXPECT_EQ(this->to.ids(), (id_list{"now"})) << "a row that is not due blocks nobody";
  this->time.advance(10s - 1us);
  EXPECT_EQ(this->settle_down(*relay), 0U);
  this->time.advance(1us);
  EXPECT_EQ(this->settle_down(*relay), 1U);
  EXPECT_EQ(this->to.ids(), (id_list{"now", "later"}));
  EXPECT_EQ(this->to.arrived[1].enqueue_at, evsrc::timestamp{});
}

TYPED_TEST(relays, send_a_timer_before_what_came_when_it_was_due) {
  auto relay = this->make();
  auto timer = this->row("timer", "a");
  timer.not_before = this->time.now() + 10s;
  this->put({timer, this->row("before", "a")});
  this->time.advance(1min);  // no relay runs
  this->put({this->row("behind", "a")});
  EXPECT_EQ(this->settle_down(*relay), 3U);
  EXPECT_EQ(this->to.ids(), (id_list{"before", "timer", "behind"}));
}

TYPED_TEST(relays, know_a_destination_however_it_is_spelled) {
  auto relay = this->make();
  relay->send_to("MAIL", this->to);
  this->put({this->row("1", "a", "Mail"), this->row("2", "a", "mail")});
  this->put({this->row("3", "a", "Orders"), this->row("4", "a")});
  EXPECT_EQ(this->settle_down(*relay), 4U);
  EXPECT_EQ(this->to.ids(), (id_list{"1", "2", "3", "4"}));
  EXPECT_EQ(this->to.calls.size(), 2U) << "each destination is one";
}

TYPED_TEST(relays, never_send_what_was_cancelled_before_its_time) {
  auto relay = this->make();
  auto timer = this->row("timer", "a");
  timer.not_before = this->time.now() + 10s;
  this->put({timer});
  EXPECT_EQ(this->settle_down(*relay), 0U);
  evsrc::commit what;
  what.cancel = {{"timer"}};
  this->commit(std::move(what));
  this->time.advance(1min);
  EXPECT_EQ(this->settle_down(*relay), 0U);
  EXPECT_TRUE(this->to.calls.empty());
}

TYPED_TEST(relays, repeat_under_the_same_id_after_a_crash_before_the_removal) {
  evsrc::queue_options with;
  with.requires_duplicate_detection = true;
  this->create_queue("exact", with);
  this->create_queue("plain");
  this->put({this->row("1", "a", "exact"), this->row("1b", "a", "plain")});
  auto relay = this->make();
  this->store.before = [](evsrc::commit const& what) -> std::optional<evsrc::error> {
    if (what.handed_on.empty()) return std::nullopt;
    return away("the machine dies now");
  };
  EXPECT_FALSE(relay->poll());
  EXPECT_EQ(this->waiting().size(), 2U);
  this->store.before = nullptr;
  relay.reset();
  relay = this->make();
  EXPECT_EQ(this->settle_down(*relay), 2U);
  EXPECT_EQ(this->receive("plain"), (id_list{"1b", "1b"})) << "at least once, under one id";
  EXPECT_EQ(this->receive("exact"), (id_list{"1"})) << "which duplicate detection absorbs";
}

TYPED_TEST(relays, remove_what_was_sent_before_they_send_more) {
  auto relay = this->make();
  this->put({this->row("1", "a")});
  int failures = 2;
  this->store.before = [&](evsrc::commit const& what) -> std::optional<evsrc::error> {
    if (what.handed_on.empty() || failures-- <= 0) return std::nullopt;
    return away();
  };
  EXPECT_FALSE(relay->poll());
  this->put({this->row("2", "a")});
  EXPECT_FALSE(relay->poll());
  EXPECT_EQ(this->settle_down(*relay), 2U);
  EXPECT_EQ(this->to.ids(), (id_list{"1", "2"})) << "nothing is sent twice where nobody crashed";
}

TYPED_TEST(relays, count_on_a_removal_whose_answer_was_lost) {
  auto relay = this->make();
  this->put({this->row("1", "a")});
  bool is_lost = false;
  this->store.after = [&](evsrc::commit const& what) -> std::optional<evsrc::error> {
    if (what.handed_on.empty() || std::exchange(is_lost, true)) return std::nullopt;
    return evsrc::error{errc::io_failed, "nobody knows", "", 0, evsrc::effect::unknown};
  };
  EXPECT_FALSE(relay->poll());
  this->settle_down(*relay);
  EXPECT_EQ(this->to.ids(), (id_list{"1"}));
  EXPECT_TRUE(this->waiting().empty());
}

TYPED_TEST(relays, remove_nothing_once_another_has_taken_over) {
  auto first = this->make(this->options("first"));
  auto second = this->make(this->options("second"));
  this->put({this->row("1", "a")});
  ASSERT_EQ(second->explain().slots, 0U);
  bool is_inside = false;
  this->to.answer = [&](auto) -> evsrc::result<void> {
    if (std::exchange(is_inside, true)) return {};
    // The first one hangs in its send for longer than it said.
    EXPECT_EQ(second->poll().value(), 0U) << "sees the owner for the first time";
    this->time.advance(this->options().patience);
    EXPECT_EQ(second->poll().value(), 1U) << "takes over and hands the row on";
    this->put({this->row("2", "a")});
    return {};
  };
  ASSERT_TRUE(first->poll());
  EXPECT_EQ(this->to.ids(), (id_list{"1", "1"})) << "repeated, under its id";
  EXPECT_EQ(this->waiting(), (id_list{"2"}));
  auto const told = first->explain();
  EXPECT_EQ(told.counts.removed, 0U);
  EXPECT_EQ(told.counts.leases_lost, 64U);
  EXPECT_EQ(told.counts.slow_sends, 1U);
  EXPECT_EQ(told.slots, 0U);
  EXPECT_EQ(told.others.at("second"), 64U);
  EXPECT_EQ(this->settle_down(*first), 0U) << "is not its row any more";
  EXPECT_EQ(this->settle_down(*second), 1U);
  EXPECT_EQ(this->to.ids(), (id_list{"1", "1", "2"}));
}

TYPED_TEST(relays, prove_their_slots_where_too_little_of_the_lease_is_left_for_a_send) {
  auto with = this->options();
  with.send_timeout = 10s;
  with.heartbeat = 2s;
  with.patience = 15s;
  auto relay = this->make(with);
  auto const size = size_bytes(to_message(this->row("1", "a")));
  this->to.max_bytes = size;  // one row a send
  this->put({this->row("1", "a"), this->row("2", "a"), this->row("3", "a")});
  std::vector<std::size_t> proofs;  // before each send
  std::size_t proved = 0;
  this->store.before = [&](evsrc::commit const& what) -> std::optional<evsrc::error> {
    if (!what.owners.empty() && what.handed_on.empty()) ++proved;
    return std::nullopt;
  };
  this->to.answer = [&](auto) -> evsrc::result<void> {
    proofs.push_back(proved);
    this->time.advance(4s);
    return {};
  };
  EXPECT_EQ(relay->poll().value(), 3U);
  // Taken at 0; at 4 s 11 are left, at 8 s only 7.
  EXPECT_EQ(proofs, (std::vector<std::size_t>{1, 1, 2}));
}

TYPED_TEST(relays, do_not_send_where_the_lease_cannot_be_proved) {
  auto relay = this->make();
  this->to.max_bytes = 1;  // one row a send
  this->put({this->row("1", "a"), this->row("2", "a")});
  bool is_away = false;
  this->store.before = [&](evsrc::commit const&) -> std::optional<evsrc::error> {
    if (!is_away) return std::nullopt;
    return away("the store");
  };
  this->to.answer = [&](auto) -> evsrc::result<void> {
    this->time.advance(9s);
    is_away = true;
    return {};
  };
  EXPECT_FALSE(relay->poll());
  EXPECT_EQ(this->to.ids(), (id_list{"1"}));
  is_away = false;
  this->to.answer = nullptr;
  EXPECT_EQ(this->settle_down(*relay), 2U);
  EXPECT_EQ(this->to.ids(), (id_list{"1", "2"}));
}

TYPED_TEST(relays, wait_for_their_turn_and_take_what_was_given_back_at_once) {
  auto first = this->make(this->options("first"));
  auto second = this->make(this->options("second"));
  EXPECT_EQ(first->poll().value(), 0U);
  EXPECT_EQ(second->poll().value(), 0U);
  // An owner without work beats; as long as it does nobody takes over.
  for (int second_of = 0; second_of < 60; ++second_of) {
    this->time.advance(1s);
    EXPECT_TRUE(first->poll());
    EXPECT_TRUE(second->poll());
  }
  EXPECT_EQ(first->explain().slots, 64U);
  EXPECT_EQ(second->explain().slots, 0U);
  this->put({this->row("1", "a")});
  first.reset();
  this->time.advance(1s);
  EXPECT_EQ(this->settle_down(*second), 1U);
  EXPECT_EQ(second->explain().slots, 64U);
}

TYPED_TEST(relays, never_take_over_where_their_patience_is_endless) {
  auto with = this->options("first");
  with.patience = std::chrono::milliseconds::max();
  auto first = this->make(with);
  with.holder = "second";
  auto second = this->make(with);
  this->put({this->row("1", "a")});
  EXPECT_EQ(first->poll().value(), 1U) << "an endless lease is enough for a send";
  for (int day = 0; day != 5; ++day) {
    EXPECT_TRUE(second->poll());
    this->time.advance(24h);
  }
  EXPECT_EQ(first->explain().slots, 64U);
  EXPECT_EQ(second->explain().slots, 0U);
  EXPECT_EQ(second->explain().others.at("first"), 64U);
}

TYPED_TEST(relays, share_the_slots_that_they_were_given) {
  auto with = this->options("even");
  for (std::size_t slot = 0; slot < 64; ++slot) with.slots.set(slot, slot % 2 == 0);
  auto const even = with.slots;
  auto first = this->make(with);
  with.holder = "odd";
  with.slots.flip();
  auto second = this->make(with);
  std::vector<evsrc::outgoing_message> rows;
  std::size_t wanted = 0;
  for (int i = 0; i < 100; ++i) {
    auto const key = "k" + std::to_string(i);
    rows.push_back(this->row(std::to_string(i), key));
    wanted += even.test(evsrc::outbox_slot("orders", key)) ? 1 : 0;
  }
  this->put(std::move(rows));
  EXPECT_EQ(this->settle_down(*first), wanted);
  EXPECT_EQ(this->settle_down(*second), 100 - wanted);
  EXPECT_GT(wanted, 20U);
  EXPECT_LT(wanted, 80U);
  EXPECT_EQ(first->explain().others.at("odd"), 32U);
}

TYPED_TEST(relays, let_no_dead_destination_hold_the_others_back) {
  auto relay = this->make();
  this->create_queue("mail");
  bool is_dead = true;
  this->to.answer = [&](auto) -> evsrc::result<void> {
    if (is_dead) return evsrc::fail(away());
    return {};
  };
  std::vector<evsrc::outgoing_message> rows;
  id_list ids;
  for (int i = 0; i < 700; ++i) {
    ids.push_back(std::to_string(i));
    rows.push_back(this->row(ids.back(), "k" + std::to_string(i % 3)));
  }
  this->put(std::move(rows));
  this->put({this->row("m1", "a", "mail")});
  EXPECT_EQ(relay->poll().value(), 1U);
  EXPECT_EQ(this->receive("mail"), (id_list{"m1"}));
  EXPECT_EQ(relay->poll().value(), 0U);  // the second failure: the circuit opens
  EXPECT_EQ(this->to.calls.size(), 2U);
  this->put({this->row("m2", "a", "mail")});
  EXPECT_EQ(relay->poll().value(), 1U);
  EXPECT_EQ(this->to.calls.size(), 2U) << "it is spared while it pauses";

  auto told = relay->explain();
  auto const& orders = told.destinations.at(0);
  EXPECT_EQ(orders.circuit, evsrc::circuit_standing::open);
  EXPECT_EQ(orders.failures, 2U);
  EXPECT_EQ(orders.retry_at, this->time.now() + 1s);
  ASSERT_TRUE(orders.trouble);
  EXPECT_EQ(orders.trouble->code, errc::unavailable);

  this->time.advance(1s);
  EXPECT_EQ(relay->poll().value(), 0U);
  EXPECT_EQ(this->to.calls.back().size(), 1U) << "one row finds out";
  this->time.advance(1s);
  EXPECT_EQ(relay->poll().value(), 0U);
  EXPECT_EQ(this->to.calls.size(), 3U) << "the second pause is longer";
  this->time.advance(1s);
  is_dead = false;
  EXPECT_EQ(this->settle_down(*relay), 700U);
  EXPECT_EQ(this->to.ids(), ids);
  EXPECT_EQ(relay->explain().counts.failures, 3U);
}

TYPED_TEST(relays, resume_what_pauses_when_asked) {
  auto relay = this->make();
  int failures = 2;
  this->to.answer = [&](auto) -> evsrc::result<void> {
    if (failures-- > 0) return evsrc::fail(away());
    return {};
  };
  this->put({this->row("1", "a")});
  EXPECT_TRUE(relay->poll());
  EXPECT_TRUE(relay->poll());
  EXPECT_EQ(relay->poll().value(), 0U);
  relay->resume();
  EXPECT_EQ(relay->poll().value(), 1U);
}

TYPED_TEST(relays, send_again_where_nobody_knows_and_where_a_sender_throws) {
  auto relay = this->make();
  this->put({this->row("1", "a")});
  int calls = 0;
  this->to.answer = [&](auto) -> evsrc::result<void> {
    ++calls;
    if (calls == 1)
      return evsrc::fail(evsrc::error{errc::invalid_argument, "?", "", 0, evsrc::effect::unknown});
    if (calls == 2) throw std::runtime_error("bang");
    return {};
  };
  EXPECT_EQ(relay->poll().value(), 0U);
  EXPECT_EQ(relay->poll().value(), 0U);
  EXPECT_EQ(relay->explain().destinations.at(0).trouble->message, "the sender threw: bang");
  this->time.advance(1s);
  EXPECT_EQ(relay->poll().value(), 1U);
  EXPECT_TRUE(this->dead().empty());
}

/// Never takes rows whose id begins with "bad".
evsrc::result<void> refuse_bad(scripted_sender::batch what) {
  for (auto const& one : what)
    if (one.id.value.starts_with("bad"))
      return evsrc::fail(errc::limit_exceeded, "messages: " + one.id.value + " is too large");
  return {};
}

TYPED_TEST(relays, turn_a_refused_row_into_a_dead_letter_and_hold_its_key) {
  auto relay = this->make();
  this->to.answer = &refuse_bad;
  this->put({this->row("1", "a"), this->row("2", "b"), this->row("bad", "a"), this->row("3", "a"),
             this->row("4", "b"), this->row("bad too"), this->row("5")});
  this->settle_down(*relay);
  this->put({this->row("6", "a"), this->row("7", "b")});
  this->settle_down(*relay);
  EXPECT_EQ(this->to.ids(), (id_list{"1", "2", "4", "5", "7"}))
      << "rows without a key wait for none";
  EXPECT_EQ(this->waiting(), (id_list{"3", "6"}));
  auto const dead = this->dead();
  ASSERT_EQ(dead.size(), 2U);
  EXPECT_EQ(dead[0].row.message, this->row("bad", "a"));
  EXPECT_EQ(dead[0].reason, "limit_exceeded");
  EXPECT_EQ(dead[0].description, "messages: bad is too large");
  EXPECT_TRUE(dead[0].holds_key);
  EXPECT_FALSE(dead[1].holds_key);
  EXPECT_EQ(relay->explain().counts.refused, 2U);
  EXPECT_EQ(relay->explain().destinations.at(0).circuit, evsrc::circuit_standing::closed)
      << "the destination works";

  this->to.answer = nullptr;
  this->redrive(dead[0].row.sequence);
  this->settle_down(*relay);
  EXPECT_EQ(this->to.ids(), (id_list{"1", "2", "4", "5", "7", "bad", "3", "6"}));
}

TYPED_TEST(relays, pass_a_refused_row_where_that_is_the_policy) {
  auto with = this->options();
  with.on_refusal = evsrc::refusal_policy::pass_key;
  auto relay = this->make(with);
  this->to.answer = &refuse_bad;
  this->put({this->row("1", "a"), this->row("bad", "a"), this->row("2", "a"), this->row("3", "a")});
  this->settle_down(*relay);
  EXPECT_EQ(this->to.ids(), (id_list{"1", "2", "3"}));
  EXPECT_FALSE(this->dead().at(0).holds_key);
  EXPECT_TRUE(this->waiting().empty());
}

TYPED_TEST(relays, let_a_key_go_on_when_its_dead_letter_is_removed) {
  auto relay = this->make();
  this->to.answer = &refuse_bad;
  this->put({this->row("bad", "a"), this->row("1", "a")});
  this->settle_down(*relay);
  EXPECT_TRUE(this->to.ids().empty());
  evsrc::commit what;
  what.cancel = {{"bad"}};
  this->commit(std::move(what));
  this->settle_down(*relay);
  EXPECT_EQ(this->to.ids(), (id_list{"1"}));
  EXPECT_TRUE(this->dead().empty());
}

TYPED_TEST(relays, give_up_one_row_an_attempt_where_the_entity_is_gone) {
  auto relay = this->make();
  this->put({this->row("1", "a", "gone"), this->row("2", "b", "gone"), this->row("3", "a", "gone"),
             this->row("4", "c", "gone")});
  for (int step = 0; step < 5; ++step) EXPECT_TRUE(relay->poll());
  auto dead = this->dead();
  ASSERT_EQ(dead.size(), 2U) << "then the circuit is open";
  EXPECT_EQ(dead[0].reason, "not_found");
  EXPECT_EQ(relay->explain().destinations.at(0).circuit, evsrc::circuit_standing::open);
  this->create_queue("gone");
  this->time.advance(1s);
  this->settle_down(*relay);
  EXPECT_EQ(this->receive("gone"), (id_list{"4"}));
  for (auto const& one : dead) this->redrive(one.row.sequence);
  this->settle_down(*relay);
  EXPECT_EQ(this->receive("gone"), (id_list{"1", "2", "3"}));
}

TYPED_TEST(relays, refuse_names_that_no_entity_can_have) {
  auto relay = this->make();
  this->put({this->row("1", "a", "a//b"), this->row("2", "a", "a//b")});
  this->settle_down(*relay);
  ASSERT_EQ(this->dead().size(), 1U);
  EXPECT_EQ(this->dead()[0].reason, "invalid_argument");
  EXPECT_EQ(this->waiting(), (id_list{"2"}));
}

TYPED_TEST(relays, leave_rows_alone_that_nothing_sends) {
  evsrc::outbox_relay relay(this->store, this->options());
  relay.send_to("orders", this->to);
  this->put({this->row("1", "a"), this->row("m1", "a", "mail")});
  EXPECT_EQ(this->settle_down(relay), 1U);
  EXPECT_EQ(this->waiting(), (id_list{"m1"}));
  auto const told = relay.explain().destinations.at(0);
  EXPECT_FALSE(told.has_sender);
  EXPECT_EQ(to_string(told),
            "mail: 1 row waits, 1 of them due since 2026-01-01T00:00:00.000000Z; "
            "nothing sends to it");
}

TYPED_TEST(relays, send_and_remove_in_bounded_batches) {
  auto with = this->options();
  with.batch_rows = 10;
  auto relay = this->make(with);
  std::size_t most = 0;
  std::size_t removals = 0;
  this->store.before = [&](evsrc::commit const& what) -> std::optional<evsrc::error> {
    EXPECT_TRUE(what.handed_on.empty() || !what.owners.empty()) << "only an owner removes";
    most = std::max(most, what.handed_on.size());
    removals += what.handed_on.empty() ? 0 : 1;
    return std::nullopt;
  };
  this->to.max_bytes = 3 * size_bytes(to_message(this->row("10", "a")));
  std::vector<evsrc::outgoing_message> rows;
  for (int i = 10; i < 45; ++i) rows.push_back(this->row(std::to_string(i), "a"));
  this->put(std::move(rows));
  EXPECT_EQ(this->settle_down(*relay), 35U);
  EXPECT_EQ(most, 10U);
  EXPECT_EQ(removals, 4U);
  for (auto const& call : this->to.calls) EXPECT_LE(call.size(), 3U);
  EXPECT_EQ(this->to.ids().size(), 35U);
}

TYPED_TEST(relays, tell_why_a_row_does_not_move) {
  auto relay = this->make();
  this->to.answer = [](scripted_sender::batch what) -> evsrc::result<void> {
    if (what[0].id.value == "bad") return evsrc::invalid("messages[0].body", "not wanted");
    return evsrc::fail(away());
  };
  auto timer = this->row("timer", "t");
  timer.not_before = this->time.now() + 1h;
  this->put({this->row("bad", "a"), this->row("behind", "a"), timer});
  this->settle_down(*relay);
  this->put({this->row("paused", "p")});
  EXPECT_TRUE(relay->poll());
  EXPECT_TRUE(relay->poll());

  auto const why = [&](std::string id) {
    auto const told = relay->explain(evsrc::message_id{std::move(id)});
    return told ? *told : to_string(told.error());
  };
  EXPECT_EQ(why("timer"),
            "row 3, timer to orders (key t), is not due before 2026-01-01T01:00:00.000000Z");
  EXPECT_EQ(why("bad"),
            "row 1, bad to orders (key a), is a dead letter since 2026-01-01T00:00:00.000000Z: "
            "invalid_argument: messages[0].body: not wanted; later rows of its key wait");
  EXPECT_EQ(why("behind"),
            "row 2, behind to orders (key a), waits for a dead letter of its key: " + why("bad"));
  EXPECT_EQ(why("paused"),
            "row 4, paused to orders (key p), waits for its destination: it pauses until "
            "2026-01-01T00:00:01.000000Z after 2 failures in a row: unavailable: the broker is "
            "away");
  EXPECT_EQ(relay->explain(evsrc::message_id{"?"}).error().code, errc::not_found);

  auto const all = to_string(relay->explain());
  EXPECT_NE(all.find("here owns 64 of 64 slots"), std::string::npos) << all;
  EXPECT_NE(all.find("orders: 3 rows wait, 2 of them due since 2026-01-01T00:00:00.000000Z, the "
                     "next of the others at 2026-01-01T01:00:00.000000Z; it pauses until"),
            std::string::npos)
      << all;
  EXPECT_NE(all.find("1 behind a dead letter that holds the key; 1 dead letter"), std::string::npos)
      << all;

  auto other = this->make(this->options("there"));
  EXPECT_EQ(other->explain(evsrc::message_id{"paused"}).value(),
            "row 4, paused to orders (key p), is in slot " +
                std::to_string(evsrc::outbox_slot("orders", "p")) + ", which here owns");
}

TYPED_TEST(relays, tell_when_all_is_well) {
  auto relay = this->make();
  EXPECT_EQ(to_string(relay->explain()),
            "here owns 0 of 64 slots; nobody owns 64\nthe outbox is empty");
  this->put({this->row("1", "a")});
  EXPECT_NE(to_string(relay->explain()).find("orders: 1 row waits, 1 of them due"),
            std::string::npos);
}

TYPED_TEST(relays, end_when_bus_or_store_are_closed) {
  auto relay = this->make();
  this->create_queue("mail");
  this->put({this->row("m1", "a", "mail")});
  this->bus.close();
  auto const done = relay->run({});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, errc::closed);
  EXPECT_EQ(this->waiting(), (id_list{"m1"}));
  this->inner->close(0ms);
  EXPECT_EQ(this->make()->run({}).error().code, errc::closed);
}

/// Threads, a real clock, and waits that end when what is waited for happens.
TYPED_TEST(relays, wake_on_commits_and_pass_a_destination_that_hangs) {
  auto with = this->options();
  with.clock = nullptr;
  with.threads = 2;
  this->create_queue("mail");
  std::latch hangs{1};
  std::latch may_go_on{1};
  this->to.answer = [&](auto) -> evsrc::result<void> {
    hangs.count_down();
    may_go_on.wait();
    return {};
  };
  auto relay = this->make(with);
  auto running = relay->start();
  this->put({this->row("1", "a")});
  hangs.wait();
  auto mail = this->bus.open_receiver("mail", evsrc::receive_mode::receive_and_delete);
  for (int i = 0; i < 20; ++i) {
    this->put({this->row("m" + std::to_string(i), "a", "mail")});
    auto const got = (*mail)->receive({.max_messages = 1, .wait = 30s});
    ASSERT_TRUE(got);
    ASSERT_EQ(got->size(), 1U);
    EXPECT_EQ(got->at(0).message.id.value, "m" + std::to_string(i));
  }
  EXPECT_TRUE(this->to.ids().empty());
  may_go_on.count_down();
  running.stop();
  EXPECT_EQ(this->to.ids(), (id_list{"1"}));
  EXPECT_TRUE(this->waiting().empty());
  EXPECT_EQ(relay->explain().slots, 0U) << "given back";
}

struct relays_in_one_file : relay_room<sqlite_kind> {
  evsrc::sqlite::message_bus file_bus{*inner};

  [[nodiscard]] id_list received() {
    auto from = file_bus.open_receiver("mail", evsrc::receive_mode::receive_and_delete);
    id_list ids;
    auto const got = (*from)->receive({.max_messages = 100});
    if (!got) ADD_FAILURE() << to_string(got.error());
    if (got)
      for (auto const& one : *got) ids.push_back(one.message.id.value);
    return ids;
  }
};

TEST_F(relays_in_one_file, hand_on_what_commits_could_not_and_nobody_overtakes_a_held_key) {
  evsrc::outbox_relay relay(store, file_bus, options());
  put({row("1", "a", "mail")});
  EXPECT_EQ(settle_down(relay), 1U);
  ASSERT_EQ(dead().size(), 1U) << "the queue is not there";
  ASSERT_TRUE(file_bus.topology().create_queue("mail"));
  put({row("2", "a", "mail"), row("3", "b", "mail")});
  EXPECT_EQ(waiting(), (id_list{"2"})) << "3 went within its commit, 2 waits behind 1";
  EXPECT_EQ(settle_down(relay), 0U);
  redrive(dead()[0].row.sequence);
  EXPECT_EQ(settle_down(relay), 2U);
  EXPECT_EQ(received(), (id_list{"3", "1", "2"}));

  auto timer = row("4", "a", "mail");
  timer.not_before = time.now() + 10s;
  put({timer, row("5", "a", "mail")});
  EXPECT_EQ(received(), (id_list{"5"}));
  time.advance(10s);
  put({row("6", "a", "mail")});
  EXPECT_TRUE(received().empty()) << "6 does not overtake the timer that is due";
  EXPECT_EQ(settle_down(relay), 2U);
  EXPECT_EQ(received().size(), 2U);
}

TEST(relay_options, name_the_field_that_is_wrong) {
  auto const text = [](evsrc::relay_options const& what) {
    auto const refused = validate(what);
    return refused ? std::string("accepted") : refused.error().message;
  };
  EXPECT_EQ(text({}), "accepted");
  EXPECT_EQ(text({.slots = {}}), "slots: none: such a relay would own nothing");
  EXPECT_EQ(text({.batch_rows = 0}), "batch_rows: must be 1 to 1000");
  EXPECT_EQ(text({.threads = 0}), "threads: must be 1 to 100");
  EXPECT_EQ(text({.circuit = {.failures = 0}}), "circuit.failures: must be at least 1");
  EXPECT_EQ(text({.send_timeout = 0s}), "send_timeout: must be above zero");
  EXPECT_EQ(text({.send_timeout = 12s, .patience = 15s, .heartbeat = 2s}),
            "patience: must be at least send_timeout and two heartbeats");
  EXPECT_EQ(text({.heartbeat = 0s}), "heartbeat: must be above zero");
  EXPECT_EQ(text({.heartbeat = std::chrono::milliseconds::max()}),
            "patience: must be at least send_timeout and two heartbeats");
}

}  // namespace
