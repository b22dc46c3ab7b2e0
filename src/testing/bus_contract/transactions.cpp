// SPDX-License-Identifier: Apache-2.0
// 1.8: settling and sending together.
#include "bus_workbench.hpp"
#include "evsrc/core/limits.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

void commit(bus_workbench& bench, bus_transaction const& what) {
  value_of(bench.bus().commit(what), "a transaction");
}

struct two_queues {
  explicit two_queues(bus_workbench& bench)
      : orders(bench.queue("orders", {.lock_duration = 10s})), bills(bench.queue("bills")) {}
  std::string orders;
  std::string bills;
};

void a_transaction_settles_and_sends_together(bus_workbench& bench) {
  two_queues const at{bench};
  auto const events = bench.topic();
  auto const stock = bench.subscription(events, "stock");
  bench.send_ids(at.orders, {"a", "b", "c", "d"});
  auto const held = bench.receive(at.orders, 4);
  require(held.size() == 4, "four to settle");
  auto abandoned = held[2].settle(disposition::abandon);
  abandoned.modify = {{"tried", true}};
  commit(bench, {.settles = {held[0].settle(), held[1].dead_letter("Tested", "with others"),
                             abandoned, held[3].settle(disposition::defer)},
                 .sends = {{at.bills, with_id("bill")}, {events, with_id("event")}}});
  auto const back = bench.receive_id(at.orders, "c");
  require(find_property(back.message.properties, "tried") != nullptr, "abandoned and modified");
  bench.require_nothing(at.orders, "the others were settled");
  require(bench.counts(at.orders).deferred == 1, "one of them deferred");
  auto const dead = bench.receive_id(dead_letter_path(at.orders), "b");
  require(find_text(dead.message.properties, property_names::dead_letter_reason) == "Tested",
          "with its reason");
  bench.require_drained(at.bills, {"bill"}, "sent");
  bench.require_drained(stock, {"event"}, "sent");
}

/// Demands that the transaction is refused and that `held`, of orders, can still be completed.
void require_nothing_done(bus_workbench& bench, two_queues const& at, bus_transaction const& what,
                          errc expected, std::string_view names, delivery const& held) {
  require_refusal(bench.bus().commit(what), expected, names, "the transaction");
  bench.require_drained(at.bills, {}, "a refused transaction must send nothing");
  bench.require_drained(dead_letter_path(at.orders), {}, "nor settle anything");
  value_of(bench.receiver(at.orders).settle(held.settle()),
           "completing after the refused transaction");
}

void a_lost_lock_undoes_a_transaction(bus_workbench& bench) {
  two_queues const at{bench};
  bench.send(at.orders, with_id("lost"));
  auto const lost = bench.receive_id(at.orders, "lost");
  bench.clock().advance(10s + 1ms);
  bench.settle(bench.receive_id(at.orders, "lost"));
  bench.send(at.orders, with_id("held"));
  auto const held = bench.receive_id(at.orders, "held");
  require_nothing_done(
      bench, at,
      {.settles = {held.dead_letter("-"), lost.settle()}, .sends = {{at.bills, with_id("bill")}}},
      errc::lock_lost, "", held);
}

void a_refused_send_undoes_a_transaction(bus_workbench& bench) {
  two_queues const at{bench};
  auto const sessions = bench.queue("sessions", {.requires_session = true});
  auto const closed = bench.queue("closed", {.status = entity_status::send_disabled});
  auto too_large = with_id("large");
  too_large.body.assign(limits::bus_message_bytes + 1, 'x');
  struct row {
    addressed_message second;
    errc expected;
    std::string field;
  };
  row const rows[] = {{{"nowhere", with_id("x")}, errc::not_found, "sends[1]"},
                      {{closed, with_id("x")}, errc::entity_disabled, "sends[1]"},
                      {{sessions, with_id("x")}, errc::invalid_argument, "sends[1].session_id"},
                      {{at.bills, too_large}, errc::limit_exceeded, "sends[1]"}};
  for (auto const& one : rows) {
    bench.send(at.orders, with_id("held"));
    auto const held = bench.receive_id(at.orders, "held");
    require_nothing_done(
        bench, at,
        {.settles = {held.dead_letter("-")}, .sends = {{at.bills, with_id("bill")}, one.second}},
        one.expected, one.field, held);
  }
}

void a_lock_settles_once_in_a_transaction(bus_workbench& bench) {
  two_queues const at{bench};
  bench.send(at.orders, with_id("a"));
  auto const held = bench.receive_id(at.orders, "a");
  require_nothing_done(bench, at,
                       {.settles = {held.settle(disposition::abandon), held.settle()},
                        .sends = {{at.bills, with_id("bill")}}},
                       errc::lock_lost, "", held);
}

void a_transaction_has_a_limit(bus_workbench& bench) {
  two_queues const at{bench};
  bench.send(at.orders, with_id("a"));
  auto const held = bench.receive_id(at.orders, "a");
  bus_transaction what{.settles = {held.settle(disposition::abandon)}};
  for (std::size_t i = 0; i != limits::transaction_messages; ++i)
    what.sends.push_back({at.bills, with_id("bill" + std::to_string(i))});
  require_error(bench.bus().commit(what), errc::limit_exceeded, "more than the limit");
  bench.require_drained(at.bills, {}, "nothing of it was done");
  what.sends.pop_back();
  commit(bench, what);
  require(bench.counts(at.bills).active == limits::transaction_messages - 1, "the limit itself");
}

