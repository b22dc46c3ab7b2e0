// SPDX-License-Identifier: Apache-2.0
// 1.5 and 1.6: sessions: order, exclusivity, locks, state.
#include <thread>

#include "bus_workbench.hpp"
#include "evsrc/core/limits.hpp"
#include "waiting_call.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

std::string with_sessions(bus_workbench& bench, std::uint32_t max_delivery_count = 10) {
  return bench.queue(
      "orders",
      {.lock_duration = 10s, .max_delivery_count = max_delivery_count, .requires_session = true});
}

void complete(receiver& at, delivery const& what, disposition how = disposition::complete) {
  value_of(at.settle(what.settle(how)), to_string(how));
}

/// Demands that all that the holder of a lost session does answers lock_lost.
void require_session_lost(session_receiver& holder, delivery const& held) {
  require_error(holder.receive({}), errc::lock_lost, "receiving in a lost session");
  for (auto const how :
       {disposition::complete, disposition::abandon, disposition::defer, disposition::dead_letter})
    require_error(holder.settle(held.settle(how)), errc::lock_lost, "settling in a lost session");
  require_error(holder.renew_session(), errc::lock_lost, "renewing a lost session");
  require_error(holder.state(), errc::lock_lost, "reading a lost session's state");
  require_error(holder.set_state("late"), errc::lock_lost, "writing a lost session's state");
}

void a_queue_with_sessions_wants_a_session_id(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  auto const refused = bench.sender(orders).send(std::vector{in_session("s", "a"), with_id("b")});
  require_refusal(refused, errc::invalid_argument, "messages[1].session_id", "no session id");
  require(bench.counts(orders).active == 0, "nothing of a refused batch");
  bench.send(orders, in_session("s", "c"));
  auto const holder = bench.accept(orders, "s");
  require(ids_of(receive_from(*holder, 5)) == std::vector<std::string>{"c"}, "only what was sent");
}

void a_session_is_received_in_order_by_its_holder(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  for (int i = 0; i != 4; ++i)
    for (auto const* session : {"s", "t"})
      bench.send(orders, in_session(session, session + std::to_string(i)));
  auto const holder = bench.accept(orders, "s");
  require(holder->session_id() == "s", "the session that was asked for");
  auto const first = receive_from(*holder, 2);
  require(ids_of(first) == std::vector<std::string>{"s0", "s1"}, "its messages in order");
  require(first[0].locked_until == holder->locked_until(), "locked as long as the session");
  auto const rest = receive_from(*holder, 10);
  require(ids_of(rest) == std::vector<std::string>{"s2", "s3"}, "and no other's");
  for (auto const& one : first) complete(*holder, one);
  for (auto const& one : rest) complete(*holder, one);
  require(receive_from(*holder, 10).empty(), "all of the session is done");
  auto const other = bench.accept(orders);
  require(other->session_id() == "t", "the next one is the other");
  require(receive_from(*other, 10).size() == 4, "whole");
}

void a_session_has_one_holder(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  bench.send_ids(orders, {"a", "b"}, "s");
  auto const holder = bench.accept(orders, "s");
  require_error(bench.try_accept(orders, "s"), errc::session_locked, "a session that is held");
  require_error(bench.try_accept(orders), errc::timed_out, "no other session is there");
  bench.clock().advance(10s - 1ms);
  require_error(bench.try_accept(orders, "s"), errc::session_locked, "held until its lock ends");
  require(receive_from(*holder, 5).size() == 2, "its holder is not disturbed");
  bench.send(orders, in_session("S", "c"));
  require(bench.accept(orders, "S")->session_id() == "S", "ids are compared byte by byte");
}

void the_next_session_is_one_with_messages_and_no_holder(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  require_error(bench.try_accept(orders), errc::timed_out, "an empty queue");
  auto const waited = bench.bus().accept_session(orders, {.session_id = {}, .wait = 20ms});
  require_error(waited, errc::timed_out, "an empty queue, with a wait");
  for (int i = 0; i != 5; ++i) bench.send(orders, in_session("s" + std::to_string(i), "m"));
  std::vector<std::unique_ptr<session_receiver>> holders;
  for (int i = 0; i != 5; ++i) holders.push_back(bench.accept(orders));
  for (auto const& one : holders)
    for (auto const& other : holders)
      require(one == other || one->session_id() != other->session_id(), "each session once");
  require_error(bench.try_accept(orders), errc::timed_out, "all are held");
  complete(*holders[3], receive_one_from(*holders[3]));
  holders[3].reset();
  require_error(bench.try_accept(orders), errc::timed_out, "without messages it is not the next");
}

