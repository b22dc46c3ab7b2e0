// SPDX-License-Identifier: Apache-2.0
// 1.4: time to live.
#include "bus_workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

message living(std::string id, std::chrono::milliseconds time_to_live) {
  auto made = with_id(std::move(id));
  made.time_to_live = time_to_live;
  return made;
}

void an_expired_message_is_not_delivered(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send(orders, {living("brief", 1min), living("long", 1h), with_id("for ever")});
  bench.clock().advance(1min + 1ms);
  auto const got = bench.receive(orders, 10);
  require(ids_of(got) == std::vector<std::string>{"long", "for ever"}, "what has not expired");
  for (auto const& one : got) bench.settle(one, disposition::abandon);
  bench.clock().advance(1h);
  bench.require_drained(orders, {"for ever"}, "in either mode of receiving");
  bench.require_drained(dead_letter_path(orders), {}, "the queue does not dead-letter them");
  require(bench.counts(orders) == entity_counts{.expired = 2, .received_and_deleted = 1},
          "what is lost that way is counted");
}

void a_message_lives_until_it_expires(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send(orders, living("a", 1min));
  bench.clock().advance(1min - 1ms);
  auto const got = bench.receive_id(orders, "a");
  require(got.expires_at == bench.clock().now() + 1ms, "it has a millisecond left");
}

void expired_messages_are_dead_lettered_where_the_queue_says_so(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.dead_letter_on_expiration = true});
  bench.send(orders, {living("a", 1min), living("b", 1h)});
  bench.clock().advance(1min + 1ms);
  auto const dead = bench.receive_id(dead_letter_path(orders), "a");
  require(find_text(dead.message.properties, property_names::dead_letter_reason) ==
              dead_letter_reasons::expired,
          "with the reason TTLExpiredException, though nobody received from the queue");
  require(folded(dead.dead_letter_source) == orders, "from its queue");
  bench.clock().advance(24h * 365);
  bench.require_drained(orders, {}, "both have expired");
  require(bench.counts(orders).expired == 0, "and are not lost");
  bench.require_drained(dead_letter_path(orders), {"a", "b"}, "and do not expire a second time");
}

void the_shorter_of_two_times_to_live_counts(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.default_time_to_live = 10min});
  bench.send(orders, {living("shorter", 1min), living("longer", 1h), with_id("none")});
  auto const got = bench.receive(orders, 10);
  auto const start = bench.clock().now();
  require(got.at(0).expires_at == start + 1min, "the message's, where it is shorter");
  require(got.at(1).expires_at == start + 10min, "the queue's, where it is shorter");
  require(got.at(2).expires_at == start + 10min, "the queue's, where the message has none");
  for (auto const& one : got) bench.settle(one, disposition::abandon);
  bench.clock().advance(1min + 1ms);
  require(ids_of(bench.receive(orders, 10)) == std::vector<std::string>{"longer", "none"},
          "after the first minute");
  bench.clock().advance(10min);
  bench.require_nothing(orders, "after the queue's time");
}

void a_held_message_may_be_completed_after_it_expired(bus_workbench& bench) {
  auto const orders =
      bench.queue("orders", {.lock_duration = 5min, .dead_letter_on_expiration = true});
  bench.send(orders, {living("completed", 1min), living("abandoned", 1min)});
  auto const held = bench.receive(orders, 2);
  bench.clock().advance(2min);
  bench.settle(held.at(0));
  bench.settle(held.at(1), disposition::abandon);
  bench.require_nothing(orders, "an expired message given back is not delivered again");
  bench.require_drained(dead_letter_path(orders), {"abandoned"}, "its lock kept the other one");
}

void a_message_expires_under_a_lost_lock(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.lock_duration = 5min});
  bench.send(orders, living("a", 1min));
  auto const held = bench.receive_one(orders);
  bench.clock().advance(5min + 1ms);
  bench.require_nothing(orders, "neither locked nor alive");
  require_error(bench.receiver(orders).settle(held.settle()), errc::lock_lost,
                "completing what has expired");
}

void a_deferred_message_expires_too(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.dead_letter_on_expiration = true});
  bench.send(orders, {living("a", 1min), with_id("b")});
  std::vector<std::int64_t> numbers;
  for (auto const& one : bench.receive(orders, 2)) {
    numbers.push_back(one.sequence_number);
    bench.settle(one, disposition::defer);
  }
  bench.clock().advance(1min + 1ms);
  auto& from = bench.receiver(orders);
  require_error(from.receive_deferred(std::vector{numbers.at(0)}), errc::not_found,
                "receiving a deferred message that expired");
  require(
      value_of(from.receive_deferred(std::vector{numbers.at(1)}), "receive_deferred").size() == 1,
      "the other one lives on");
  auto const dead = bench.receive_id(dead_letter_path(orders), "a");
  require(find_text(dead.message.properties, property_names::dead_letter_reason) ==
              dead_letter_reasons::expired,
          "with the reason TTLExpiredException");
}

void without_a_time_to_live_nothing_expires(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send(orders, with_id("a"));
  bench.clock().advance(24h * 365 * 100);
  require(bench.receive_id(orders, "a").expires_at == timestamp::max(), "a hundred years later");
  auto endless = living("b", no_time_to_live - 1ms);
  bench.send(orders, endless);
  bench.require_drained(orders, {"b"}, "a time to live beyond all time");
}

void a_subscriptions_copies_expire_by_the_shortest_time(bus_workbench& bench) {
  auto const events = bench.topic("events", {.default_time_to_live = 1h});
  auto const stock = bench.subscription(
      events, "stock", {.default_time_to_live = 10min, .dead_letter_on_expiration = true});
  auto const mail = bench.subscription(events, "mail", {.default_time_to_live = 24h});
  bench.send(events, {living("a", 1min), with_id("b")});
  bench.clock().advance(1min + 1ms);
  bench.require_drained(dead_letter_path(stock), {"a"}, "by the message's");
  bench.clock().advance(10min);
  bench.require_drained(dead_letter_path(stock), {"b"}, "by the subscription's");
  auto const got = bench.receive(mail, 5);
  require(ids_of(got) == std::vector<std::string>{"b"}, "the message's counts for each copy");
  bench.settle(got[0], disposition::abandon);
  bench.clock().advance(1h);
  bench.require_nothing(mail, "by the topic's");
}

constexpr message_bus_check all[] = {
    EVSRC_BUS_CHECK("1.4 expiry", an_expired_message_is_not_delivered),
    EVSRC_BUS_CHECK("1.4 expiry", a_message_lives_until_it_expires),
    EVSRC_BUS_CHECK("1.4 expiry", expired_messages_are_dead_lettered_where_the_queue_says_so),
    EVSRC_BUS_CHECK("1.4 expiry", the_shorter_of_two_times_to_live_counts),
    EVSRC_BUS_CHECK("1.4 expiry", a_held_message_may_be_completed_after_it_expired),
    EVSRC_BUS_CHECK("1.4 expiry", a_message_expires_under_a_lost_lock),
    EVSRC_BUS_CHECK("1.4 expiry", a_deferred_message_expires_too),
    EVSRC_BUS_CHECK("1.4 expiry", without_a_time_to_live_nothing_expires),
    EVSRC_BUS_CHECK("1.4 expiry", a_subscriptions_copies_expire_by_the_shortest_time),
};

}  // namespace

bus_checks expiry_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
