// SPDX-License-Identifier: Apache-2.0
// 1.4: dead letters: why they are there, and what can be done with them.
#include "bus_workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;
using namespace property_names;

/// Sends it and moves it to the dead-letter queue at once.
void bury(bus_workbench& bench, std::string_view queue, message const& what) {
  bench.send(queue, what);
  bench.settle(bench.receive_id(queue, what.id.value).dead_letter("Tested"));
}

void a_dead_letter_says_why_and_from_where(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto sent = with_property("a", "kept", std::string("as sent"));
  sent.correlation_id = "correlation";
  sent.subject = "order.created";
  sent.body = std::string("\0body", 5);
  bench.send(orders, sent);
  auto how =
      bench.receive_one(orders).dead_letter("InvalidAddress", "no such street: \"\xC3\x84\"");
  how.modify = {{"attempt", std::int64_t{3}}, {"kept", std::string("changed")}};
  bench.settle(how);
  bench.require_drained(orders, {}, "it left its queue");
  auto const dead = bench.receive_one(dead_letter_path(orders));
  auto const& properties = dead.message.properties;
  require(find_text(properties, dead_letter_reason) == "InvalidAddress", "the reason");
  require(find_text(properties, dead_letter_description) == "no such street: \"\xC3\x84\"",
          "the description");
  require(folded(dead.dead_letter_source) == orders, "the source");
  auto const* const attempt = find_property(properties, "attempt");
  require(attempt != nullptr && *attempt == property_value{std::int64_t{3}}, "what was modified");
  require(find_text(properties, "kept") == "changed", "what was modified");
  auto rest = dead.message;
  rest.properties = sent.properties;
  require(rest == sent, "all else as it was sent");
  require(folded(dead.entity) == folded(dead_letter_path(orders)), "it names its entity");
}

void a_dead_letter_keeps_its_number_and_its_count(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.max_delivery_count = 3});
  auto const graves = dead_letter_path(orders);
  bench.send_ids(orders, {"a", "b"});
  for (int i = 0; i != 2; ++i) bench.settle(bench.receive_id(orders, "a"), disposition::abandon);
  auto const moved = bench.receive_id(orders, "a");
  bench.settle(moved, disposition::dead_letter);
  for (int i = 0; i != 3; ++i) bench.settle(bench.receive_id(orders, "b"), disposition::abandon);
  auto const dead = bench.receive(graves, 2);
  require(ids_of(dead) == std::vector<std::string>{"a", "b"}, "in the order in which they came");
  require(dead[0].delivery_count == 2 && dead[1].delivery_count == 3, "the failed deliveries");
  require(dead[0].enqueued_sequence_number == moved.sequence_number &&
              dead[1].enqueued_sequence_number > moved.sequence_number,
          "the number that each had in its queue");
  require(dead[0].enqueued_at == moved.enqueued_at, "and when it came there");
  bench.settle(dead[0], disposition::abandon);
  require(bench.receive_id(graves, "a").delivery_count == 3, "dead letters are counted on");
}

void a_dead_letter_without_reason_has_none(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send(orders, with_id("a"));
  bench.settle(bench.receive_one(orders), disposition::dead_letter);
  auto const dead = bench.receive_one(dead_letter_path(orders));
  require(find_text(dead.message.properties, dead_letter_reason).empty() &&
              find_text(dead.message.properties, dead_letter_description).empty(),
          "no reason was given");
  require(folded(dead.dead_letter_source) == orders, "the source stands all the same");
}

void dead_letters_are_locked_and_settled(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.lock_duration = 10s});
  auto const graves = dead_letter_path(orders);
  bury(bench, orders, with_id("a"));
  bury(bench, orders, with_id("b"));
  require(bench.counts(orders).dead_letter == 2, "dead letters are counted");
  auto const held = bench.receive_id(graves, "a");
  require(held.locked_until == bench.clock().now() + 10s, "locked as in the queue");
  auto const next = bench.receive_id(graves, "b");
  bench.require_nothing(graves, "both are locked");
  bench.settle(next);
  bench.clock().advance(10s + 1ms);
  bench.require_lost(held.settle(), "completing a dead letter after its lock expired");
  bench.settle(bench.receive_id(graves, "a"));
  require(bench.counts(orders) == entity_counts{}, "completed dead letters are gone");
  bench.require_nothing(orders, "and do not return to the queue");
}