void a_session_without_messages_can_be_held(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  auto const holder = bench.accept(orders, "s");
  require(receive_from(*holder, 5).empty(), "nothing there yet");
  bench.send(orders, in_session("s", "a"));
  require_error(bench.try_accept(orders), errc::timed_out, "what arrives is its holder's");
  complete(*holder, receive_one_from(*holder));
}

void accepting_waits_for_a_session(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  auto& sending = bench.sender(orders);
  for (int i = 0; i != 10; ++i) {
    result<std::unique_ptr<session_receiver>> got;
    std::thread waiter{
        [&] { got = bench.bus().accept_session(orders, {.session_id = {}, .wait = 60s}); }};
    auto const sent = sending.send(in_session("s", "a"));
    waiter.join();
    value_of(sent, "send");
    auto const holder = value_of(std::move(got), "a waiting accept_session");
    complete(*holder, receive_one_from(*holder));
  }
}

void accepting_waits_for_a_session_to_be_lost(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  two_waiting_calls<std::unique_ptr<session_receiver>> waiting{
      bench,
      [&] { return bench.bus().accept_session(orders, {.session_id = {}, .wait = long_wait}); }};
  bench.send(orders, in_session("s", "a"));
  auto const late = value_of(waiting.first(), "a waiting accept_session");
  auto const held = receive_one_from(*late);
  bench.clock().advance(10s + 1ms);
  auto const holder = value_of(waiting.second(), "a waiting accept_session");
  require(receive_one_from(*holder).delivery_count == 1, "it was lost, and is the other's");
  require_session_lost(*late, held);
}

void receivers_fit_their_entity(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  auto const plain = bench.queue("plain");
  bench.send(orders, in_session("s", "a"));
  bench.send(plain, in_session("s", "b"));
  require_error(bench.receiver(orders).receive({}), errc::invalid_argument,
                "a receiver without session where there are sessions");
  require_error(bench.receiver(orders, receive_mode::receive_and_delete).receive({}),
                errc::invalid_argument, "receive and delete without session");
  require_error(bench.try_accept(plain), errc::invalid_argument, "a queue without sessions");
  require_error(bench.try_accept(plain, "s"), errc::invalid_argument, "a queue without sessions");
  require_error(bench.try_accept("nowhere"), errc::not_found, "no such queue");
  bench.require_drained(plain, {"b"}, "session ids mean nothing there");
  require(receive_from(*bench.accept(orders, "s"), 5).size() == 1, "nothing was lost");
}

void an_expired_session_goes_to_the_next_holder(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  bench.send_ids(orders, {"a", "b"}, "s");
  auto const late = bench.accept(orders, "s");
  require(late->locked_until() == bench.clock().now() + 10s, "held for the lock duration");
  auto const held = receive_one_from(*late);
  bench.clock().advance(10s + 1ms);
  require_session_lost(*late, held);
  auto const holder = bench.accept(orders);
  auto const again = receive_from(*holder, 5);
  require(ids_of(again) == std::vector<std::string>{"a", "b"}, "in order, from the front");
  require(again[0].delivery_count == 1 && again[1].delivery_count == 0,
          "a lock that expired counts for what was delivered under it");
  require_session_lost(*late, held);
  require_error(bench.bus().commit({.settles = {held.settle()}}), errc::lock_lost,
                "settling beside the receiver");
  complete(*holder, again[0]);
  complete(*holder, again[1]);
}

/// More locks end than a bus may end in one step, and the wanted session's is the last of them.
void a_session_is_whole_after_many_were_lost(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  std::vector<std::unique_ptr<session_receiver>> late;
  for (int i = 0; i != 300; ++i) late.push_back(bench.accept(orders, "s" + std::to_string(i)));
  auto const wanted = late.back()->session_id();
  bench.clock().advance(10s + 1ms);
  auto const holder = bench.accept(orders, wanted);
  require(receive_from(*holder, 5).empty(), "it is held, and empty");
  bench.send(orders, in_session(wanted, "a"));
  complete(*holder, receive_one_from(*holder), disposition::abandon);
  value_of(holder->renew_session(), "renew_session");
  require(receive_one_from(*holder).delivery_count == 1, "whoever held it before");
}

