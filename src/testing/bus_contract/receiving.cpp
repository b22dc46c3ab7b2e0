// SPDX-License-Identifier: Apache-2.0
// 1.4: receiving, and 1.6: peeking.
#include <thread>

#include "bus_workbench.hpp"
#include "evsrc/core/limits.hpp"
#include "waiting_call.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

void messages_are_received_in_order_and_at_most_so_many(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send_ids(orders, {"a", "b", "c", "d", "e"});
  require(ids_of(bench.receive(orders)) == std::vector<std::string>{"a"}, "one unless more asked");
  require(ids_of(bench.receive(orders, 3)) == std::vector<std::string>{"b", "c", "d"},
          "the next three");
  require(ids_of(bench.receive(orders, 3)) == std::vector<std::string>{"e"}, "what is there");
  bench.require_nothing(orders, "all are locked");
}

void receive_requests_have_limits(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send(orders, with_id("a"));
  auto& from = bench.receiver(orders);
  require_refusal(from.receive({.max_messages = limits::receive_messages + 1}),
                  errc::limit_exceeded, "max_messages", "too many messages");
  require_refusal(from.peek(0, limits::receive_messages + 1), errc::limit_exceeded, "max_messages",
                  "peeking at too many");
  require(!from.receive({.max_messages = 0}), "receiving at most none must be refused");
  require(bench.receive(orders, limits::receive_messages).size() == 1,
          "as many as allowed must pass, and a refused receive locks nothing");
}

void receive_and_delete_leaves_nothing(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send_ids(orders, {"a", "b", "c"});
  auto const got = bench.receive(orders, 2, receive_mode::receive_and_delete);
  require(ids_of(got) == std::vector<std::string>{"a", "b"}, "in order");
  require(got[0].lock.value.is_nil() && got[1].lock.value.is_nil(), "without a lock");
  require_error(bench.receiver(orders).settle(got[0].settle()), errc::lock_lost,
                "settling what was deleted");
  require(bench.standing_ids(orders) == std::vector<std::string>{"c"}, "they are gone");
  bench.clock().advance(24h);
  bench.require_drained(orders, {"c"}, "and do not come back");
  bench.require_drained(dead_letter_path(orders), {}, "nor are they dead letters");
}

void receives_need_an_entity(bus_workbench& bench) {
  auto& early = bench.receiver("orders");
  require_error(early.receive({}), errc::not_found, "receiving from nowhere");
  require_error(early.peek(0, 1), errc::not_found, "peeking at nowhere");
  bench.queue("orders");
  require(early.receive({}).has_value(), "a receiver opened before its queue works with it");
  require_error(bench.bus().open_receiver("orders//eu"), errc::invalid_argument, "a bad path");
  require_error(bench.bus().open_receiver(""), errc::invalid_argument, "no path");
}

void a_receive_without_wait_looks_once(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto const got = value_of(bench.receiver(orders).receive({}), "receive");
  require(got.empty(), "an empty queue gives nothing");
  auto const later = value_of(bench.receiver(orders).receive({.wait = 20ms}), "receive with wait");
  require(later.empty(), "a wait for nothing ends empty");
}

void a_wait_ends_when_a_message_arrives(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto& waiting = bench.receiver(orders);
  auto& sending = bench.sender(orders);
  for (int i = 0; i != 20; ++i) {
    result<std::vector<delivery>> got;
    std::thread waiter{[&] { got = waiting.receive({.max_messages = 5, .wait = 60s}); }};
    auto const sent = sending.send(with_id("a"));
    waiter.join();
    value_of(sent, "send");
    auto const here = value_of(std::move(got), "a waiting receive");
    require(ids_of(here) == std::vector<std::string>{"a"},
            "a wait of a minute must end with the message");
    bench.settle(here.front());
  }
}

void a_wait_ends_when_its_message_is_due(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto const events = bench.topic();
  auto const stock = bench.subscription(events, "stock");
  for (auto const& [to, from] : {std::pair{orders, orders}, std::pair{events, stock}}) {
    auto& waits = bench.receiver(from);
    waiting_call<std::vector<delivery>> waiting{bench,
                                                [&] { return waits.receive({.wait = long_wait}); }};
    bench.schedule(to, with_ids({"a"}), bench.clock().now() + 1s);
    bench.clock().advance(1s);
    auto const got = value_of(waiting.answer(), "a waiting receive");
    require(ids_of(got) == std::vector<std::string>{"a"}, "scheduled while it waited");
  }
}

