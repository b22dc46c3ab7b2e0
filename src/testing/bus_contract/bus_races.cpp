// SPDX-License-Identifier: Apache-2.0
// 1.3, 1.4, 1.5 and 1.8 under contention: many threads or processes on one bus, judged over what
// they all recorded.
#include <algorithm>
#include <barrier>
#include <deque>
#include <thread>

#include "bus_history_wire.hpp"
#include "bus_recorder.hpp"
#include "bus_workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

/// A round has several calls, so long runs need fewer of them than those of stores.
std::size_t rounds_of(bus_contract_setting const& setting) {
  constexpr std::size_t few = 100;
  return setting.rounds <= few ? setting.rounds : std::max(few, setting.rounds / 5);
}

constexpr std::uint64_t seed = 20'260'101;  // of the workers' dice; the scheduler throws the rest

/// Lets all workers of a round pass together.
struct meeting {
  void* between = nullptr;
  void (*wait)(void* between) = nullptr;
};

/// The racers of this process, from `first` on among all; what they kept is merged.
bus_process_report race(bus_contest const& what, std::vector<message_bus*> const& buses,
                        std::vector<std::string> const& entities, bus_workbench& bench,
                        std::size_t first, std::size_t count, std::size_t all,
                        meeting const& where) {
  bus_process_report report;
  if (buses.empty()) report.flaw = "the bus did not open";
  std::deque<bus_recorder> workers;
  try {
    for (std::size_t i = 0; i != count && !buses.empty(); ++i)
      workers.emplace_back(*buses.at(i % buses.size()), bench.contest_time(), entities,
                           static_cast<std::uint32_t>(first + i + 1), seed);
  } catch (flaw_found const& found) {
    report.flaw = found.text;
  }
  auto const rounds = rounds_of(bench.setting());
  std::vector<std::thread> racers;
  for (std::size_t i = 0; i != count; ++i)
    racers.emplace_back([&, i] {
      for (std::uint64_t number = 1; number <= rounds; ++number) {
        bus_round const now{number, first + i, all, &bench.ground(), where.between, where.wait};
        if (report.flaw.empty()) {
          what.race(workers[i], now);
        } else if (what.is_in_step) {  // the others must not wait for ever
          now.wait_for_others();
          now.wait_for_others();
        }
      }
    });
  for (auto& racer : racers) racer.join();
  for (auto& worker : workers) {
    if (report.flaw.empty()) report.flaw = worker.flaw();
    worker.close_all();
    merge(report.kept, std::move(worker.kept()));
  }
  return report;
}

void require_contest(bus_contest const& what, bus_history all, message_bus& bus,
                     std::vector<std::string> const& entities, std::string const& flaw) {
  require(flaw.empty(), flaw);
  all.standing = everything(bus, entities);
  all.detecting = what.detecting;
  auto const said = judge_contest(what, all);
  require(static_cast<bool>(said),
          said.message() + " (seed of the dice " + std::to_string(seed) + ")");
}

/// Threads of this process at these buses.
void race_here(bus_workbench& bench, bus_contest const& what,
               std::vector<std::string> const& entities, std::vector<message_bus*> const& buses) {
  auto const racers = bench.setting().racers;
  std::barrier between{static_cast<std::ptrdiff_t>(racers)};
  meeting const where{&between,
                      [](void* all) { static_cast<std::barrier<>*>(all)->arrive_and_wait(); }};
  auto report = race(what, buses, entities, bench, 0, racers, racers, where);
  require_contest(what, std::move(report.kept), bench.bus(), entities, report.flaw);
}

template <bus_contest (*What)()>
void one_handle(bus_workbench& bench) {
  auto const what = What();
  auto const entities = what.prepare(bench.topology());
  race_here(bench, what, entities, {&bench.bus()});
}

template <bus_contest (*What)()>
void two_handles(bus_workbench& bench) {
  auto const what = What();
  auto const entities = what.prepare(bench.topology());
  auto const second = bench.open_again();
  race_here(bench, what, entities, {&bench.bus(), &second->bus()});
}

