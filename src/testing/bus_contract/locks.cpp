// SPDX-License-Identifier: Apache-2.0
// 1.4 and 1.6: locks of messages: whose they are, how they end, how they are renewed.
#include <set>

#include "bus_workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

constexpr disposition every_disposition[] = {disposition::complete, disposition::abandon,
                                             disposition::defer, disposition::dead_letter};

std::string briefly_locking(bus_workbench& bench, std::string name = "orders") {
  return bench.queue(std::move(name), {.lock_duration = 10s});
}

void each_delivery_has_a_token_of_its_own(bus_workbench& bench) {
  auto const orders = briefly_locking(bench);
  bench.send_ids(orders, {"a", "b", "c"});
  std::set<lock_token> tokens;
  for (int round = 0; round != 3; ++round)
    for (auto const& one : bench.receive(orders, 3)) {
      require(tokens.insert(one.lock).second, "a token must not be used again");
      bench.settle(one, disposition::abandon);
    }
  require(tokens.size() == 9, "three messages, three deliveries each");
}

void a_locked_message_is_given_to_nobody_else(bus_workbench& bench) {
  auto const orders = briefly_locking(bench);
  bench.send_ids(orders, {"a", "b"});
  auto const held = bench.receive_id(orders, "a");
  require(held.locked_until == bench.clock().now() + 10s, "locked for the lock duration");
  auto const second = value_of(bench.bus().open_receiver(orders), "open_receiver");
  auto const got = receive_one_from(*second);
  require(got.message.id.value == "b", "another receiver gets the next one");
  bench.clock().advance(10s - 1ms);
  require(receive_from(*second, 5).empty(), "until the lock ends nobody gets it");
  bench.settle(held);
  value_of(second->settle(got.settle()), "complete");
  bench.clock().advance(1h);
  bench.require_drained(orders, {}, "both were completed in time");
}

void an_expired_lock_counts_as_a_failed_delivery(bus_workbench& bench) {
  auto const orders = briefly_locking(bench);
  bench.send_ids(orders, {"a", "b"});
  auto const lost = bench.receive_id(orders, "a");
  bench.clock().advance(10s + 1ms);
  auto const again = bench.receive_id(orders, "a");
  require(again.delivery_count == 1, "one delivery failed before");
  require(again.sequence_number == lost.sequence_number, "it is the same message at its place");
  require(again.lock != lost.lock, "under another token");
  require(again.message == lost.message, "unchanged");
}

void a_lost_lock_settles_nothing(bus_workbench& bench) {
  auto const orders = briefly_locking(bench);
  bench.send(orders, with_id("a"));
  auto const lost = bench.receive_id(orders, "a");
  bench.clock().advance(10s + 1ms);
  for (auto const how : every_disposition)
    bench.require_lost(lost.settle(how), std::string(to_string(how)) + " after the lock expired");
  require_error(bench.receiver(orders).renew(lost.lock), errc::lock_lost,
                "renewing after the lock expired");
  auto const held = bench.receive_id(orders, "a");
  for (auto const how : every_disposition)
    bench.require_lost(lost.settle(how),
                       std::string(to_string(how)) + " with the next holder's lock");
  require_error(bench.receiver(orders).renew(lost.lock), errc::lock_lost,
                "renewing what another holds");
  bench.settle(held);
  bench.require_drained(orders, {}, "the holder settles");
}

void a_message_is_settled_once(bus_workbench& bench) {
  auto const orders = briefly_locking(bench);
  bench.send_ids(orders, {"a", "b", "c", "d"});
  for (auto const first : every_disposition) {
    auto const held = bench.receive_one(orders);
    bench.settle(held, first);
    for (auto const second : every_disposition)
      bench.require_lost(held.settle(second), std::string(to_string(second)) + " after " +
                                                  std::string(to_string(first)));
    require_error(bench.receiver(orders).renew(held.lock), errc::lock_lost,
                  "renewing what is settled");
    if (first == disposition::abandon) bench.settle(bench.receive_one(orders));
  }
}

void a_lock_that_never_was_settles_nothing(bus_workbench& bench) {
  auto const orders = briefly_locking(bench);
  bench.send(orders, with_id("a"));
  auto const held = bench.receive_id(orders, "a");
  for (auto const how : every_disposition) {
    bench.require_lost({.entity = orders, .lock = {}, .what = how}, "the nil token");
    auto strange = held.settle(how);
    strange.lock.value.octets[15] ^= 1U;
    bench.require_lost(strange, "a token that nobody got");
  }
  bench.settle(held);
}

