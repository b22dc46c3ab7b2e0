// SPDX-License-Identifier: Apache-2.0
// 1.3 and 1.6: messages for later, and taking them back.
#include "bus_workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

void a_scheduled_message_waits_for_its_time(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto const due = bench.clock().now() + 1h;
  bench.schedule(orders, with_ids({"a"}), due);
  auto by_field = with_id("b");
  by_field.enqueue_at = due;
  bench.send(orders, by_field);
  bench.require_nothing(orders, "before its time nobody gets it");
  auto const standing = bench.standing(orders);
  require(standing.size() == 2 && standing[0].state == message_state::scheduled &&
              standing[1].state == message_state::scheduled,
          "peek shows it as scheduled");
  auto const counted = bench.counts(orders);
  require(counted.scheduled == 2 && counted.active == 0, "it is counted as scheduled");
  bench.clock().advance(1h - 1ms);
  bench.require_nothing(orders, "a millisecond before its time nobody gets it");
  bench.clock().advance(1ms);
  require(bench.counts(orders).active == 2, "at its time it is counted as active");
  auto const got = bench.receive(orders, 10);
  require(ids_of(got) == std::vector<std::string>{"a", "b"}, "at its time it is there");
  require(got[0].state == message_state::active && got[0].enqueued_at >= due,
          "it is enqueued at its time");
}

void a_time_that_has_passed_means_at_once(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto past = with_id("a");
  past.enqueue_at = bench.clock().now() - 1h;
  bench.send(orders, past);
  auto const numbers = bench.schedule(orders, with_ids({"b"}), bench.clock().now());
  require_error(bench.sender(orders).cancel_scheduled(numbers), errc::not_found,
                "cancelling what is not scheduled");
  bench.require_drained(orders, {"a", "b"}, "there at once");
}

void scheduled_messages_are_enqueued_when_they_are_due(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto const start = bench.clock().now();
  auto const number = bench.schedule(orders, with_ids({"due at 20"}), start + 20s).front();
  bench.schedule(orders, with_ids({"due at 10"}), start + 10s);
  bench.schedule(orders, with_ids({"due at 30"}), start + 30s);
  bench.send(orders, with_id("sent at 0"));
  bench.clock().advance(21s);
  bench.send(orders, with_id("sent at 21"));
  bench.clock().advance(10s);
  auto const got = bench.receive(orders, 10);
  auto const ids = ids_of(got);
  require(ids == std::vector<std::string>{"sent at 0", "due at 10", "due at 20", "sent at 21",
                                          "due at 30"},
          "in order of when each was enqueued, but is " + listed(ids));
  require(got[2].enqueued_sequence_number == number, "its first number is the scheduled one");
}

void cancelling_takes_scheduled_messages_back(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto const due = bench.clock().now() + 1h;
  auto const numbers = bench.schedule(orders, with_ids({"a", "b", "c"}), due);
  value_of(bench.sender(orders).cancel_scheduled(std::vector{numbers[2], numbers[0]}), "cancel");
  require(bench.standing_ids(orders) == std::vector<std::string>{"b"}, "two are taken back");
  bench.clock().advance(2h);
  bench.require_drained(orders, {"b"}, "what was cancelled never arrives");
  bench.require_drained(dead_letter_path(orders), {}, "and is no dead letter");
}