void dead_letters_may_be_delivered_any_number_of_times(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.lock_duration = 10s, .max_delivery_count = 2});
  auto const graves = dead_letter_path(orders);
  bury(bench, orders, with_id("a"));
  for (int i = 0; i != 10; ++i) {
    auto const held = bench.receive_id(graves, "a");
    if (i % 2 == 0)
      bench.settle(held, disposition::abandon);
    else
      bench.clock().advance(10s + 1ms);
  }
  require(bench.standing_ids(graves) == std::vector<std::string>{"a"}, "it stays where it is");
}

void dead_letters_never_expire(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.default_time_to_live = 1h});
  auto brief = with_id("a");
  brief.time_to_live = 1min;
  bury(bench, orders, brief);
  bury(bench, orders, with_id("b"));
  bench.clock().advance(24h * 365 * 10);
  bench.require_drained(dead_letter_path(orders), {"a", "b"}, "ten years later");
}

void dead_lettering_a_dead_letter_loses_nothing(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto const graves = dead_letter_path(orders);
  bury(bench, orders, with_id("a"));
  // Refused or kept: brokers differ, and nobody loses it.
  static_cast<void>(
      bench.receiver(graves).settle(bench.receive_id(graves, "a").dead_letter("Again")));
  require(bench.standing_ids(graves) == std::vector<std::string>{"a"}, "it must stay");
  require_error(bench.bus().open_receiver(dead_letter_path(graves)), errc::invalid_argument,
                "a dead-letter queue of a dead-letter queue");
}

void dead_letters_can_be_deferred(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto const graves = dead_letter_path(orders);
  bury(bench, orders, with_id("a"));
  auto const held = bench.receive_id(graves, "a");
  bench.settle(held, disposition::defer);
  bench.require_nothing(graves, "deferred");
  auto const got =
      value_of(bench.receiver(graves).receive_deferred(std::vector{held.sequence_number}),
               "receive_deferred");
  require(find_text(got.at(0).message.properties, dead_letter_reason) == "Tested",
          "the reason stays");
  bench.settle(got[0]);
  bench.require_drained(graves, {}, "completed");
}

void each_subscription_has_dead_letters_of_its_own(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const stock = bench.subscription(events, "stock");
  auto const mail = bench.subscription(events, "mail");
  bench.send(events, with_id("a"));
  bench.settle(bench.receive_one(stock).dead_letter("Unknown", "sku"));
  bench.require_drained(dead_letter_path(mail), {}, "the other subscription has none");
  bench.require_drained(mail, {"a"}, "but its copy");
  auto const dead = bench.receive_one(dead_letter_path(stock));
  require(find_text(dead.message.properties, dead_letter_reason) == "Unknown", "with the reason");
  require(folded(dead.dead_letter_source) == folded(stock), "and the subscription as source");
  require(bench.counts(stock).dead_letter == 1 && bench.counts(mail).dead_letter == 0,
          "counted where it stands");
}

constexpr message_bus_check all[] = {
    EVSRC_BUS_CHECK("1.4 dead letter", a_dead_letter_says_why_and_from_where),
    EVSRC_BUS_CHECK("1.4 dead letter", a_dead_letter_keeps_its_number_and_its_count),
    EVSRC_BUS_CHECK("1.4 dead letter", a_dead_letter_without_reason_has_none),
    EVSRC_BUS_CHECK("1.4 dead letter", dead_letters_are_locked_and_settled),
    EVSRC_BUS_CHECK("1.4 dead letter", dead_letters_may_be_delivered_any_number_of_times),
    EVSRC_BUS_CHECK("1.4 dead letter", dead_letters_never_expire),
    EVSRC_BUS_CHECK("1.4 dead letter", dead_lettering_a_dead_letter_loses_nothing),
    EVSRC_BUS_CHECK("1.4 dead letter", dead_letters_can_be_deferred),
    EVSRC_BUS_CHECK("1.4 dead letter", each_subscription_has_dead_letters_of_its_own),
};

}  // namespace

bus_checks dead_letter_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
