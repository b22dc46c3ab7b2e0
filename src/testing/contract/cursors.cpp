// SPDX-License-Identifier: Apache-2.0
// G7 and G9: positions, cursors, receipts, waiting.
#include <algorithm>
#include <atomic>
#include <thread>

#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

cursor head(workbench& bench) { return value_of(bench.store().head(), "head"); }

void positions_increase(workbench& bench) {
  std::vector<position> told;
  for (int i = 0; i != 5; ++i) {
    auto what = bench.append(i % 2 == 0 ? "a" : "b", expected_version::any(), 2);
    what.appends.push_back({thing("c"), expected_version::any(), bench.events(1)});
    auto const answer = bench.commit(std::move(what));
    told.insert(told.end(), answer.positions.begin(), answer.positions.end());
  }
  require(std::adjacent_find(told.begin(), told.end(), std::greater_equal{}) == told.end(),
          "positions must increase from event to event");
  auto const all = everything(bench.store());
  require(all.size() == told.size(), "all events must be read");
  for (auto const& event : all)
    require(std::find(told.begin(), told.end(), event.position) != told.end(),
            "a read must show the positions of the receipts");
}

/// Refused commits of all kinds between accepted ones.
void positions_are_not_reused_after_refusals(workbench& bench) {
  history seen_so_far;
  for (int i = 0; i != 10; ++i) {
    auto what = bench.append("a", expected_version::any(), 2);
    recorded_commit kept;
    kept.answer = answer_kind::committed;
    kept.times = {static_cast<std::uint64_t>(i) * 2 + 1, static_cast<std::uint64_t>(i) * 2 + 2};
    kept.appends.push_back({thing("a")});
    for (auto const& event : what.appends.front().events)
      kept.appends.front().events.push_back(event.meta.id);
    auto const answer = bench.commit(std::move(what));
    kept.positions = answer.positions;
    kept.versions = answer.versions;
    seen_so_far.commits.push_back(std::move(kept));

    bench.refuse(bench.append("a", expected_version::none(), 3), errc::version_conflict, "none");
    auto failing = bench.append("a", expected_version::any(), 3);
    failing.unless.push_back({query{}, cursor{}});
    bench.refuse(std::move(failing), errc::condition_failed, "any event");
  }
  seen_so_far.all_events = everything(bench.store());
  for (auto const judge : {&positions_unique_increasing, &no_lost_append}) {
    auto const said = judge(seen_so_far);
    require(static_cast<bool>(said), said.message());
  }
}

void require_unknown_cursor(workbench& bench, cursor where, std::string_view what) {
  auto const about = [&](char const* call) {
    return std::string(call) + " of " + std::string(what);
  };
  scope_read from;
  from.from = where;
  require_error(bench.store().query(from), errc::checkpoint_ahead, about("query"));
  require_error(bench.store().wait_beyond(where, 0ms), errc::checkpoint_ahead,
                about("wait_beyond"));
  auto condition = bench.append("a", expected_version::any());
  condition.unless.push_back({by_name({"never.happened"}), where});
  bench.refuse(std::move(condition), errc::checkpoint_ahead, about("a condition"));
  auto mark = bench.append("a", expected_version::any());
  mark.checkpoints.push_back({std::string(workbench::owned), {}, where});
  bench.refuse(std::move(mark), errc::checkpoint_ahead, about("a checkpoint"));
}

void a_cursor_of_another_store_is_refused(workbench& bench) {
  bench.write("a");
  auto const stranger = bench.open_stranger();
  auto& other = *stranger->ports().events;
  value_of(other.commit(bench.append("a", expected_version::none())), "commit to another store");
  auto const foreign = value_of(other.head(), "head of another store");
  require(!(foreign == head(bench)) && !(foreign < head(bench)) && !(foreign > head(bench)),
          "cursors of two stores are unordered");
  require_unknown_cursor(bench, foreign, "a cursor of another store");
}

void a_cursor_beyond_the_head_is_refused(workbench& bench) {
  bench.write("a");
  auto const here = head(bench);
  require_unknown_cursor(bench, {here.store(), here.major() + 1'000'000, here.minor()},
                         "a cursor beyond the head");
}

