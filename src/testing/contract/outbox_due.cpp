// SPDX-License-Identifier: Apache-2.0
// G14: what a relay sees of the outbox: due rows in order, by slots, until they are handed on.
#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;
using list = std::vector<std::string>;

/// Times later than any commit of the suite: in 2100.
timestamp at(std::int64_t microseconds) {
  return timestamp{std::chrono::microseconds{4'102'444'800'000'000 + microseconds}};
}

outgoing_message message(std::string id, std::string key = {}, std::int64_t not_before = 0,
                         std::string destination = "orders") {
  outgoing_message made{{std::move(id)}, std::move(destination), std::move(key)};
  if (not_before != 0) made.not_before = at(not_before);
  return made;
}

void send(workbench& bench, std::vector<outgoing_message> messages) {
  evsrc::commit what;
  what.messages = std::move(messages);
  bench.commit(std::move(what));
}

std::vector<outbox_row> due(workbench& bench, due_read const& what) {
  return value_of(bench.outbox().read_due(what), "read_due");
}

list ids_of(std::vector<outbox_row> const& rows) {
  list found;
  for (auto const& row : rows) found.push_back(row.message.id.value);
  return found;
}

list ids_due(workbench& bench, std::int64_t by, std::size_t max_rows = 256) {
  return ids_of(due(bench, {.due_by = at(by), .max_rows = max_rows}));
}

void due_rows_come_in_order_of_due_time_and_commit(workbench& bench) {
  send(bench, {message("late", "k", 30), message("now 1", "k")});
  send(bench, {message("early", "k", 20), message("now 2", "k"), message("early too", "k", 20)});
  require(ids_due(bench, 19) == list{"now 1", "now 2"}, "a row that is not due is not seen");
  require(ids_due(bench, 20) == list{"now 1", "now 2", "early", "early too"},
          "a row is due at its time; equal times go by commit");
  require(ids_due(bench, 99) == list{"now 1", "now 2", "early", "early too", "late"},
          "in order of due time");
  require(ids_due(bench, 99, 3) == list{"now 1", "now 2", "early"},
          "the first ones, at most max_rows");
}

/// Not before a time that may have come when it is committed.
outgoing_message timer(std::string id, timestamp not_before) {
  auto made = message(std::move(id), "k");
  made.not_before = not_before;
  return made;
}

void a_row_without_a_time_is_due_since_its_commit(workbench& bench) {
  auto const start = bench.clock().now();
  send(bench, {message("before", "k"), timer("timer", start + 1min), timer("far", start + 1h)});
  bench.clock().advance(10min);
  send(bench, {message("behind", "k"), timer("passed", start + 5min), message("last", "k")});
  auto const by = [&](timestamp time, std::size_t max_rows = 256) {
    return ids_of(due(bench, {.due_by = time, .max_rows = max_rows}));
  };
  require(by(start + 2min) == list{"before", "timer", "behind", "passed", "last"},
          "a timer that was due when a row of its key was committed goes before it");
  require(by(start + 2min, 2) == list{"before", "timer"}, "in every page");
  require(by(start + 2h) == list{"before", "timer", "behind", "passed", "last", "far"},
          "a timer that was not goes behind it");
  require(by(start) == list{"before", "behind", "passed", "last"},
          "a row whose time had passed at its commit goes at once");
  for (auto const& row : value_of(bench.outbox().read_outbox({}), "read_outbox"))
    require((row.message.not_before == timestamp{}) ==
                (row.message.id.value != "timer" && row.message.id.value != "far"),
            "a time that had passed at the commit is kept as the epoch");
}

void timers_stand_between_rows_of_a_long_backlog(workbench& bench) {
  list wanted;
  for (int i = 0; i != 200; ++i) {
    auto const now = bench.clock().now();
    auto const number = std::to_string(i);
    send(bench, {message("row " + number, "k"), timer("timer " + number, now + 1s)});
    bench.clock().advance(2s);
    wanted.push_back("row " + number);
    wanted.push_back("timer " + number);
  }
  require(ids_of(due(bench, {.due_by = bench.clock().now(), .max_rows = 1'000})) == wanted,
          "each in its place");
}

void rows_that_go_at_once_keep_their_order_when_the_clock_is_set_back(workbench& bench) {
  auto const start = bench.clock().now();
  send(bench, {timer("timer", start + 1min), message("1", "k")});
  bench.clock().set(start - 1h);
  send(bench, {message("2", "k")});
  bench.clock().set(start + 2min);
  send(bench, {message("3", "k")});
  require(ids_of(due(bench, {.due_by = bench.clock().now()})) == list{"1", "2", "timer", "3"},
          "in order of commit");
}

void destinations_ignore_ascii_case(workbench& bench) {
  send(bench, {message("1", "k", 0, "Orders"), message("2", "k"), message("3", "k", 0, "ORDERS")});
  auto const rows = due(bench, {});
  require(ids_of(rows) == list{"1", "2", "3"}, "rows of one entity are in one order");
  for (auto const& row : rows)
    require(row.message.destination == "orders", "under one spelling, in lower case");
  require(value_of(bench.outbox().outbox(at(0)), "outbox").size() == 1, "one destination");
  due_read only{.slots = {}};
  only.slots.set(outbox_slot("orders", "k"));
  require(due(bench, only).size() == 3, "in one slot");
  evsrc::commit what;
  what.refused = {{rows[0].sequence, "not_found", "", true}};
  bench.commit(std::move(what));
  require(due(bench, {}).empty(), "a dead letter holds its key, however it is spelled");
}

void due_rows_are_told_by_slots(workbench& bench) {
  require(outbox_slot("orders", "a") != outbox_slot("orders", "b") &&
              outbox_slot("ab", "c") != outbox_slot("a", "bc"),
          "the samples are in different slots");
  send(bench, {message("1", "a"), message("2", "b"), message("3", "a")});
  due_read only{.slots = {}};
  require(due(bench, only).empty(), "no slots, no rows");
  only.slots.set(outbox_slot("orders", "a"));
  require(ids_of(due(bench, only)) == list{"1", "3"}, "rows of that slot");
  only.slots.flip();
  require(ids_of(due(bench, only)) == list{"2"}, "rows of the others");
}

void due_rows_pass_over_destinations(workbench& bench) {
  send(bench, {message("1", "a"), message("2", "b"), message("3", "a", 0, "dead"),
               message("4", "a", 0, "mail"), message("5", "b")});
  auto const sorted = [](std::vector<outbox_row> const& rows) {
    auto ids = ids_of(rows);
    std::sort(ids.begin(), ids.end());
    return ids;
  };
  require(sorted(due(bench, {.not_to = {"dead", "mail"}})) == list{"1", "2", "5"},
          "destinations in not_to are passed over");
}

void a_long_backlog_leaves_room_for_other_destinations(workbench& bench) {
  std::vector<outgoing_message> many;
  for (int i = 0; i != 300; ++i) many.push_back(message(std::to_string(i), "k", 0, "slow"));
  send(bench, std::move(many));
  send(bench, {message("a", {}, 0, "b"), message("b", {}, 0, "z")});
  auto const found = due(bench, {.max_rows = 100});
  require(found.size() == 100, "what one does not need the other gets");
  std::set<std::string> destinations;
  list slow;
  for (auto const& row : found) {
    destinations.insert(row.message.destination);
    if (row.message.destination == "slow") slow.push_back(row.message.id.value);
  }
  require(destinations.size() == 3, "a backlog hides no other destination");
  for (std::size_t i = 0; i != slow.size(); ++i)
    require(slow[i] == std::to_string(i), "each destination's rows are its first ones, in order");
}

void due_rows_are_bounded_in_bytes(workbench& bench) {
  auto large = message("1", "k");
  large.body.assign(1'000, 'x');
  auto second = large;
  second.id.value = "2";
  send(bench, {large, second});
  require(ids_of(due(bench, {.max_bytes = 1'500})) == list{"1"}, "at most max_bytes of bodies");
  require(ids_of(due(bench, {.max_bytes = 1})) == list{"1"}, "at least one row");
  require(ids_of(due(bench, {.max_bytes = 2'000})) == list{"1", "2"}, "both fit");
}

void rows_handed_on_are_gone(workbench& bench) {
  send(bench, {message("1"), message("2"), message("3")});
  auto const rows = due(bench, {});
  require(rows.size() == 3, "three wait");
  auto what = bench.append("a", expected_version::none());
  what.handed_on = {rows[0].sequence, rows[2].sequence, 1'000'000'000};
  auto refused = what;
  refused.appends[0].expected = expected_version::exists();
  bench.refuse(std::move(refused), errc::version_conflict, "a commit that hands on");
  bench.commit(what);
  require(ids_due(bench, 0) == list{"2"}, "handed on and gone, unknown sequences are passed over");
  bench.write("a");
  what.appends.clear();
  bench.commit(std::move(what));
  require(ids_due(bench, 0) == list{"2"}, "handing on twice changes nothing");
  send(bench, {message("1")});
  auto const again = due(bench, {});
  require(again.size() == 2 && again[1].sequence > rows[2].sequence,
          "the id is free again, the sequence is not");
}

outbox_refusal refusal(std::uint64_t sequence, bool holds_key, std::string reason = "not_found") {
  return {sequence, std::move(reason), "the entity is gone", holds_key};
}

std::vector<refused_row> dead_letters(workbench& bench) {
  return value_of(bench.outbox().read_refused({}), "read_refused");
}

void refused_rows_are_dead_letters(workbench& bench) {
  send(bench, {message("1", "k"), message("2", "k"), message("3", "k")});
  auto const rows = due(bench, {});
  evsrc::commit what;
  what.refused = {refusal(rows[0].sequence, false), refusal(1'000'000'000, true)};
  bench.commit(what);
  require(ids_due(bench, 0) == list{"2", "3"}, "refused and not due, unknown ones are passed over");
  require(value_of(bench.outbox().read_outbox({}), "read_outbox").size() == 2,
          "a dead letter does not wait");
  auto const dead = dead_letters(bench);
  require(dead.size() == 1 && dead[0].row.message == rows[0].message &&
              dead[0].row.sequence == rows[0].sequence,
          "the row stays as it was");
  require(dead[0].reason == "not_found" && dead[0].description == "the entity is gone" &&
              !dead[0].holds_key && dead[0].refused_at >= rows[0].committed_at,
          "with the reason and the time");
  require(value_of(bench.outbox().read_refused({.after = dead[0].row.sequence}), "read").empty(),
          "in pages");
  evsrc::commit same_id;
  same_id.messages = {message("1")};
  bench.refuse(std::move(same_id), errc::invalid_argument, "the id of a dead letter");
  what.refused[0].reason = "too_large";
  bench.commit(what);
  require(dead_letters(bench)[0].reason == "too_large", "refusing it again tells the last reason");
}

void a_refusal_can_hold_its_key(workbench& bench) {
  send(bench, {message("1", "k"), message("2", "other"), message("3", "k", 0, "mail")});
  evsrc::commit what;
  for (auto const& row : due(bench, {}))
    if (row.message.id.value == "1") what.refused = {refusal(row.sequence, true)};
  bench.commit(what);
  send(bench, {message("4", "k"), message("5", "k", 0, "mail")});
  auto ids = ids_due(bench, 0);
  std::sort(ids.begin(), ids.end());
  require(ids == list{"2", "3", "5"}, "rows of that key wait, whenever they came; others go on");
  auto const counted = value_of(bench.outbox().outbox(at(0)), "outbox");
  require(counted.size() == 2 && counted[1].destination == "orders" && counted[1].rows == 2 &&
              counted[1].due == 2 && counted[1].held == 1 && counted[1].refused == 1 &&
              counted[0].held == 0 && counted[0].refused == 0,
          "they are counted");
}

void dead_letters_come_back_where_they_stood(workbench& bench) {
  send(bench, {message("1", "k"), message("2", "k")});
  auto const rows = due(bench, {});
  evsrc::commit give_up;
  give_up.refused = {refusal(rows[0].sequence, true)};
  bench.commit(give_up);
  require(ids_due(bench, 0).empty(), "the key is held");
  evsrc::commit back;
  back.redriven = {rows[0].sequence, 1'000'000'000};
  bench.commit(back);
  require(ids_due(bench, 0) == list{"1", "2"}, "before those that came later");
  require(due(bench, {})[0].sequence == rows[0].sequence, "under its number");
  require(dead_letters(bench).empty(), "no dead letter is left");
  bench.commit(back);
  require(ids_due(bench, 0) == list{"1", "2"}, "a second time changes nothing");
}

void dead_letters_can_be_removed(workbench& bench) {
  send(bench, {message("1", "k"), message("2", "k"), message("3", "l"), message("4", "l")});
  auto const rows = due(bench, {});
  evsrc::commit give_up;
  give_up.refused = {refusal(rows[0].sequence, true), refusal(rows[2].sequence, true)};
  bench.commit(give_up);
  auto const counted = value_of(bench.outbox().outbox(at(0)), "outbox");
  require(counted.size() == 1 && counted[0].oldest_due == timestamp::max(), "none can go");
  evsrc::commit clear;
  clear.handed_on = {rows[0].sequence};
  clear.cancel = {{"3"}};
  bench.commit(std::move(clear));
  require(dead_letters(bench).empty(), "given up for good, and cancelled");
  require(ids_due(bench, 0) == list{"2", "4"}, "their keys are free");
}

void a_destination_with_nothing_but_dead_letters_is_counted(workbench& bench) {
  send(bench, {message("1", "k")});
  evsrc::commit give_up;
  give_up.refused = {refusal(due(bench, {})[0].sequence, true)};
  bench.commit(give_up);
  auto const counted = value_of(bench.outbox().outbox(at(0)), "outbox");
  require(counted.size() == 1 && counted[0].rows == 0 && counted[0].refused == 1,
          "a dead letter is not forgotten");
  require(value_of(bench.outbox().next_due(timestamp{-1us}), "next_due") == timestamp::max(),
          "but nobody waits for it");
}

void refusals_name_their_reason(workbench& bench) {
  evsrc::commit what;
  what.refused = {refusal(1, false, "")};
  bench.refuse(std::move(what), errc::invalid_argument, "a refusal without a reason");
}

void cancelling_wins_before_the_time(workbench& bench) {
  send(bench, {message("time-out", "k", 50)});
  evsrc::commit what;
  what.cancel = {{"time-out"}};
  bench.commit(std::move(what));
  require(ids_due(bench, 100).empty(), "a cancelled timer never becomes due");
  require(value_of(bench.outbox().next_due(at(0)), "next_due") == timestamp::max(),
          "and nobody waits for it");
}

void the_next_due_time_is_known(workbench& bench) {
  auto const next = [&](std::int64_t after) {
    return value_of(bench.outbox().next_due(at(after)), "next_due");
  };
  require(next(0) == timestamp::max(), "an empty outbox has none");
  send(bench, {message("1"), message("2", {}, 70), message("3", {}, 50, "mail")});
  require(next(0) == at(50), "the earliest of all destinations");
  require(next(50) == at(70), "later than the time asked for");
  require(next(70) == timestamp::max(), "none is later");
}

void the_backlog_is_counted_by_destination(workbench& bench) {
  require(value_of(bench.outbox().outbox(at(0)), "outbox").empty(), "nothing waits");
  auto const now = bench.clock().now();
  send(bench, {message("1"), message("2", {}, 70), message("3", {}, 50, "mail")});
  auto const all = value_of(bench.outbox().outbox(at(60)), "outbox");
  require(all.size() == 2 && all[0].destination == "mail" && all[1].destination == "orders",
          "destinations in byte order");
  require(all[0].rows == 1 && all[0].due == 1 && all[0].oldest_due == at(50) &&
              all[0].next_due == timestamp::max(),
          "a timer that is due waits since it became due");
  require(all[1].rows == 2 && all[1].due == 1 && all[1].next_due == at(70),
          "rows that are not due are counted apart");
  require(all[1].oldest_due >= now && all[1].oldest_due < timestamp::max(),
          "a row that goes at once waits since its commit");
}

void rows_come_back_as_they_went(workbench& bench) {
  auto one = message("1", "key", 5);
  one.time_to_live = 90min;
  one.properties = {{"text", std::string("a\0b", 3)},
                    {"count", std::int64_t{-7}},
                    {"rate", 0.1},
                    {"yes", true},
                    {"none", std::monostate{}},
                    {"when", at(1'700'000'000'000'001)}};
  send(bench, {one});
  auto const found = due(bench, {.due_by = at(5)});
  require(found.size() == 1 && found[0].message == one,
          "types of properties and time to live stay");
  require(value_of(bench.outbox().read_outbox({}), "read_outbox")[0].message == one,
          "in both reads");
}

void a_settlement_without_a_bus_is_refused(workbench& bench) {
  if (!bench.store().place().empty()) return;
  auto what = bench.append("a", expected_version::any());
  what.settles.push_back({.entity = "orders"});
  bench.refuse(std::move(what), errc::unsupported, "a settlement where no bus is");
}

void waiting_for_rows_ends_at_once_where_one_came(workbench& bench) {
  std::uint64_t seen = 0;
  auto const wait = [&](std::chrono::milliseconds patience) {
    return value_of(bench.outbox().wait_for_rows(seen, patience), "wait_for_rows");
  };
  require(!wait(0ms), "an empty outbox has none");
  send(bench, {message("1"), message("2")});
  require(wait(1h), "a row came");
  require(!wait(0ms), "and is seen now");
  require(!wait(5ms), "without a new one patience runs out");
  evsrc::commit what;
  what.cancel = {{"1"}};
  bench.commit(std::move(what));
  bench.write("a");
  require(!wait(0ms), "neither events nor removals wake");
  send(bench, {message("3", {}, 1'000)});
  require(wait(1h), "a row that is not due yet does: it may be the next");
}

// The writer goes on only when the reader has seen what was written before: a wake-up that is lost
// leaves both waiting.
void a_commit_wakes_who_waits_for_rows(workbench& bench) {
  constexpr std::uint64_t rounds = 50;
  std::atomic<std::uint64_t> woken = 0;
  std::string flaw;
  std::thread relay{[&] {
    std::uint64_t seen = 0;
    for (std::uint64_t i = 1; i <= rounds && flaw.empty(); ++i) {
      auto const more = bench.outbox().wait_for_rows(seen, 1h);
      if (!more || !*more)
        flaw = more ? "wait_for_rows ended without a row" : to_string(more.error());
      woken = flaw.empty() ? i : rounds;
      woken.notify_all();
    }
  }};
  for (std::uint64_t i = 0; i < rounds && woken.load() == i; ++i) {
    evsrc::commit what;
    what.messages = {message(std::to_string(i))};
    if (!bench.store().commit(std::move(what))) break;
    woken.wait(i);
  }
  relay.join();
  require(flaw.empty(), flaw);
}

void closing_wakes_who_waits_for_rows(workbench& bench) {
  std::atomic<bool> is_waiting = false;
  result<bool> answer = false;
  std::thread relay{[&] {
    std::uint64_t seen = 0;
    is_waiting = true;
    is_waiting.notify_all();
    answer = bench.outbox().wait_for_rows(seen, 1h);
  }};
  is_waiting.wait(false);
  bench.store().close(1s);
  relay.join();
  require_error(answer, errc::closed, "wait_for_rows in a store that is closed");
}

constexpr auto outbox = &event_store_features::outbox;
template <auto Body>
constexpr event_store_check check(std::string_view guarantee, std::string_view name) {
  return {guarantee, name, {outbox}, &on_workbench<Body>};
}
#define EVSRC_CHECK(guarantee, name) check<name>(guarantee, #name)

constexpr event_store_check all[] = {
    EVSRC_CHECK("G14", due_rows_come_in_order_of_due_time_and_commit),
    EVSRC_CHECK("G14", a_row_without_a_time_is_due_since_its_commit),
    EVSRC_CHECK("G14", timers_stand_between_rows_of_a_long_backlog),
    EVSRC_CHECK("G14", rows_that_go_at_once_keep_their_order_when_the_clock_is_set_back),
    EVSRC_CHECK("G14", destinations_ignore_ascii_case),
    EVSRC_CHECK("G14", due_rows_are_told_by_slots),
    EVSRC_CHECK("G14", due_rows_pass_over_destinations),
    EVSRC_CHECK("G14", a_long_backlog_leaves_room_for_other_destinations),
    EVSRC_CHECK("G14", due_rows_are_bounded_in_bytes),
    EVSRC_CHECK("G14", rows_handed_on_are_gone),
    EVSRC_CHECK("G14", refused_rows_are_dead_letters),
    EVSRC_CHECK("G14", a_refusal_can_hold_its_key),
    EVSRC_CHECK("G14", dead_letters_come_back_where_they_stood),
    EVSRC_CHECK("G14", dead_letters_can_be_removed),
    EVSRC_CHECK("G14", a_destination_with_nothing_but_dead_letters_is_counted),
    EVSRC_CHECK("G13", refusals_name_their_reason),
    EVSRC_CHECK("G14", cancelling_wins_before_the_time),
    EVSRC_CHECK("G14", the_next_due_time_is_known),
    EVSRC_CHECK("G14", the_backlog_is_counted_by_destination),
    EVSRC_CHECK("G1", rows_come_back_as_they_went),
    EVSRC_CHECK("G4", a_settlement_without_a_bus_is_refused),
    EVSRC_CHECK("G9", waiting_for_rows_ends_at_once_where_one_came),
    EVSRC_CHECK("G9", a_commit_wakes_who_waits_for_rows),
    EVSRC_CHECK("G9", closing_wakes_who_waits_for_rows),
};
#undef EVSRC_CHECK

}  // namespace

checks outbox_due_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
