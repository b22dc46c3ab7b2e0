// SPDX-License-Identifier: Apache-2.0
// Closing a bus, opening it again, and several handles on one.
#include <thread>

#include "bus_workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

void closing_answers_closed(bus_workbench& bench) {
  auto const orders = bench.queue("orders");
  auto const sessions = bench.queue("sessions", {.requires_session = true});
  bench.send(orders, with_id("a"));
  bench.send(sessions, in_session("s", "b"));
  auto const held = bench.receive_one(orders);
  auto const holder = bench.accept(sessions, "s");
  auto& sending = bench.sender(orders);
  auto& receiving = bench.receiver(orders);
  bench.bus().close();
  bench.bus().close();
  require_error(sending.send(with_id("c")), errc::closed, "send");
  require_error(receiving.receive({}), errc::closed, "receive");
  require_error(receiving.settle(held.settle()), errc::closed, "settle");
  require_error(receiving.peek(0, 1), errc::closed, "peek");
  require_error(holder->receive({}), errc::closed, "receive in a session");
  require_error(bench.try_accept(sessions), errc::closed, "accept_session");
  require_error(bench.bus().commit({.sends = {{orders, with_id("d")}}}), errc::closed, "commit");
  require_error(bench.topology().create_queue("late"), errc::closed, "create_queue");
}

void closing_wakes_every_wait(bus_workbench& bench) {
  auto const orders = bench.queue("orders");
  auto const sessions = bench.queue("sessions", {.requires_session = true});
  auto& receiving = bench.receiver(orders);
  std::vector<std::thread> waiters;
  for (int i = 0; i != 2; ++i) {
    waiters.emplace_back([&] { static_cast<void>(receiving.receive({.wait = 10min})); });
    waiters.emplace_back([&] {
      static_cast<void>(bench.bus().accept_session(sessions, {.session_id = {}, .wait = 10min}));
    });
  }
  std::this_thread::yield();
  bench.bus().close();
  for (auto& waiter : waiters) waiter.join();  // or the test's time runs out
}

void everything_is_there_after_reopening(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.lock_duration = 5min});
  auto sent = with_property("active", "p", 0.5);
  sent.body = std::string("\0\xFF", 2);
  bench.send(orders, sent);
  bench.send_ids(orders, {"deferred", "dead", "tried"});
  auto const got = bench.receive(orders, 4);
  bench.settle(got.at(0), disposition::abandon);
  bench.settle(got.at(1), disposition::defer);
  bench.settle(got.at(2).dead_letter("Tested", "twice"));
  bench.settle(got.at(3), disposition::abandon);
  bench.schedule(orders, with_ids({"scheduled"}), bench.clock().now() + 1h);
  auto const before = bench.standing(orders);
  auto const counted = bench.counts(orders);
  bench.reopen();
  require(bench.standing(orders) == before, "messages of every state, with count and properties");
  require(bench.counts(orders) == counted, "the counts");
  auto const again = bench.receive_id(orders, "active");
  require(again.message == sent && again.delivery_count == 1, "byte by byte");
  auto const dead = bench.receive_id(dead_letter_path(orders), "dead");
  require(find_text(dead.message.properties, property_names::dead_letter_description) == "twice" &&
              folded(dead.dead_letter_source) == orders,
          "why it is dead");
  auto const by_number =
      bench.receiver(orders).receive_deferred(std::vector{got.at(1).sequence_number});
  require(value_of(by_number, "receive_deferred").size() == 1, "deferred by its number");
  bench.clock().advance(1h);
  bench.send(orders, with_id("later"));
  auto const last = bench.receive(orders, 10);
  require(last.size() >= 3 && last.back().message.id.value == "later" &&
              last.back().sequence_number > before.back().sequence_number,
          "numbers go on");
}

void locks_are_there_after_reopening(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.lock_duration = 10s});
  bench.send_ids(orders, {"a", "b"});
  auto const held = bench.receive(orders, 2);
  bench.reopen();
  bench.require_nothing(orders, "locked as before");
  bench.settle(held.at(0));
  bench.reopen();
  bench.clock().advance(10s + 1ms);
  bench.require_lost(held.at(1).settle(), "completing after the lock expired");
  require(bench.receive_id(orders, "b").delivery_count == 1, "an expired lock counts");
}

void sessions_are_there_after_reopening(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.requires_session = true});
  bench.send_ids(orders, {"a", "b"}, "s");
  {
    auto const holder = bench.accept(orders, "s");
    value_of(holder->set_state("one done"), "set_state");
    value_of(holder->settle(receive_one_from(*holder).settle()), "complete");
  }
  bench.reopen();
  auto const holder = bench.accept(orders);
  require(holder->session_id() == "s", "the session");
  require(value_of(holder->state(), "state") == "one done", "its state");
  require(ids_of(receive_from(*holder, 5)) == std::vector<std::string>{"b"}, "its messages");
}

void closing_the_bus_gives_sessions_back_uncounted(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.requires_session = true});
  bench.send_ids(orders, {"a", "b"}, "s");
  auto holder = bench.accept(orders, "s");
  require(receive_from(*holder, 5).size() == 2, "both are held");
  bench.bus().close();
  holder.reset();
  bench.reopen();
  auto const next = bench.accept(orders, "s");
  auto const again = receive_from(*next, 5);
  require(ids_of(again) == std::vector<std::string>{"a", "b"}, "not locked any more, in order");
  require(again[0].delivery_count == 0, "closing is no failed delivery");
}

