// SPDX-License-Identifier: Apache-2.0
// Commits of 400-byte events into 10,000 streams: one caller, many callers, many in flight, many
// events at once.
#include <semaphore>
#include <thread>

#include "stores.hpp"
#include "suite.hpp"

namespace bench {
namespace {

constexpr std::size_t batch = 64;

/// Three files with the same streams, and who writes to them.
struct writers {
  store_files files;
  std::unique_ptr<evsrc::sqlite::event_store> ours;
  plain_store limit;
  bare_table floor;
  stream_choice our_choice{};
  stream_choice limit_choice{};

  writers(bench_run const& run, durability level)
      : files(run.options().folder, "commit", stream_count),
        ours(open_store(files.ours(), level)),
        limit(files.limit(), level),
        floor(files.floor(), level) {}

  void limit_commit(std::size_t events) {
    limit.begin();
    for (std::size_t i = 0; i != events; ++i)
      limit.insert(limit_choice.next(), sample_payload(), sample_metadata());
    limit.commit();
  }
  void floor_commit(std::size_t events) {
    floor.begin();
    for (std::size_t i = 0; i != events; ++i) floor.insert(sample_payload(), sample_metadata());
    floor.commit();
  }
};

/// Batches of the limit and the floor, one caller. Counts events.
contenders against_batches(writers& on, std::size_t events, std::size_t per_commit,
                           timed_work ours) {
  return {std::move(ours),
          [&on, events, per_commit] {
            stopwatch const watch;
            for (std::size_t i = 0; i < events; i += per_commit) on.limit_commit(per_commit);
            return watch.per_second((events + per_commit - 1) / per_commit * per_commit);
          },
          [&on, events, per_commit] {
            stopwatch const watch;
            for (std::size_t i = 0; i < events; i += per_commit) on.floor_commit(per_commit);
            return watch.per_second((events + per_commit - 1) / per_commit * per_commit);
          }};
}

double one_caller(writers& on, std::size_t commits) {
  stopwatch const watch;
  for (std::size_t i = 0; i != commits; ++i)
    must(on.ours->commit(order_commit(on.our_choice.next())));
  return watch.per_second(commits);
}

double one_stream_of_many(writers& on, std::size_t commits, std::size_t events) {
  stopwatch const watch;
  for (std::size_t i = 0; i != commits; ++i)
    must(on.ours->commit(order_commit(on.our_choice.next(), events)));
  return watch.per_second(commits * events);
}

double blocking_threads(writers& on, std::size_t threads, std::size_t commits_each) {
  std::vector<std::vector<std::size_t>> choices(threads);
  for (auto& streams : choices)
    for (std::size_t i = 0; i != commits_each; ++i) streams.push_back(on.our_choice.next());
  std::vector<std::thread> callers;
  stopwatch const watch;
  for (auto const& streams : choices) {
    callers.emplace_back([&on, &streams] {
      for (auto const stream : streams) must(on.ours->commit(order_commit(stream)));
    });
  }
  for (auto& caller : callers) caller.join();
  return watch.per_second(threads * commits_each);
}

/// Each of two threads keeps its half of the batch in flight.
double in_flight(writers& on, std::size_t commits_each) {
  constexpr std::ptrdiff_t half = batch / 2;
  std::vector<std::vector<std::size_t>> choices(2);
  for (auto& streams : choices)
    for (std::size_t i = 0; i != commits_each; ++i) streams.push_back(on.our_choice.next());
  std::vector<std::thread> callers;
  stopwatch const watch;
  for (auto const& streams : choices) {
    callers.emplace_back([&on, &streams] {
      std::counting_semaphore<half> room(half);
      for (auto const stream : streams) {
        room.acquire();
        on.ours->submit(order_commit(stream), [&room](evsrc::result<evsrc::receipt> done) {
          must(done);
          room.release();
        });
      }
      for (std::ptrdiff_t i = 0; i != half; ++i) room.acquire();
    });
  }
  for (auto& caller : callers) caller.join();
  return watch.per_second(2 * commits_each);
}

constexpr char const* one_fsync = "commit/one caller/fsync";
constexpr char const* one_os = "commit/one caller/os";
constexpr char const* threads_fsync = "commit/64 threads/fsync";
constexpr char const* threads_os = "commit/64 threads/os";
constexpr char const* flight_fsync = "commit/64 in flight/fsync";
constexpr char const* flight_os = "commit/64 in flight/os";
constexpr char const* hundred_fsync = "commit/100 events/fsync";
constexpr char const* hundred_os = "commit/100 events/os";

void measure_at(bench_run& run, durability level) {
  bool const is_synced = level == durability::fsync;
  std::string const name = is_synced ? "fsync" : "os";
  writers on(run, level);
  auto const singles = run.amount(is_synced ? 1'000 : 6'000);
  run.compare({is_synced ? one_fsync : one_os, "commits/s", name, is_synced ? 0.90 : 0.80},
              against_batches(on, singles, 1, [&] { return one_caller(on, singles); }));

  auto const each = run.amount(150);
  run.compare(
      {is_synced ? threads_fsync : threads_os, "commits/s", name,
       is_synced ? std::optional(0.50) : std::nullopt},
      against_batches(on, each * batch, batch, [&] { return blocking_threads(on, batch, each); }));
  auto const submitted = run.amount(8'000);
  run.compare({is_synced ? flight_fsync : flight_os, "commits/s", name,
               is_synced ? std::optional(0.60) : std::nullopt},
              against_batches(on, submitted * 2, batch, [&] { return in_flight(on, submitted); }));
  auto const commits = run.amount(200);
  run.compare({is_synced ? hundred_fsync : hundred_os, "events/s", name,
               is_synced ? std::optional(0.85) : std::nullopt},
              against_batches(on, commits * 100, 100,
                              [&] { return one_stream_of_many(on, commits, 100); }));
}

}  // namespace

std::vector<row_group> commit_rows() {
  return {{{one_fsync, threads_fsync, flight_fsync, hundred_fsync},
           [](bench_run& run) { measure_at(run, durability::fsync); }},
          {{one_os, threads_os, flight_os, hundred_os},
           [](bench_run& run) { measure_at(run, durability::os); }}};
}

}  // namespace bench
