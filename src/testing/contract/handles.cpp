// SPDX-License-Identifier: Apache-2.0
// G1, G7 and G11: what is there after reopening, and several handles on the same data.
#include <algorithm>
#include <atomic>
#include <thread>

#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

evsrc::commit keyed(workbench& bench) {
  auto what = bench.append("a", expected_version::any());
  what.once.push_back({"command:thing", "k", "request", "outcome"});
  return what;
}

void what_was_acknowledged_is_there_after_reopening(workbench& bench) {
  auto first = bench.commit(keyed(bench));
  auto what = bench.append("a", expected_version::exactly(1), 2);
  what.owners.push_back({std::string(workbench::owned), 1, owner_claim::kind::take_over, "us"});
  what.checkpoints.push_back({std::string(workbench::owned), {}, first.up_to});
  bench.commit(std::move(what));
  auto const before = bench.state();
  for (int i = 0; i != 3; ++i) {
    bench.reopen();
    require(bench.state() == before, "reopening must change nothing");
    require(bench.version_of("a") == 3, "the stream must be there");
    auto const repeat = bench.commit(keyed(bench));
    require(repeat.duplicate && repeat.outcome == "outcome" && repeat.positions == first.positions,
            "the key must be there with its outcome and receipt");
  }
  bench.refuse(bench.append("a", expected_version::none()), errc::version_conflict, "none at 3");
  bench.commit(bench.append("a", expected_version::exactly(3)));
}

void positions_are_not_reused_after_reopening(workbench& bench) {
  std::vector<position> told;
  for (int i = 0; i != 5; ++i) {
    auto const answer = bench.commit(bench.append("a", expected_version::any(), 2));
    told.insert(told.end(), answer.positions.begin(), answer.positions.end());
    bench.refuse(bench.append("a", expected_version::none(), 3), errc::version_conflict, "none");
    bench.reopen();
  }
  require(std::adjacent_find(told.begin(), told.end(), std::greater_equal{}) == told.end(),
          "positions must increase across reopening");
  auto const all = everything(bench.store());
  require(all.size() == told.size(), "all events must be there");
  for (std::size_t i = 0; i != told.size(); ++i)
    require(all[i].position == told[i], "positions must stay as they were told");
}

void cursors_stay_good_after_reopening(workbench& bench) {
  auto const first = bench.write("a");
  bench.write("a");
  bench.reopen();
  scope_read what;
  what.from = first.up_to;
  require(value_of(bench.store().query(what), "query").size() == 1, "one event behind the cursor");
  auto condition = bench.append("b", expected_version::any());
  condition.unless.push_back({query{}, first.up_to});
  bench.refuse(std::move(condition), errc::condition_failed, "an event behind the cursor");
  require(value_of(bench.store().head(), "head") > first.up_to, "cursors stay comparable");
}

void the_outbox_is_there_after_reopening(workbench& bench) {
  evsrc::commit what;
  what.messages = {{{"1"}, "orders"}, {{"2"}, "orders"}};
  bench.commit(std::move(what));
  auto const before = value_of(bench.outbox().read_outbox({}), "read_outbox");
  bench.reopen();
  evsrc::commit next;
  next.cancel = {{"2"}};
  next.messages = {{{"3"}, "orders"}};
  bench.commit(std::move(next));
  auto const after = value_of(bench.outbox().read_outbox({}), "read_outbox");
  require(after.size() == 2 && after[0].message.id.value == "1" && after[1].message.id.value == "3",
          "what waits is there, what is cancelled is gone");
  require(after[1].sequence > before[1].sequence, "a sequence is not used again");
}

void what_one_handle_writes_the_other_reads(workbench& bench) {
  auto const second = bench.open_again();
  auto& other = *second->ports().events;
  auto const first = bench.commit(keyed(bench));
  require(everything(other).size() == 1, "the other handle must see the event");
  require(value_of(other.head(), "head") == value_of(bench.store().head(), "head"),
          "both handles have one head");
  require_error(other.commit(bench.append("a", expected_version::none())), errc::version_conflict,
                "none at 1 through the other handle");
  auto const repeat = value_of(other.commit(keyed(bench)), "a repeat through the other handle");
  require(repeat.duplicate && repeat.positions == first.positions, "its key must be known");
  value_of(other.commit(bench.append("a", expected_version::exactly(1))), "commit");
  require(bench.version_of("a") == 2, "the first handle must see what the other wrote");
  bench.commit(bench.append("a", expected_version::exactly(2)));
  scope_read behind;
  behind.from = first.up_to;
  require(value_of(other.query(behind), "query").size() == 2, "cursors pass between handles");
}

void a_commit_wakes_who_waits_at_another_handle(workbench& bench) {
  auto const second = bench.open_again();
  auto& other = *second->ports().events;
  constexpr std::uint64_t rounds = 10;
  std::atomic<std::uint64_t> seen = 0;
  std::string flaw;
  std::thread reader{[&] {
    cursor at{};
    for (std::uint64_t i = 1; i <= rounds && flaw.empty(); ++i) {
      auto const next = other.wait_beyond(at, 1h);
      if (!next) flaw = to_string(next.error());
      if (next) at = *next;
      seen = flaw.empty() ? i : rounds;
      seen.notify_all();
    }
  }};
  for (std::uint64_t i = 0; i < rounds && seen.load() == i; ++i) {
    if (!bench.store().commit(bench.append("a", expected_version::any()))) break;
    seen.wait(i);
  }
  reader.join();
  require(flaw.empty(), flaw);
}

using features = event_store_features;

constexpr event_store_check all[] = {
    {"G1",
     "what_was_acknowledged_is_there_after_reopening",
     {&features::persistent},
     &on_workbench<what_was_acknowledged_is_there_after_reopening>},
    {"G7",
     "positions_are_not_reused_after_reopening",
     {&features::persistent},
     &on_workbench<positions_are_not_reused_after_reopening>},
    {"G7",
     "cursors_stay_good_after_reopening",
     {&features::persistent},
     &on_workbench<cursors_stay_good_after_reopening>},
    {"G1",
     "the_outbox_is_there_after_reopening",
     {&features::persistent, &features::outbox},
     &on_workbench<the_outbox_is_there_after_reopening>},
    {"G11",
     "what_one_handle_writes_the_other_reads",
     {&features::several_handles},
     &on_workbench<what_one_handle_writes_the_other_reads>},
    {"G9",
     "a_commit_wakes_who_waits_at_another_handle",
     {&features::several_handles},
     &on_workbench<a_commit_wakes_who_waits_at_another_handle>},
};

}  // namespace

checks handle_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