void a_wait_ends_when_anothers_lock_does(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.lock_duration = 10s});
  auto& waits = bench.receiver(orders);
  two_waiting_calls<std::vector<delivery>> waiting{
      bench, [&] { return waits.receive({.wait = long_wait}); }};
  bench.send(orders, with_id("a"));
  require(value_of(waiting.first(), "a waiting receive").size() == 1, "one of them has it");
  bench.clock().advance(10s + 1ms);
  auto const again = value_of(waiting.second(), "a waiting receive");
  require(again.size() == 1 && again[0].delivery_count == 1, "it was lost, and is the other's");
}

void a_wait_ends_when_its_queue_is_disabled(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto& waits = bench.receiver(orders);
  waiting_call<std::vector<delivery>> waiting{bench,
                                              [&] { return waits.receive({.wait = long_wait}); }};
  value_of(bench.topology().update_queue(orders, {.status = entity_status::receive_disabled}),
           "update_queue");
  require_error(waiting.answer(), errc::entity_disabled, "a waiting receive");
}

void peek_shows_messages_of_every_state(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send_ids(orders, {"locked", "deferred", "active"});
  bench.receive_id(orders, "locked");
  bench.settle(bench.receive_id(orders, "deferred"), disposition::defer);
  bench.schedule(orders, with_ids({"scheduled"}), bench.clock().now() + 1h);
  auto const all = value_of(bench.receiver(orders).peek(0, 10), "peek");
  auto const ids = ids_of(all);
  require(ids == std::vector<std::string>{"locked", "deferred", "active", "scheduled"},
          "every state, in order, but is " + listed(ids));
  using enum message_state;
  require(all[0].state == active && all[1].state == deferred && all[2].state == active &&
              all[3].state == scheduled,
          "with its state");
  for (auto const& one : all)
    require(
        one.lock.value.is_nil() && one.entity == orders && one.message.body == one.message.id.value,
        "a peeked message has no lock, and all else");
  auto const counted = bench.counts(orders);
  require(counted.active == 2 && counted.deferred == 1 && counted.scheduled == 1,
          "counts agree with peek");
}

void peek_locks_and_counts_nothing(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.max_delivery_count = 1});
  bench.send_ids(orders, {"a", "b"});
  for (int i = 0; i != 3; ++i)
    require(value_of(bench.receiver(orders).peek(0, 10), "peek").size() == 2, "both are there");
  auto const got = bench.receive(orders, 10);
  require(ids_of(got) == std::vector<std::string>{"a", "b"}, "peeked messages can be received");
  require(got[0].delivery_count == 0, "a peek is no delivery");
}

void peek_goes_on_from_a_number(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send_ids(orders, {"a", "b", "c", "d"});
  auto const first = value_of(bench.receiver(orders).peek(0, 2), "peek");
  require(ids_of(first) == std::vector<std::string>{"a", "b"}, "at most so many");
  auto const from = first.back().sequence_number;
  require(ids_of(value_of(bench.receiver(orders).peek(from, 2), "peek")) ==
              std::vector<std::string>{"b", "c"},
          "from that number on, itself included");
  require(ids_of(value_of(bench.receiver(orders).peek(from + 1, 9), "peek")) ==
              std::vector<std::string>{"c", "d"},
          "from behind it");
  require(value_of(bench.receiver(orders).peek(from + 100, 9), "peek").empty(), "nothing there");
}

constexpr message_bus_check receiving[] = {
    EVSRC_BUS_CHECK("1.4 receive", messages_are_received_in_order_and_at_most_so_many),
    EVSRC_BUS_CHECK("1.4 receive", receive_requests_have_limits),
    EVSRC_BUS_CHECK("1.4 receive", receive_and_delete_leaves_nothing),
    EVSRC_BUS_CHECK("1.4 receive", receives_need_an_entity),
    EVSRC_BUS_CHECK("1.4 receive", a_receive_without_wait_looks_once),
    EVSRC_BUS_CHECK("1.4 receive", a_wait_ends_when_a_message_arrives),
    EVSRC_BUS_CHECK("1.3 scheduled", a_wait_ends_when_its_message_is_due),
    EVSRC_BUS_CHECK("1.4 lock", a_wait_ends_when_anothers_lock_does),
    EVSRC_BUS_CHECK("1.4 receive", a_wait_ends_when_its_queue_is_disabled),
};

constexpr message_bus_check peeking[] = {
    EVSRC_BUS_CHECK("1.6 peek", peek_shows_messages_of_every_state),
    EVSRC_BUS_CHECK("1.6 peek", peek_locks_and_counts_nothing),
    EVSRC_BUS_CHECK("1.6 peek", peek_goes_on_from_a_number),
};

}  // namespace

bus_checks receiving_checks() noexcept { return receiving; }
bus_checks peek_checks() noexcept { return peeking; }

}  // namespace evsrc::testing::inline v0::detail