void cancelling_is_all_or_none(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto const due = bench.clock().now() + 1h;
  auto const numbers = bench.schedule(orders, with_ids({"a", "b"}), due);
  bench.send(orders, with_id("active"));
  auto const active = bench.standing(orders).back().sequence_number;
  auto const before = bench.standing(orders);
  for (auto const other : {active, std::int64_t{987'654}, std::int64_t{0}, std::int64_t{-1}}) {
    auto const refused =
        bench.sender(orders).cancel_scheduled(std::vector{numbers[0], other, numbers[1]});
    require_refusal(refused, errc::not_found, std::to_string(other),
                    "cancelling one that is not scheduled");
    require(bench.standing(orders) == before, "a refused cancel must cancel nothing");
  }
  bench.clock().advance(2h);
  bench.require_drained(orders, {"active", "a", "b"}, "nothing was cancelled");
}

void cancelling_comes_too_late_at_its_time(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto const due = bench.clock().now() + 1h;
  auto const numbers = bench.schedule(orders, with_ids({"a", "b"}), due);
  value_of(bench.sender(orders).cancel_scheduled(std::vector{numbers[0]}), "cancel");
  require_error(bench.sender(orders).cancel_scheduled(std::vector{numbers[0]}), errc::not_found,
                "cancelling twice");
  bench.clock().advance(1h);
  require_error(bench.sender(orders).cancel_scheduled(std::vector{numbers[1]}), errc::not_found,
                "cancelling when it is due");
  bench.settle(bench.receive_id(orders, "b"));
  require_error(bench.sender(orders).cancel_scheduled(std::vector{numbers[1]}), errc::not_found,
                "cancelling when it is done");
}

void a_refused_schedule_schedules_nothing(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto batch = with_ids({"a", "b"});
  batch[1].time_to_live = -1ms;
  require_refusal(bench.sender(orders).schedule(batch, bench.clock().now() + 1h),
                  errc::invalid_argument, "messages[1].time_to_live", "a negative time to live");
  require(bench.standing(orders).empty(), "nothing of a refused schedule");
}

void time_to_live_begins_at_the_scheduled_time(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto const due = bench.clock().now() + 1h;
  auto brief = with_id("a");
  brief.time_to_live = 1min;
  bench.schedule(orders, {brief}, due);
  bench.clock().advance(1h + 30s);
  auto const got = bench.receive_id(orders, "a");
  require(got.expires_at >= due + 1min, "it lives from its scheduled time on");
  require(bench.clock().now() < got.expires_at, "it has not expired");
}

void a_topics_scheduled_messages_reach_its_subscriptions(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const stock = bench.subscription(events, "stock");
  auto const mail = bench.subscription(events, "mail");
  auto const due = bench.clock().now() + 1h;
  auto const numbers = bench.schedule(events, with_ids({"a", "b"}), due);
  require(bench.counts(events).scheduled == 2, "the topic counts what is scheduled");
  bench.require_nothing(stock, "before its time");
  value_of(bench.sender(events).cancel_scheduled(std::vector{numbers[0]}), "cancel");
  bench.clock().advance(1h);
  bench.require_drained(stock, {"b"}, "at its time, but for the cancelled one");
  bench.require_drained(mail, {"b"}, "at its time, but for the cancelled one");
  require(bench.counts(events).scheduled == 0, "nothing is scheduled any more");
}

/// More than a bus may enqueue in one step.
constexpr int many = 300;

/// Schedules "0", "1", and so on, and lets their time pass while nobody looks.
std::vector<std::int64_t> let_many_be_due(bus_workbench& bench, std::string_view entity,
                                          std::string const& session = {}) {
  std::vector<message> batch;
  for (int i = 0; i != many; ++i) batch.push_back(in_session(session, std::to_string(i)));
  auto numbers = bench.schedule(entity, batch, bench.clock().now() + 1h);
  bench.clock().advance(1h + 5s);
  return numbers;
}

std::vector<std::string> many_and(std::string last) {
  std::vector<std::string> ids;
  for (int i = 0; i != many; ++i) ids.push_back(std::to_string(i));
  ids.push_back(std::move(last));
  return ids;
}

void what_is_due_stands_before_what_is_sent_then(bus_workbench& bench) {
  auto const orders = bench.queue();
  let_many_be_due(bench, orders);
  bench.send(orders, with_id("x"));
  bench.require_drained(orders, many_and("x"), "in order of when each was enqueued");
  auto const bills = bench.queue("bills");
  let_many_be_due(bench, bills);
  value_of(bench.bus().commit({.sends = {{bills, with_id("y")}}}), "a transaction");
  bench.require_drained(bills, many_and("y"), "in order of when each was enqueued");
}

void what_is_due_stands_first_in_its_session(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.requires_session = true});
  let_many_be_due(bench, orders, "s");
  bench.send(orders, in_session("s", "x"));
  auto const holder = bench.accept(orders, "s");
  std::vector<std::string> got;
  while (got.size() <= many) got.push_back(receive_one_from(*holder).message.id.value);
  require(got == many_and("x"), "in order of when each was enqueued, but is " + listed(got));
}

void each_of_many_is_too_late_to_cancel_at_its_time(bus_workbench& bench) {
  auto const orders = bench.queue();
  auto const numbers = let_many_be_due(bench, orders);
  require_error(bench.sender(orders).cancel_scheduled(std::vector{numbers.back()}), errc::not_found,
                "cancelling the last one that is due");
  require(bench.counts(orders).active == many, "all are there");
}

void a_new_subscription_gets_nothing_that_was_due(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const early = bench.subscription(events, "early");
  let_many_be_due(bench, events);
  auto const late = bench.subscription(events, "late");
  require(bench.counts(late).active == 0, "what was due before it");
  require(bench.counts(early).active == many, "all went to the other one");
}

constexpr message_bus_check all[] = {
    EVSRC_BUS_CHECK("1.3 scheduled", a_scheduled_message_waits_for_its_time),
    EVSRC_BUS_CHECK("1.3 scheduled", a_time_that_has_passed_means_at_once),
    EVSRC_BUS_CHECK("1.3 scheduled", scheduled_messages_are_enqueued_when_they_are_due),
    EVSRC_BUS_CHECK("1.3 scheduled", what_is_due_stands_before_what_is_sent_then),
    EVSRC_BUS_CHECK("1.3 scheduled", what_is_due_stands_first_in_its_session),
    EVSRC_BUS_CHECK("1.6 cancel", each_of_many_is_too_late_to_cancel_at_its_time),
    EVSRC_BUS_CHECK("1.3 scheduled", a_new_subscription_gets_nothing_that_was_due),
    EVSRC_BUS_CHECK("1.6 cancel", cancelling_takes_scheduled_messages_back),
    EVSRC_BUS_CHECK("1.6 cancel", cancelling_is_all_or_none),
    EVSRC_BUS_CHECK("1.6 cancel", cancelling_comes_too_late_at_its_time),
    EVSRC_BUS_CHECK("1.6 schedule", a_refused_schedule_schedules_nothing),
    EVSRC_BUS_CHECK("1.3 scheduled", time_to_live_begins_at_the_scheduled_time),
    EVSRC_BUS_CHECK("1.3 scheduled", a_topics_scheduled_messages_reach_its_subscriptions),
};

}  // namespace

bus_checks scheduling_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
