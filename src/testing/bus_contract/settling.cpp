// SPDX-License-Identifier: Apache-2.0
// 1.4: what settling does: complete, abandon, defer; and counting deliveries.
#include "bus_workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

std::string_view text_of(delivery const& what, std::string_view name) {
  return find_text(what.message.properties, name);
}

void a_completed_message_is_gone(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send_ids(orders, {"a", "b"});
  bench.settle(bench.receive_id(orders, "a"));
  bench.clock().advance(24h);
  require(bench.standing_ids(orders) == std::vector<std::string>{"b"}, "only the other one stands");
  bench.require_drained(orders, {"b"}, "it does not come back");
  bench.require_drained(dead_letter_path(orders), {}, "and is no dead letter");
  require(bench.counts(orders) == entity_counts{.received_and_deleted = 1},
          "nothing is left to count");
}

void an_abandoned_message_comes_back_at_its_place(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send_ids(orders, {"a", "b", "c"});
  auto const first = bench.receive(orders, 2);
  bench.settle(first.at(1), disposition::abandon);
  bench.settle(first.at(0), disposition::abandon);
  auto const again = bench.receive(orders, 5);
  require(ids_of(again) == std::vector<std::string>{"a", "b", "c"}, "in the order of before");
  require(
      again[0].delivery_count == 1 && again[1].delivery_count == 1 && again[2].delivery_count == 0,
      "an abandoned delivery counts");
  require(again[0].sequence_number == first[0].sequence_number, "it keeps its number");
}

void an_abandoned_message_keeps_modified_properties(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto sent = with_property("a", "kept", std::string("as sent"));
  set_property(sent.properties, "changed", std::int64_t{1});
  bench.send(orders, sent);
  auto how = bench.receive_one(orders).settle(disposition::abandon);
  how.modify = {{"changed", std::string("by abandon")}, {"added", true}};
  bench.settle(how);
  auto const again = bench.receive_one(orders);
  set_property(sent.properties, "changed", std::string("by abandon"));
  set_property(sent.properties, "added", true);
  require(again.message == sent, "changed, added, kept; and the body");
}

void a_deferred_message_waits_for_its_number(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send_ids(orders, {"a", "b"});
  auto how = bench.receive_id(orders, "a").settle(disposition::defer);
  how.modify = {{"why", std::string("too early")}};
  bench.settle(how);
  auto const standing = bench.standing(orders);
  require(standing.at(0).id == "a" && standing[0].state == message_state::deferred,
          "peek shows it as deferred");
  bench.settle(bench.receive_id(orders, "b"));
  bench.clock().advance(24h);
  bench.require_nothing(orders, "receive does not give deferred messages");
  require(bench.counts(orders).deferred == 1 && bench.counts(orders).active == 0,
          "it is counted as deferred");

  auto const got =
      value_of(bench.receiver(orders).receive_deferred(std::vector{standing[0].sequence_number}),
               "receive_deferred");
  require(ids_of(got) == std::vector<std::string>{"a"} &&
              got[0].sequence_number == standing[0].sequence_number,
          "by its number it is there");
  require(text_of(got[0], "why") == "too early", "with the properties that defer set");
  require(!got[0].lock.value.is_nil(), "locked");
  bench.settle(got[0]);
  require(bench.standing(orders).empty(), "completed");
}

void receiving_deferred_messages_is_all_or_none(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send_ids(orders, {"a", "b", "c"});
  std::vector<std::int64_t> numbers;
  for (auto const& one : bench.receive(orders, 3)) {
    numbers.push_back(one.sequence_number);
    bench.settle(one, one.message.id.value == "c" ? disposition::abandon : disposition::defer);
  }
  auto& from = bench.receiver(orders);
  for (auto const other : {numbers[2], std::int64_t{987'654}}) {
    require_refusal(from.receive_deferred(std::vector{numbers[0], other, numbers[1]}),
                    errc::not_found, std::to_string(other), "a number of none that is deferred");
  }
  auto const both = value_of(from.receive_deferred(std::vector{numbers[1], numbers[0]}),
                             "receive_deferred, as the refused ones locked none");
  require(both.size() == 2, "all of them");
  require(!from.receive_deferred(std::vector{numbers[0]}), "a locked one is not given twice");
}

void a_deferred_message_given_back_is_deferred_again(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.lock_duration = 10s});
  bench.send(orders, with_id("a"));
  auto const first = bench.receive_one(orders);
  bench.settle(first, disposition::defer);
  std::vector const number{first.sequence_number};
  auto& from = bench.receiver(orders);
  auto const abandoned = value_of(from.receive_deferred(number), "receive_deferred").at(0);
  bench.settle(abandoned, disposition::abandon);
  bench.require_nothing(orders, "an abandoned deferred message is deferred again");
  auto const expired = value_of(from.receive_deferred(number), "receive_deferred").at(0);
  require(expired.delivery_count == abandoned.delivery_count + 1, "the abandoned delivery counts");
  bench.clock().advance(10s + 1ms);
  bench.require_nothing(orders, "a deferred message whose lock expired is deferred again");
  bench.require_lost(expired.settle(), "completing after the lock expired");
  auto const last = value_of(from.receive_deferred(number), "receive_deferred").at(0);
  require(last.delivery_count == expired.delivery_count + 1, "the expired delivery counts");
  bench.settle(last, disposition::dead_letter);
  bench.require_drained(dead_letter_path(orders), {"a"}, "dead-lettered from there");
}

