// SPDX-License-Identifier: Apache-2.0
// G5, G6, G7 and G8 under contention: many threads, one store, a follower that reads along.
#include <barrier>
#include <deque>
#include <thread>

#include "recorder.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

/// All racers do all rounds over `stores` in turn, while a follower reads.
history run_contest(workbench& bench, contest what,
                    std::vector<evsrc::event_store*> const& stores) {
  auto const racers = bench.setting().racers;
  auto const rounds = bench.setting().rounds;
  std::deque<recorder> workers;
  for (std::size_t i = 0; i != racers; ++i)
    workers.emplace_back(*stores[i % stores.size()], static_cast<std::uint32_t>(i + 1));
  std::barrier between{static_cast<std::ptrdiff_t>(racers)};
  auto const wait = [](void* all) { static_cast<std::barrier<>*>(all)->arrive_and_wait(); };
  std::atomic<bool> is_over = false;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i != racers; ++i)
    threads.emplace_back([&, i] {
      for (std::uint64_t number = 1; number <= rounds; ++number) {
        wait(&between);
        what(workers[i], {number, &between, wait});
      }
    });
  follower reader{bench, static_cast<std::uint32_t>(racers + 1)};
  threads.emplace_back([&] { reader.follow_until(is_over); });
  for (std::size_t i = 0; i != racers; ++i) threads[i].join();
  is_over = true;
  threads.back().join();

  require(reader.along().flaw().empty(), reader.along().flaw());
  history all = std::move(reader.along().kept());
  for (auto& worker : workers) {
    require(worker.flaw().empty(), worker.flaw());
    merge(all, std::move(worker.kept()));
  }
  all.all_events = everything(*stores.front());
  return all;
}

void require_contest(workbench& bench, contest what,
                     std::vector<evsrc::event_store*> const& stores) {
  auto const& setting = bench.setting();
  auto const all = run_contest(bench, what, stores);
  auto const said = judge_contest(what, all);
  require(static_cast<bool>(said), said.message());
  require(all.commits.size() == setting.racers * setting.rounds, "every racer ran every round");
}

template <contest What>
void one_handle(workbench& bench) {
  require_contest(bench, What, {&bench.store()});
}

template <contest What>
void two_handles(workbench& bench) {
  auto const second = bench.open_again();
  require_contest(bench, What, {&bench.store(), second->ports().events});
}

constexpr auto several = &event_store_features::several_handles;

constexpr event_store_check all[] = {
    {"G6",
     "racers_on_one_version_have_one_winner",
     {},
     &on_workbench<one_handle<race_on_one_version>, opening::contest>},
    {"G6",
     "racers_on_two_streams_have_one_winner",
     {},
     &on_workbench<one_handle<race_on_two_streams>, opening::contest>},
    {"G8",
     "racers_on_one_condition_have_one_winner",
     {},
     &on_workbench<one_handle<race_on_one_condition>, opening::contest>},
    {"G8",
     "racers_side_by_side_all_win",
     {},
     &on_workbench<one_handle<race_side_by_side>, opening::contest>},
    {"G5",
     "racers_with_one_key_are_decided_once",
     {},
     &on_workbench<one_handle<race_on_one_key>, opening::contest>},
    {"G11",
     "racers_at_two_handles_on_one_version_have_one_winner",
     {several},
     &on_workbench<two_handles<race_on_one_version>, opening::contest>},
    {"G11",
     "racers_at_two_handles_on_one_condition_have_one_winner",
     {several},
     &on_workbench<two_handles<race_on_one_condition>, opening::contest>},
    {"G11",
     "racers_at_two_handles_with_one_key_are_decided_once",
     {several},
     &on_workbench<two_handles<race_on_one_key>, opening::contest>},
};

}  // namespace

checks race_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
