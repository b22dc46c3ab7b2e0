// SPDX-License-Identifier: Apache-2.0
// Commands: load four events or take the state from the cache, decide, commit.
#include "evsrc/runtime/command_handler.hpp"
#include "stores.hpp"
#include "suite.hpp"

namespace bench {
namespace {

constexpr std::size_t history_events = 4 * stream_count;

constexpr char const* cached_fsync = "command/warm cache/fsync";
constexpr char const* cached_os = "command/warm cache/os";
constexpr char const* loaded_fsync = "command/no cache/fsync";
constexpr char const* loaded_os = "command/no cache/os";
constexpr char const* keyed_os = "command/warm cache, with a key/os";

using handler = evsrc::command_handler<order_book>;

double run_commands(handler& orders, stream_choice& choice, std::size_t count, bool is_keyed) {
  static std::size_t keys = 0;
  place_order const command{sample_order()};
  evsrc::command_options with;
  stopwatch const watch;
  for (std::size_t i = 0; i != count; ++i) {
    if (is_keyed) with.key = "request-" + std::to_string(++keys);
    auto const outcome = orders.handle(stream_key(choice.next()), command, with);
    if (!outcome) give_up("command: " + outcome.error().message);
  }
  return watch.per_second(count);
}

void measure_at(bench_run& run, durability level) {
  bool const is_synced = level == durability::fsync;
  std::string const name = is_synced ? "fsync" : "os";
  store_files const files(run.options().folder, "command", history_events);
  auto const store = open_store(files.ours(), level);
  plain_store limit(files.limit(), level);
  bare_table floor(files.floor(), level);
  stream_choice our_choice;
  stream_choice limit_choice;

  evsrc::command_handler_options with;
  with.cache_entries = 2 * stream_count;
  handler cached(*store, with);
  for (std::size_t i = 0; i != stream_count; ++i) must(cached.load(stream_key(i)));
  with.cache_entries = 0;
  handler uncached(*store, with);

  auto const count = run.amount(is_synced ? 1'000 : 6'000);
  contenders who{{},
                 [&] {
                   stopwatch const watch;
                   for (std::size_t i = 0; i != count; ++i) {
                     limit.begin();
                     limit.insert(limit_choice.next(), sample_payload(), sample_metadata());
                     limit.commit();
                   }
                   return watch.per_second(count);
                 },
                 [&] {
                   stopwatch const watch;
                   for (std::size_t i = 0; i != count; ++i) {
                     floor.begin();
                     floor.insert(sample_payload(), sample_metadata());
                     floor.commit();
                   }
                   return watch.per_second(count);
                 }};
  who.ours = [&] { return run_commands(cached, our_choice, count, false); };
  run.compare({is_synced ? cached_fsync : cached_os, "commands/s", name, is_synced ? 0.90 : 0.80},
              who);
  // Writes one row more than the limit.
  who.ours = [&] { return run_commands(cached, our_choice, count, true); };
  if (!is_synced) run.compare({keyed_os, "commands/s", name}, who);
  who.ours = [&] { return run_commands(uncached, our_choice, count, false); };
  run.compare({is_synced ? loaded_fsync : loaded_os, "commands/s", name}, who);
}

}  // namespace

std::vector<row_group> command_rows() {
  return {
      {{cached_fsync, loaded_fsync}, [](bench_run& run) { measure_at(run, durability::fsync); }},
      {{cached_os, keyed_os, loaded_os}, [](bench_run& run) { measure_at(run, durability::os); }}};
}

}  // namespace bench