void cursors_say_what_was_seen(workbench& bench) {
  bench.write("a");
  auto const before = head(bench);
  auto const answer = bench.commit(bench.append("a", expected_version::any(), 2));
  bench.write("a");
  require(before < answer.up_to && answer.up_to < head(bench), "later cursors must be greater");
  require(cursor{} < before, "the start is before everything");
  scope_read from;
  from.from = before;
  require(value_of(bench.store().query(from), "query").size() == 3, "three events behind `before`");
  from.from = answer.up_to;
  require(value_of(bench.store().query(from), "query").size() == 1,
          "who is at a receipt's cursor has seen its commit and nothing later");
  from.from = head(bench);
  require(value_of(bench.store().query(from), "query").empty(), "nothing is behind the head");
  auto const text = parse_cursor(to_string(answer.up_to));
  require(text.has_value() && *text == answer.up_to, "a cursor must survive as text");
}

void waiting_ends_at_once_where_an_event_is_there(workbench& bench) {
  auto const before = head(bench);
  bench.write("a");
  auto const after = value_of(bench.store().wait_beyond(before, 1h), "wait_beyond");
  require(after == head(bench), "wait_beyond must answer the head");
  require(value_of(bench.store().wait_beyond(cursor{}, 1h), "wait_beyond") == after,
          "an event is behind the start");
}

void waiting_ends_with_its_patience(workbench& bench) {
  value_of(bench.store().wait_beyond(cursor{}, 0ms), "wait_beyond of an empty store");
  bench.write("a");
  auto const here = head(bench);
  require(value_of(bench.store().wait_beyond(here, 0ms), "wait_beyond") == here,
          "without an event the head is answered");
  require(value_of(bench.store().wait_beyond(here, 5ms), "wait_beyond") == here,
          "without an event the head is answered when patience is over");
}

// The writer goes on only when the reader has seen what was written before, so that the reader
// waits again and again. A wake-up that is lost leaves both waiting.
void a_commit_wakes_who_waits(workbench& bench) {
  constexpr std::uint64_t rounds = 50;
  std::atomic<std::uint64_t> seen = 0;
  std::string flaw;
  std::thread reader{[&] {
    cursor at{};
    for (std::uint64_t i = 1; i <= rounds; ++i) {
      auto const next = bench.store().wait_beyond(at, 1h);
      if (!next || !(at < *next)) {
        flaw = next ? "wait_beyond ended without an event" : to_string(next.error());
        seen = rounds;
      } else {
        at = *next;
        seen = i;
      }
      seen.notify_all();
      if (!flaw.empty()) return;
    }
  }};
  for (std::uint64_t i = 0; i < rounds && seen.load() == i; ++i) {
    auto const written = bench.store().commit(bench.append("a", expected_version::any()));
    if (!written) break;
    seen.wait(i);
  }
  reader.join();
  require(flaw.empty(), flaw);
}

void closing_wakes_who_waits(workbench& bench) {
  auto& store = bench.store();
  std::atomic<bool> is_waiting = false;
  result<cursor> answer = cursor{};
  std::thread reader{[&] {
    is_waiting = true;
    is_waiting.notify_all();
    answer = store.wait_beyond(cursor{}, 1h);
  }};
  is_waiting.wait(false);
  store.close(1s);
  reader.join();
  require_error(answer, errc::closed, "waiting in a store that is closed");
}

constexpr event_store_check all[] = {
    {"G7", "positions_increase", {}, &on_workbench<positions_increase>},
    {"G7",
     "positions_are_not_reused_after_refusals",
     {},
     &on_workbench<positions_are_not_reused_after_refusals>},
    {"G7",
     "a_cursor_of_another_store_is_refused",
     {},
     &on_workbench<a_cursor_of_another_store_is_refused>},
    {"G7",
     "a_cursor_beyond_the_head_is_refused",
     {},
     &on_workbench<a_cursor_beyond_the_head_is_refused>},
    {"G7", "cursors_say_what_was_seen", {}, &on_workbench<cursors_say_what_was_seen>},
    {"G9",
     "waiting_ends_at_once_where_an_event_is_there",
     {},
     &on_workbench<waiting_ends_at_once_where_an_event_is_there>},
    {"G9", "waiting_ends_with_its_patience", {}, &on_workbench<waiting_ends_with_its_patience>},
    {"G9", "a_commit_wakes_who_waits", {}, &on_workbench<a_commit_wakes_who_waits>},
    {"G9", "closing_wakes_who_waits", {}, &on_workbench<closing_wakes_who_waits>},
};

}  // namespace

checks cursor_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