void a_lost_session_stays_lost(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  bench.send(orders, in_session("s", "a"));
  auto const late = bench.accept(orders, "s");
  auto const held = receive_one_from(*late);
  bench.clock().advance(10s + 1ms);
  {
    auto const other = bench.accept(orders, "s");
    require(receive_from(*other, 5).size() == 1, "the next holder has it");
  }
  require_session_lost(*late, held);
  require(bench.accept(orders, "s") != nullptr, "nobody holds it");
}

void renewing_holds_a_session_from_now(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  bench.send(orders, in_session("s", "a"));
  auto const holder = bench.accept(orders, "s");
  auto const held = receive_one_from(*holder);
  for (int i = 0; i != 4; ++i) {
    bench.clock().advance(9s);
    auto const until = value_of(holder->renew_session(), "renew_session");
    require(until == bench.clock().now() + 10s && until == holder->locked_until(),
            "for the lock duration from now");
    require_error(bench.try_accept(orders, "s"), errc::session_locked, "a renewed session");
  }
  complete(*holder, held);
  bench.clock().advance(10s + 1ms);
  require_session_lost(*holder, held);
}

void closing_gives_a_session_back_uncounted(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  bench.send_ids(orders, {"a", "b", "c"}, "s");
  auto holder = bench.accept(orders, "s");
  auto const held = receive_from(*holder, 2);
  complete(*holder, held.at(1));
  holder.reset();
  auto const next = bench.accept(orders);
  auto const got = receive_from(*next, 5);
  require(ids_of(got) == std::vector<std::string>{"a", "c"}, "what was not settled, in order");
  require(got[0].delivery_count == 0, "closing is no failed delivery");
  require_error(next->settle(held[0].settle()), errc::lock_lost, "a lock of the closed receiver");
  require_error(bench.bus().commit({.settles = {held[0].settle()}}), errc::lock_lost,
                "a lock of the closed receiver");
}

void a_follower_never_overtakes(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  bench.send_ids(orders, {"a", "b", "c"}, "s");
  auto const holder = bench.accept(orders, "s");
  auto const first = receive_one_from(*holder);
  require(first.message.id.value == "a", "the first one sent comes first");
  complete(*holder, first, disposition::abandon);
  auto const again = receive_from(*holder, 2);
  require(ids_of(again) == std::vector<std::string>{"a", "b"},
          "an abandoned message comes before those behind it, but got " + listed(ids_of(again)));
  complete(*holder, again[1], disposition::abandon);
  complete(*holder, again[0]);
  auto const rest = receive_from(*holder, 5);
  require(ids_of(rest) == std::vector<std::string>{"b", "c"},
          "in order again, but got " + listed(ids_of(rest)));
  require(rest[0].delivery_count == 1 && rest[1].delivery_count == 0, "abandoning counts");
}

void a_poisoned_message_lets_its_session_go_on(bus_workbench& bench) {
  auto const orders = with_sessions(bench, 2);
  bench.send_ids(orders, {"a", "b"}, "s");
  auto holder = bench.accept(orders, "s");
  complete(*holder, receive_one_from(*holder), disposition::abandon);
  require(receive_one_from(*holder).message.id.value == "a", "the second and last delivery");
  bench.clock().advance(10s + 1ms);
  holder = bench.accept(orders, "s");
  require(ids_of(receive_from(*holder, 5)) == std::vector<std::string>{"b"}, "the next one");
  auto const dead = bench.receive_id(dead_letter_path(orders), "a");
  require(find_text(dead.message.properties, property_names::dead_letter_reason) ==
              dead_letter_reasons::delivery_count,
          "an abandoned and an expired delivery, of two");
}

void a_dead_letter_queue_has_no_sessions(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  auto const graves = dead_letter_path(orders);
  bench.send(orders, in_session("s", "a"));
  bench.send(orders, in_session("t", "b"));
  for (auto const* session : {"s", "t"}) {
    auto const holder = bench.accept(orders, session);
    value_of(holder->settle(receive_one_from(*holder).dead_letter("Tested")), "dead_letter");
  }
  require_error(bench.try_accept(graves), errc::invalid_argument, "sessions of dead letters");
  auto const dead = bench.receive(graves, 5);
  require(ids_of(dead) == std::vector<std::string>{"a", "b"}, "a receiver without session");
  require(dead[0].message.session_id == "s", "the session id stays on the message");
  for (auto const& one : dead) bench.settle(one);
}

