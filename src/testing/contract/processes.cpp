// SPDX-License-Identifier: Apache-2.0
// G11: the same contests between processes, whose histories come home through pipes.
#include <deque>
#include <thread>

#include "child_process.hpp"
#include "history_wire.hpp"
#include "recorder.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

constexpr std::uint32_t follower_number = 1'000'000;

/// What one process does: its racers, on a handle that it opens itself.
process_report race(workbench& bench, contest what, std::size_t process, std::size_t threads,
                    shared_barrier& between) {
  process_report report;
  std::unique_ptr<store_handle> handle;
  try {
    handle = bench.open_again();
  } catch (flaw_found const& found) {
    report.flaw = found.text;
  }
  auto const wait = [](void* all) { static_cast<shared_barrier*>(all)->wait(); };
  std::deque<recorder> workers;
  std::vector<std::thread> racers;
  // Without a store the others are still met at every barrier, or they would wait for ever.
  auto const rounds = bench.setting().rounds;
  for (std::size_t i = 0; i != threads; ++i) {
    if (handle != nullptr)
      workers.emplace_back(*handle->ports().events,
                           static_cast<std::uint32_t>(process * 1'000 + i + 1));
    racers.emplace_back([&, i] {
      for (std::uint64_t number = 1; number <= rounds; ++number) {
        between.wait();
        round const now{number, &between, wait};
        if (handle != nullptr)
          what(workers[i], now);
        else
          now.wait_for_others();
      }
    });
  }
  for (auto& racer : racers) racer.join();
  for (auto& worker : workers) {
    if (report.flaw.empty()) report.flaw = worker.flaw();
    merge(report.kept, std::move(worker.kept()));
  }
  return report;
}

process_report report_of(child_process const& one) {
  auto const home = bring_home(one);
  auto report = decode_report(home.bytes);
  if (report.flaw.empty()) report.flaw = home.flaw;
  return report;
}

template <contest What>
void between_processes(workbench& bench) {
  auto const threads = std::max<std::size_t>(1, bench.setting().racers / process_count);
  shared_memory<shared_barrier> const between;
  between->expected = static_cast<std::uint32_t>(threads * process_count);
  bench.close_handle();  // no handle may be open across a fork
  std::vector<child_process> children;
  for (std::size_t i = 0; i != process_count; ++i)
    children.push_back(
        start_child([&, i] { return encode(race(bench, What, i, threads, *between)); }));
  bench.reopen();

  std::atomic<bool> is_over = false;
  follower reader{bench, follower_number};
  std::thread reading{[&] { reader.follow_until(is_over); }};
  std::string flaw;
  history all;
  for (auto const& one : children) {
    auto report = report_of(one);
    if (flaw.empty()) flaw = report.flaw;
    merge(all, std::move(report.kept));
  }
  is_over = true;
  reading.join();
  if (flaw.empty()) flaw = reader.along().flaw();
  require(flaw.empty(), flaw);
  merge(all, std::move(reader.along().kept()));
  all.all_events = everything(bench.store());
  auto const said = judge_contest(What, all);
  require(static_cast<bool>(said), said.message());
  require(all.commits.size() == threads * process_count * bench.setting().rounds,
          "every racer ran every round");
}

constexpr auto several = &event_store_features::several_processes;

constexpr event_store_check all[] = {
    {"G11",
     "processes_on_one_version_have_one_winner",
     {several},
     &on_workbench<between_processes<race_on_one_version>, opening::contest>},
    {"G11",
     "processes_on_one_condition_have_one_winner",
     {several},
     &on_workbench<between_processes<race_on_one_condition>, opening::contest>},
    {"G11",
     "processes_side_by_side_all_win",
     {several},
     &on_workbench<between_processes<race_side_by_side>, opening::contest>},
    {"G11",
     "processes_with_one_key_are_decided_once",
     {several},
     &on_workbench<between_processes<race_on_one_key>, opening::contest>},
};

}  // namespace

checks process_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
