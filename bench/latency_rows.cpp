// SPDX-License-Identifier: Apache-2.0
// How long one commit takes with 1, 8, 64 and 512 callers.
#include <algorithm>
#include <latch>
#include <thread>

#include "stores.hpp"
#include "suite.hpp"

namespace bench {
namespace {

constexpr std::size_t caller_counts[] = {1, 8, 64, 512};

std::string name_of(std::size_t callers, char const* quantile_name) {
  return "latency/" + std::to_string(callers) + (callers == 1 ? " caller/" : " callers/") +
         quantile_name;
}

/// Microseconds of each commit.
std::vector<double> time_commits(evsrc::sqlite::event_store& store, std::size_t callers,
                                 std::size_t commits_each) {
  std::vector<std::vector<double>> times(callers);
  std::vector<std::thread> threads;
  std::latch ready(static_cast<std::ptrdiff_t>(callers));
  for (std::size_t caller = 0; caller != callers; ++caller) {
    threads.emplace_back([&, caller] {
      std::mt19937_64 random(caller);
      times[caller].reserve(commits_each);
      ready.arrive_and_wait();
      for (std::size_t i = 0; i != commits_each; ++i) {
        stopwatch const watch;
        must(store.commit(order_commit(random() % stream_count)));
        times[caller].push_back(watch.seconds() * 1e6);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::vector<double> all;
  for (auto const& of_one : times) all.insert(all.end(), of_one.begin(), of_one.end());
  return all;
}

void measure_latency(bench_run& run) {
  store_files const files(run.options().folder, "latency", stream_count);
  auto const store = open_store(files.ours(), durability::fsync);
  for (auto const callers : caller_counts) {
    if (!run.wants(name_of(callers, "p50")) && !run.wants(name_of(callers, "p99"))) continue;
    auto const each =
        std::max<std::size_t>(run.amount(16'000) / std::max<std::size_t>(callers, 8), 20);
    std::vector<double> p50;
    std::vector<double> p99;
    constexpr std::size_t rounds = 3;
    static_cast<void>(time_commits(*store, callers, each / 4 + 1));
    for (std::size_t i = 0; i != rounds; ++i) {
      auto const times = time_commits(*store, callers, each);
      p50.push_back(quantile(times, 0.50));
      p99.push_back(quantile(times, 0.99));
    }
    auto const row_of = [&](char const* which, std::vector<double> const& values) {
      row made{{name_of(callers, which), "us", "fsync"}, median(values), {}, {}, {}, rounds, 0};
      made.spread = (quantile(values, 1) - quantile(values, 0)) / made.ours;
      run.add(std::move(made));
    };
    row_of("p50", p50);
    row_of("p99", p99);
  }
}

}  // namespace

std::vector<row_group> latency_rows() {
  row_group all{{}, measure_latency};
  for (auto const callers : caller_counts) {
    all.names.push_back(name_of(callers, "p50"));
    all.names.push_back(name_of(callers, "p99"));
  }
  return {all};
}

}  // namespace bench