/// What one process does, on a handle that it opens itself.
bus_process_report race_in_process(bus_contest const& what,
                                   std::vector<std::string> const& entities, bus_workbench& bench,
                                   std::size_t process, std::size_t threads) {
  std::unique_ptr<bus_handle> handle;
  std::string flaw;
  try {
    handle = bench.open_again();
  } catch (flaw_found const& found) {
    flaw = found.text;
  }
  std::vector<message_bus*> buses;
  if (handle != nullptr) buses.push_back(&handle->bus());
  meeting const where{&bench.ground().between,
                      [](void* all) { static_cast<shared_barrier*>(all)->wait(); }};
  auto report = race(what, buses, entities, bench, process * threads, threads,
                     threads * process_count, where);
  if (!flaw.empty()) report.flaw = flaw;
  return report;
}

template <bus_contest (*What)()>
void between_processes(bus_workbench& bench) {
  auto const what = What();
  auto const entities = what.prepare(bench.topology());
  auto const threads = std::max<std::size_t>(1, bench.setting().racers / process_count);
  bench.ground().between.expected = static_cast<std::uint32_t>(threads * process_count);
  bench.close_handle();  // no handle may be open across a fork
  std::vector<child_process> children;
  for (std::size_t i = 0; i != process_count; ++i)
    children.push_back(
        start_child([&, i] { return encode(race_in_process(what, entities, bench, i, threads)); }));
  bus_history all;
  std::string flaw;
  for (auto const& one : children) {
    auto const home = bring_home(one);
    auto report = decode_bus_report(home.bytes);
    for (auto const& found : {home.flaw, report.flaw})
      if (flaw.empty()) flaw = found;
    merge(all, std::move(report.kept));
  }
  bench.reopen();
  require_contest(what, std::move(all), bench.bus(), entities, flaw);
}

constexpr auto several_handles = &message_bus_features::several_handles;
constexpr auto several_processes = &message_bus_features::several_processes;

template <auto Body>
constexpr message_bus_check contest(std::string_view behaviour, std::string_view name,
                                    bool message_bus_features::*feature = nullptr) {
  return {behaviour, name, {feature}, &on_bus<Body, bus_opening::contest>};
}

constexpr message_bus_check races[] = {
    contest<one_handle<many_receivers>>("1.4 receive", "many_receivers_end_each_message_once"),
    contest<one_handle<lock_races>>("1.4 lock", "racers_with_one_lock_settle_it_once"),
    contest<one_handle<session_races>>("1.5 session", "racers_for_sessions_keep_them_in_order"),
    contest<one_handle<cancel_races>>("1.6 cancel", "cancelling_and_receiving_have_one_winner"),
    contest<one_handle<duplicate_races>>("1.3 duplicate", "racers_with_one_id_leave_one_message"),
    contest<one_handle<transaction_races>>("1.8 transaction",
                                           "racers_in_transactions_bill_each_message_once"),
    contest<two_handles<many_receivers>>(
        "1.4 handles", "receivers_at_two_handles_end_each_message_once", several_handles),
    contest<two_handles<lock_races>>(
        "1.4 handles", "racers_at_two_handles_with_one_lock_settle_it_once", several_handles),
    contest<two_handles<session_races>>(
        "1.5 handles", "racers_at_two_handles_keep_sessions_in_order", several_handles),
};

constexpr message_bus_check processes[] = {
    contest<between_processes<many_receivers>>(
        "1.4 processes", "processes_that_receive_end_each_message_once", several_processes),
    contest<between_processes<lock_races>>(
        "1.4 processes", "processes_with_one_lock_settle_it_once", several_processes),
    contest<between_processes<session_races>>("1.5 processes", "processes_keep_sessions_in_order",
                                              several_processes),
    contest<between_processes<cancel_races>>(
        "1.6 processes", "processes_that_cancel_and_receive_have_one_winner", several_processes),
    contest<between_processes<duplicate_races>>(
        "1.3 processes", "processes_with_one_id_leave_one_message", several_processes),
    contest<between_processes<transaction_races>>(
        "1.8 processes", "processes_in_transactions_bill_each_message_once", several_processes),
};

}  // namespace

bus_checks bus_race_checks() noexcept { return races; }
bus_checks bus_process_checks() noexcept { return processes; }

}  // namespace evsrc::testing::inline v0::detail