void state_stays_with_its_session(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  std::string every_byte;
  for (int i = 0; i != 256; ++i) every_byte.push_back(static_cast<char>(i));
  bench.send(orders, in_session("s", "a"));
  {
    auto const holder = bench.accept(orders, "s");
    require(!value_of(holder->state(), "state"), "none was set");
    value_of(holder->set_state("first"), "set_state");
    value_of(holder->set_state(every_byte), "set_state");
    require(value_of(holder->state(), "state") == every_byte, "the last one, byte by byte");
    complete(*holder, receive_one_from(*holder));
  }
  require(!value_of(bench.accept(orders, "t")->state(), "state"), "another session has its own");
  auto const next = bench.accept(orders, "s");
  require(value_of(next->state(), "state") == every_byte, "for the next holder, without messages");
  std::string const most(limits::session_state_bytes, 'x');
  require_refusal(next->set_state(most + "x"), errc::limit_exceeded, "state", "too large a state");
  require(value_of(next->state(), "state") == every_byte, "a refused state changes nothing");
  value_of(next->set_state(most), "set_state of the largest state");
  value_of(next->set_state({}), "set_state");
  require(!value_of(next->state(), "state"), "cleared");
}

void sessions_are_listed(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  for (auto const* session : {"b", "a", "C", "d"}) bench.send(orders, in_session(session, session));
  value_of(bench.accept(orders, "e")->set_state("state"), "set_state");
  static_cast<void>(bench.accept(orders, "empty"));
  auto const holder = bench.accept(orders, "d");
  complete(*holder, receive_one_from(*holder));
  auto const listing = [&](std::string_view after, std::size_t most) {
    return value_of(bench.bus().sessions(orders, after, most), "sessions");
  };
  using names = std::vector<std::string>;
  require(listing("", 100) == names{"C", "a", "b", "e"},
          "those with messages or state, in byte order, but are " + listed(listing("", 100)));
  require(listing("", 2) == names{"C", "a"} && listing("a", 2) == names{"b", "e"} &&
              listing("e", 2).empty(),
          "page by page");
}

void deferred_messages_are_their_sessions(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  bench.send_ids(orders, {"a", "b"}, "s");
  bench.send_ids(orders, {"c"}, "t");
  auto holder = bench.accept(orders, "s");
  auto const first = receive_one_from(*holder);
  complete(*holder, first, disposition::defer);
  require(receive_one_from(*holder).message.id.value == "b", "deferring lets the next one pass");
  std::vector const number{first.sequence_number};
  auto const other = bench.accept(orders, "t");
  require_error(other->receive_deferred(number), errc::not_found, "of another session");
  auto const got = value_of(holder->receive_deferred(number), "receive_deferred");
  require(ids_of(got) == std::vector<std::string>{"a"}, "by its number, in its session");
  complete(*holder, got[0]);
}

void a_holder_peeks_at_its_session(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  bench.send_ids(orders, {"a", "b"}, "s");
  bench.send_ids(orders, {"c"}, "t");
  auto const holder = bench.accept(orders, "s");
  receive_one_from(*holder);
  auto const seen = value_of(holder->peek(0, 10), "peek");
  require(ids_of(seen) == std::vector<std::string>{"a", "b"}, "only its own messages");
}

void a_session_can_be_received_and_deleted(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  bench.send_ids(orders, {"a", "b", "c"}, "s");
  auto holder = value_of(bench.bus().accept_session(
                             orders, {.session_id = "s", .mode = receive_mode::receive_and_delete}),
                         "accept_session");
  auto const got = receive_from(*holder, 2);
  require(ids_of(got) == std::vector<std::string>{"a", "b"} && got[0].lock.value.is_nil(),
          "in order, without locks");
  holder.reset();
  require(ids_of(receive_from(*bench.accept(orders, "s"), 5)) == std::vector<std::string>{"c"},
          "they are gone");
}