void duplicates_are_known_after_reopening(bus_workbench& bench) {
  auto const orders = bench.queue(
      "orders", {.requires_duplicate_detection = true, .duplicate_detection_window = 60s});
  bench.send(orders, with_id("a"));
  bench.settle(bench.receive_one(orders));
  bench.reopen();
  bench.clock().advance(59s);
  bench.send(orders, with_id("a"));
  bench.require_drained(orders, {}, "inside the window");
  bench.reopen();
  bench.clock().advance(2s);
  bench.send(orders, with_id("a"));
  bench.require_drained(orders, {"a"}, "outside the window");
}

void scheduled_messages_are_there_after_reopening(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto const numbers = bench.schedule(orders, with_ids({"a", "b"}), bench.clock().now() + 1h);
  bench.reopen();
  value_of(bench.sender(orders).cancel_scheduled(std::vector{numbers[0]}), "cancel");
  bench.require_nothing(orders, "before its time");
  bench.reopen();
  bench.clock().advance(1h);
  bench.require_drained(orders, {"b"}, "at its time, but for the cancelled one");
}

void topology_is_there_after_reopening(bus_workbench& bench) {
  bench.queue("Orders", {.max_delivery_count = 3});
  bench.topic("events");
  correlation_filter wanted;
  wanted.subject = "order.created";
  wanted.properties = {{"quantity", std::int64_t{5}}};
  std::vector<rule> const rules{{"sql", sql_rule_filter{"a = 1"}, "SET b = 2"}, {"equal", wanted}};
  bench.subscription("events", "stock", {.lock_duration = 20s}, rules);
  bench.reopen();
  auto& topology = bench.topology();
  require(value_of(topology.queues(), "queues") == std::vector<std::string>{"Orders"}, "queues");
  require(value_of(topology.describe_queue("orders"), "describe_queue") ==
              queue_options{.max_delivery_count = 3},
          "settings");
  require(
      value_of(topology.describe_subscription("events", "stock"), "describe").lock_duration == 20s,
      "settings of subscriptions");
  require(value_of(topology.rules("events", "stock"), "rules") == rules, "rules");
  auto made = with_property("m", "a", std::int64_t{1});
  bench.send("events", {made, with_id("x")});
  auto const got = bench.receive(subscription_path("events", "stock"), 5);
  require(got.size() == 1 && find_property(got[0].message.properties, "b") != nullptr,
          "and they judge messages");
}

void what_one_handle_sends_the_other_receives(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.lock_duration = 10s});
  auto const other = bench.open_again();
  auto sending = value_of(other->bus().open_sender(orders), "open_sender");
  auto receiving = value_of(other->bus().open_receiver(orders), "open_receiver");
  value_of(sending->send(with_id("a")), "send");
  auto const held = bench.receive_id(orders, "a");
  require(receive_from(*receiving, 5).empty(), "locked for both");
  value_of(receiving->renew(held.lock), "a lock is renewed by either");
  value_of(receiving->settle(held.settle()), "a lock is settled by either");
  bench.require_drained(orders, {}, "completed for both");
  require_error(other->bus().topology().create_queue(orders), errc::already_exists, "one topology");
}

void a_send_wakes_who_waits_at_another_handle(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto const other = bench.open_again();
  auto receiving = value_of(other->bus().open_receiver(orders), "open_receiver");
  for (int i = 0; i != 5; ++i) {
    result<std::vector<delivery>> got;
    std::thread waiter{[&] { got = receiving->receive({.wait = 60s}); }};
    auto const sent = bench.sender(orders).send(with_id("a"));
    waiter.join();
    value_of(sent, "send");
    auto const here = value_of(std::move(got), "a waiting receive");
    require(here.size() == 1, "a wait of a minute must end with the message");
    bench.settle(here.front());
  }
}

void a_session_held_at_one_handle_is_held_at_the_other(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.requires_session = true});
  auto const other = bench.open_again();
  bench.send_ids(orders, {"a", "b"}, "s");
  {
    auto const holder = bench.accept(orders, "s");
    require_error(other->bus().accept_session(orders, {.session_id = "s"}), errc::session_locked,
                  "held at the other handle");
  }
  auto const next = value_of(other->bus().accept_session(orders), "accept_session");
  require(receive_from(*next, 5).size() == 2, "given back, whole");
}

constexpr message_bus_check all[] = {
    EVSRC_BUS_CHECK("1.7 close", closing_answers_closed),
    EVSRC_BUS_CHECK("1.7 close", closing_wakes_every_wait),
    EVSRC_BUS_CHECK_WITH(persistent, "1.4 persistence", everything_is_there_after_reopening),
    EVSRC_BUS_CHECK_WITH(persistent, "1.4 persistence", locks_are_there_after_reopening),
    EVSRC_BUS_CHECK_WITH(persistent, "1.5 persistence", sessions_are_there_after_reopening),
    EVSRC_BUS_CHECK_WITH(persistent, "1.5 persistence",
                         closing_the_bus_gives_sessions_back_uncounted),
    EVSRC_BUS_CHECK_WITH(persistent, "1.3 persistence", duplicates_are_known_after_reopening),
    EVSRC_BUS_CHECK_WITH(persistent, "1.3 persistence",
                         scheduled_messages_are_there_after_reopening),
    EVSRC_BUS_CHECK_WITH(persistent, "1.9 persistence", topology_is_there_after_reopening),
    EVSRC_BUS_CHECK_WITH(several_handles, "1.4 handles", what_one_handle_sends_the_other_receives),
    EVSRC_BUS_CHECK_WITH(several_handles, "1.4 handles", a_send_wakes_who_waits_at_another_handle),
    EVSRC_BUS_CHECK_WITH(several_handles, "1.5 handles",
                         a_session_held_at_one_handle_is_held_at_the_other),
};

}  // namespace

bus_checks bus_handle_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