void a_dead_letter_can_be_sent_back_in_one(bus_workbench& bench) {
  two_queues const at{bench};
  auto const graves = dead_letter_path(at.orders);
  bench.send(at.orders, with_id("a"));
  bench.settle(bench.receive_one(at.orders).dead_letter("Tested"));
  auto const dead = bench.receive_one(graves);
  commit(bench, {.settles = {dead.settle()}, .sends = {{at.orders, with_id("a/1")}}});
  bench.require_drained(graves, {}, "it left the dead letters");
  bench.require_drained(at.orders, {"a/1"}, "as its copy came back");
}

void a_transaction_settles_what_a_session_holds(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.lock_duration = 10s, .requires_session = true});
  auto const bills = bench.queue("bills");
  bench.send_ids(orders, {"a", "b"}, "s");
  auto const holder = bench.accept(orders, "s");
  auto const held = receive_from(*holder, 2);
  commit(bench, {.settles = {held.at(0).settle()}, .sends = {{bills, with_id("bill a")}}});
  bench.clock().advance(10s + 1ms);
  require_error(
      bench.bus().commit({.settles = {held.at(1).settle()}, .sends = {{bills, with_id("bill b")}}}),
      errc::lock_lost, "when the session's lock expired");
  bench.require_drained(bills, {"bill a"}, "the second was not sent");
  require(ids_of(receive_from(*bench.accept(orders, "s"), 5)) == std::vector<std::string>{"b"},
          "the second was not settled");
}

void duplicates_are_detected_in_a_transaction(bus_workbench& bench) {
  two_queues const at{bench};
  auto const once = bench.queue("once", {.requires_duplicate_detection = true});
  require_error(bench.bus().commit({.sends = {{once, with_id("a")}, {"nowhere", with_id("x")}}}),
                errc::not_found, "a send to nowhere");
  commit(bench, {.sends = {{once, with_id("a")}}});
  bench.send(at.orders, with_id("m"));
  commit(bench, {.settles = {bench.receive_one(at.orders).settle()},
                 .sends = {{once, with_id("a")}, {once, with_id("b")}, {once, with_id("b")}}});
  bench.require_drained(once, {"a", "b"}, "the repeats are dropped, a refused one never counted");
  bench.require_drained(at.orders, {}, "and the rest is done");
}

void a_transaction_settles_in_several_entities(bus_workbench& bench) {
  two_queues const at{bench};
  auto const events = bench.topic();
  auto const stock = bench.subscription(events, "stock");
  for (auto const& entity : {at.orders, at.bills, events}) bench.send_ids(entity, {"a", "b"});
  std::vector<std::vector<delivery>> held;
  for (auto const& entity : {at.orders, at.bills, stock}) held.push_back(bench.receive(entity, 2));
  bench.settle(held[1].at(1));
  auto const lost = bench.bus().commit(
      {.settles = {held[0].at(0).settle(), held[2].at(0).settle(), held[1].at(1).settle()}});
  require_refusal(lost, errc::lock_lost, "settles[2]", "a lock that was lost in one of them");
  commit(bench, {.settles = {held[0][0].settle(), held[1].at(0).settle(),
                             held[2][0].settle(disposition::abandon)}});
  bench.settle(held[0].at(1), disposition::abandon);
  bench.require_drained(at.orders, {"b"}, "completed in one");
  bench.require_drained(at.bills, {}, "and in another");
  bench.require_drained(stock, {"a"}, "given back in the third");
}

void a_transaction_can_send_for_later(bus_workbench& bench) {
  two_queues const at{bench};
  auto later = with_id("later");
  later.enqueue_at = bench.clock().now() + 1h;
  commit(bench, {.sends = {{at.bills, later}, {at.bills, with_id("now")}}});
  bench.require_drained(at.bills, {"now"}, "the other one is scheduled");
  bench.clock().advance(1h);
  bench.require_drained(at.bills, {"later"}, "at its time");
}

void messages_of_one_transaction_keep_their_order(bus_workbench& bench) {
  two_queues const at{bench};
  bus_transaction what;
  std::vector<std::string> bills;
  for (int i = 0; i != 40; ++i) {
    auto const id = std::to_string(i);
    what.sends.push_back({i % 2 == 0 ? at.bills : at.orders, with_id(id)});
    if (i % 2 == 0) bills.push_back(id);
  }
  commit(bench, what);
  bench.require_drained(at.bills, bills, "in the order of the transaction");
}

constexpr message_bus_check all[] = {
    EVSRC_BUS_CHECK("1.8 transaction", a_transaction_settles_and_sends_together),
    EVSRC_BUS_CHECK("1.8 transaction", a_lost_lock_undoes_a_transaction),
    EVSRC_BUS_CHECK("1.8 transaction", a_refused_send_undoes_a_transaction),
    EVSRC_BUS_CHECK("1.8 transaction", a_lock_settles_once_in_a_transaction),
    EVSRC_BUS_CHECK("1.8 transaction", a_transaction_has_a_limit),
    EVSRC_BUS_CHECK("1.8 transaction", a_dead_letter_can_be_sent_back_in_one),
    EVSRC_BUS_CHECK("1.8 transaction", a_transaction_settles_what_a_session_holds),
    EVSRC_BUS_CHECK("1.8 transaction", duplicates_are_detected_in_a_transaction),
    EVSRC_BUS_CHECK("1.8 transaction", a_transaction_settles_in_several_entities),
    EVSRC_BUS_CHECK("1.8 transaction", a_transaction_can_send_for_later),
    EVSRC_BUS_CHECK("1.8 transaction", messages_of_one_transaction_keep_their_order),
};

}  // namespace

bus_checks transaction_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