void a_lock_belongs_to_its_entity(bus_workbench& bench) {
  auto const orders = briefly_locking(bench, "orders");
  auto const returns = briefly_locking(bench, "returns");
  bench.send(orders, with_id("a"));
  bench.send(returns, with_id("b"));
  auto const held = bench.receive_id(orders, "a");
  auto elsewhere = held.settle();
  elsewhere.entity = returns;
  bench.require_lost(elsewhere, "another queue's lock");
  elsewhere.entity = dead_letter_path(orders);
  bench.require_lost(elsewhere, "the queue's lock in its dead-letter queue");
  require_error(bench.receiver(returns).renew(held.lock), errc::lock_lost, "another queue's lock");
  bench.settle(held);
}

void renewing_holds_a_lock_from_now(bus_workbench& bench) {
  auto const orders = briefly_locking(bench);
  bench.send(orders, with_id("a"));
  auto const held = bench.receive_id(orders, "a");
  for (int i = 0; i != 5; ++i) {
    bench.clock().advance(9s);
    auto const until = value_of(bench.receiver(orders).renew(held.lock), "renew");
    require(until == bench.clock().now() + 10s, "renew holds for the lock duration from now");
    bench.require_nothing(orders, "a renewed lock holds");
  }
  bench.clock().advance(9s);
  bench.settle(held);
  bench.require_drained(orders, {}, "completed under the renewed lock");
}

void a_renewed_lock_expires_too(bus_workbench& bench) {
  auto const orders = briefly_locking(bench);
  bench.send(orders, with_id("a"));
  auto const held = bench.receive_id(orders, "a");
  bench.clock().advance(5s);
  value_of(bench.receiver(orders).renew(held.lock), "renew");
  bench.clock().advance(10s + 1ms);
  bench.require_lost(held.settle(), "completing after the renewed lock expired");
  require(bench.receive_id(orders, "a").delivery_count == 1, "one delivery failed");
}

void settlements_of_one_call_stand_for_themselves(bus_workbench& bench) {
  auto const orders = briefly_locking(bench);
  bench.send_ids(orders, {"a", "b", "c"});
  auto const held = bench.receive(orders, 3);
  require(held.size() == 3, "three to settle");
  bench.settle(held[1]);
  std::vector<settlement> const several{held[0].settle(), held[1].settle(),
                                        held[2].settle(disposition::abandon)};
  auto const told = bench.receiver(orders).settle(several);
  require(told.size() == 3, "one outcome per settlement");
  value_of(told[0], "the first");
  require_error(told[1], errc::lock_lost, "the second, settled before");
  value_of(told[2], "the third");
  bench.require_drained(orders, {"c"}, "completed, completed, abandoned");
}

void a_lock_outlives_its_receiver(bus_workbench& bench) {
  auto const orders = briefly_locking(bench);
  bench.send(orders, with_id("a"));
  auto gone = value_of(bench.bus().open_receiver(orders), "open_receiver");
  auto const held = receive_one_from(*gone);
  gone.reset();
  bench.require_nothing(orders, "closing a receiver gives nothing back");
  value_of(bench.receiver(orders).renew(held.lock), "another receiver renews");
  bench.settle(held);
  bench.require_drained(orders, {}, "another receiver settles");
}

void lock_durations_are_the_entitys(bus_workbench& bench) {
  auto const brief = bench.queue("brief", {.lock_duration = 5s});
  auto const longer = bench.queue("longer", {.lock_duration = 5min});
  bench.send(brief, with_id("a"));
  bench.send(longer, with_id("b"));
  auto const start = bench.clock().now();
  require(bench.receive_one(brief).locked_until == start + 5s, "five seconds");
  require(bench.receive_one(longer).locked_until == start + 5min, "five minutes");
  bench.clock().advance(5s + 1ms);
  bench.receive_id(brief, "a");
  bench.require_nothing(longer, "still locked");
}

constexpr message_bus_check all[] = {
    EVSRC_BUS_CHECK("1.4 lock", each_delivery_has_a_token_of_its_own),
    EVSRC_BUS_CHECK("1.4 lock", a_locked_message_is_given_to_nobody_else),
    EVSRC_BUS_CHECK("1.4 lock", an_expired_lock_counts_as_a_failed_delivery),
    EVSRC_BUS_CHECK("1.4 lock", a_lost_lock_settles_nothing),
    EVSRC_BUS_CHECK("1.4 lock", a_message_is_settled_once),
    EVSRC_BUS_CHECK("1.4 lock", a_lock_that_never_was_settles_nothing),
    EVSRC_BUS_CHECK("1.4 lock", a_lock_belongs_to_its_entity),
    EVSRC_BUS_CHECK("1.6 renew lock", renewing_holds_a_lock_from_now),
    EVSRC_BUS_CHECK("1.6 renew lock", a_renewed_lock_expires_too),
    EVSRC_BUS_CHECK("1.4 settle", settlements_of_one_call_stand_for_themselves),
    EVSRC_BUS_CHECK("1.4 lock", a_lock_outlives_its_receiver),
    EVSRC_BUS_CHECK("1.10 lock", lock_durations_are_the_entitys),
};

}  // namespace

bus_checks lock_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