void too_many_failed_deliveries_dead_letter_a_deferred_message(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.lock_duration = 10s, .max_delivery_count = 2});
  bench.send(orders, with_id("a"));
  auto const first = bench.receive_one(orders);
  bench.settle(first, disposition::defer);
  std::vector const number{first.sequence_number};
  auto& from = bench.receiver(orders);
  require(value_of(from.receive_deferred(number), "receive_deferred").at(0).delivery_count == 0,
          "deferring is no failed delivery");
  bench.clock().advance(10s + 1ms);
  auto const last = value_of(from.receive_deferred(number), "receive_deferred").at(0);
  require(last.delivery_count == 1, "there again as soon as its lock expired");
  bench.settle(last, disposition::abandon);
  require_error(from.receive_deferred(number), errc::not_found, "after the last delivery");
  auto const dead = bench.receive_id(dead_letter_path(orders), "a");
  require(text_of(dead, property_names::dead_letter_reason) == dead_letter_reasons::delivery_count,
          "with the reason MaxDeliveryCountExceeded");
}

void deferred_messages_can_be_received_and_deleted(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send_ids(orders, {"a", "b"});
  auto const first = bench.receive_one(orders);
  bench.settle(first, disposition::defer);
  auto& from = bench.receiver(orders, receive_mode::receive_and_delete);
  auto const got =
      value_of(from.receive_deferred(std::vector{first.sequence_number}), "receive_deferred");
  require(ids_of(got) == std::vector<std::string>{"a"} && got[0].lock.value.is_nil(),
          "without a lock");
  require(bench.standing_ids(orders) == std::vector<std::string>{"b"}, "it is gone");
}

void too_many_failed_deliveries_dead_letter(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.lock_duration = 10s, .max_delivery_count = 4});
  bench.send_ids(orders, {"a", "b"});
  for (std::uint32_t failed = 0; failed != 4; ++failed) {
    auto const held = bench.receive_id(orders, "a");
    require(held.delivery_count == failed, "each failed delivery counts one");
    if (failed % 2 == 0)
      bench.settle(held, disposition::abandon);
    else
      bench.clock().advance(10s + 1ms);
  }
  bench.settle(bench.receive_id(orders, "b"));
  bench.require_nothing(orders, "after max_delivery_count deliveries it is not delivered again");
  auto const dead = bench.receive_id(dead_letter_path(orders), "a");
  require(text_of(dead, property_names::dead_letter_reason) == dead_letter_reasons::delivery_count,
          "with the reason MaxDeliveryCountExceeded");
  require(folded(dead.dead_letter_source) == orders, "from its queue");
}

void one_delivery_may_be_all(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.lock_duration = 10s, .max_delivery_count = 1});
  bench.send_ids(orders, {"a", "b"});
  bench.settle(bench.receive_id(orders, "a"), disposition::abandon);
  bench.receive_id(orders, "b");
  bench.clock().advance(10s + 1ms);
  bench.require_nothing(orders, "one delivery each");
  bench.require_drained(dead_letter_path(orders), {"a", "b"}, "abandoned and lost");
}

void a_completed_last_delivery_is_no_dead_letter(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.max_delivery_count = 2});
  bench.send(orders, with_id("a"));
  bench.settle(bench.receive_id(orders, "a"), disposition::abandon);
  bench.settle(bench.receive_id(orders, "a"));
  bench.require_drained(orders, {}, "completed");
  bench.require_drained(dead_letter_path(orders), {}, "the last delivery may succeed");
}

constexpr message_bus_check all[] = {
    EVSRC_BUS_CHECK("1.4 complete", a_completed_message_is_gone),
    EVSRC_BUS_CHECK("1.4 abandon", an_abandoned_message_comes_back_at_its_place),
    EVSRC_BUS_CHECK("1.4 abandon", an_abandoned_message_keeps_modified_properties),
    EVSRC_BUS_CHECK("1.4 defer", a_deferred_message_waits_for_its_number),
    EVSRC_BUS_CHECK("1.6 receive deferred", receiving_deferred_messages_is_all_or_none),
    EVSRC_BUS_CHECK("1.4 defer", a_deferred_message_given_back_is_deferred_again),
    EVSRC_BUS_CHECK("1.6 receive deferred", deferred_messages_can_be_received_and_deleted),
    EVSRC_BUS_CHECK("1.4 delivery count", too_many_failed_deliveries_dead_letter),
    EVSRC_BUS_CHECK("1.4 delivery count",
                    too_many_failed_deliveries_dead_letter_a_deferred_message),
    EVSRC_BUS_CHECK("1.4 delivery count", one_delivery_may_be_all),
    EVSRC_BUS_CHECK("1.4 delivery count", a_completed_last_delivery_is_no_dead_letter),
};

}  // namespace

bus_checks settling_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