void times_and_duplicates_are_as_without_sessions(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.lock_duration = 5min,
                                             .dead_letter_on_expiration = true,
                                             .requires_session = true,
                                             .requires_duplicate_detection = true});
  auto const numbers = bench.schedule(
      orders, {in_session("s", "due"), in_session("s", "cancelled"), in_session("s", "due")},
      bench.clock().now() + 1min);
  value_of(bench.sender(orders).cancel_scheduled(std::vector{numbers.at(1)}), "cancel");
  require_error(bench.sender(orders).cancel_scheduled(std::vector{numbers.at(2)}), errc::not_found,
                "cancelling a dropped duplicate");
  require_error(bench.try_accept(orders), errc::timed_out, "nothing is there before its time");
  auto brief = in_session("s", "brief");
  brief.time_to_live = 30s;
  bench.send(orders, brief);
  auto const holder = bench.accept(orders);
  bench.clock().advance(1min);
  bench.send(orders, in_session("t", "due"));
  auto const got = receive_from(*holder, 5);
  require(ids_of(got) == std::vector<std::string>{"due"}, "what is due and has not expired");
  require_error(bench.try_accept(orders), errc::timed_out, "a repeat, though of another session");
  auto const dead = bench.receive_id(dead_letter_path(orders), "brief");
  require(find_text(dead.message.properties, property_names::dead_letter_reason) ==
              dead_letter_reasons::expired,
          "expired in its session");
}

void only_its_holder_settles_what_a_session_holds(bus_workbench& bench) {
  auto const orders = with_sessions(bench);
  bench.send(orders, in_session("s", "a"));
  bench.send(orders, in_session("t", "b"));
  auto const holder = bench.accept(orders, "s");
  auto const held = receive_one_from(*holder);
  auto const other = bench.accept(orders, "t");
  for (auto* const at : {&bench.receiver(orders), static_cast<receiver*>(other.get())}) {
    for (auto const how : {disposition::complete, disposition::abandon, disposition::defer,
                           disposition::dead_letter})
      require_error(at->settle(held.settle(how)), errc::lock_lost, "settling another's message");
    require_error(at->renew(held.lock), errc::lock_lost, "renewing another's lock");
  }
  value_of(holder->renew(held.lock), "its holder renews");
  complete(*holder, held);
  require(receive_from(*holder, 5).empty() && receive_one_from(*other).message.id.value == "b",
          "completed once");
}

constexpr message_bus_check all[] = {
    EVSRC_BUS_CHECK("1.5 session", a_queue_with_sessions_wants_a_session_id),
    EVSRC_BUS_CHECK("1.5 session", a_session_is_received_in_order_by_its_holder),
    EVSRC_BUS_CHECK("1.5 session", a_session_has_one_holder),
    EVSRC_BUS_CHECK("1.5 session", the_next_session_is_one_with_messages_and_no_holder),
    EVSRC_BUS_CHECK("1.5 session", a_session_without_messages_can_be_held),
    EVSRC_BUS_CHECK("1.5 session", accepting_waits_for_a_session),
    EVSRC_BUS_CHECK("1.5 session lock", accepting_waits_for_a_session_to_be_lost),
    EVSRC_BUS_CHECK("1.5 session", receivers_fit_their_entity),
    EVSRC_BUS_CHECK("1.5 session lock", an_expired_session_goes_to_the_next_holder),
    EVSRC_BUS_CHECK("1.5 session lock", a_session_is_whole_after_many_were_lost),
    EVSRC_BUS_CHECK("1.5 session lock", a_lost_session_stays_lost),
    EVSRC_BUS_CHECK("1.6 renew session lock", renewing_holds_a_session_from_now),
    EVSRC_BUS_CHECK("1.5 session lock", closing_gives_a_session_back_uncounted),
    EVSRC_BUS_CHECK("1.5 session", a_follower_never_overtakes),
    EVSRC_BUS_CHECK("1.5 session", a_poisoned_message_lets_its_session_go_on),
    EVSRC_BUS_CHECK("1.5 session", a_dead_letter_queue_has_no_sessions),
    EVSRC_BUS_CHECK("1.5 session", times_and_duplicates_are_as_without_sessions),
    EVSRC_BUS_CHECK("1.5 session lock", only_its_holder_settles_what_a_session_holds),
    EVSRC_BUS_CHECK("1.6 session state", state_stays_with_its_session),
    EVSRC_BUS_CHECK("1.6 sessions", sessions_are_listed),
    EVSRC_BUS_CHECK("1.6 receive deferred", deferred_messages_are_their_sessions),
    EVSRC_BUS_CHECK("1.6 peek", a_holder_peeks_at_its_session),
    EVSRC_BUS_CHECK("1.5 session", a_session_can_be_received_and_deleted),
};

}  // namespace

bus_checks session_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
