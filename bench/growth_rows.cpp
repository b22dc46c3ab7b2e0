// SPDX-License-Identifier: Apache-2.0
// How the figures change from ten thousand to a million events in the store; bytes per event, and
// the memory that a rebuild takes.
#include "evsrc/runtime/command_handler.hpp"
#include "evsrc/runtime/projection.hpp"
#include "replay.hpp"
#include "stores.hpp"
#include "suite.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace bench {
namespace {

constexpr std::size_t small_events = 10'000;
constexpr char const* memory_name = "memory/rebuild of all events";

std::string events_text(std::size_t events) {
  if (events % 1'000'000 == 0) return std::to_string(events / 1'000'000) + " M";
  if (events % 1'000 == 0) return std::to_string(events / 1'000) + " k";
  return std::to_string(events);
}

struct growth_names {
  std::string commit;
  std::string command;
  std::string read;
  std::string load;
  std::string bytes;

  explicit growth_names(std::string const& size)
      : commit("growth/commit/" + size),
        command("growth/command/" + size),
        read("growth/replay/" + size),
        load("growth/load 1 event of a stream/" + size),
        bytes("growth/file/" + size) {}
  [[nodiscard]] std::vector<std::string> all() const {
    return {commit, command, read, load, bytes};
  }
};

/// Memory that earlier rows have freed goes back to the system: it would count as none when it is
/// used again.
void give_back_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

void measure_memory(bench_run& run, evsrc::sqlite::event_store& store, std::size_t events) {
  give_back_memory();
  auto const before = resident_bytes();
  auto most = before;
  evsrc::projection<order_book> model(store);
  for (std::size_t passed = 0; passed < events;) {
    auto const moved = must(model.poll());
    if (moved == 0) break;
    passed += moved;
    most = std::max(most, resident_bytes());
  }
  run.add({{memory_name, "MiB"}, static_cast<double>(most - before) / (1024.0 * 1024.0)});
}

double bytes_per_event(std::filesystem::path const& file, std::size_t events) {
  return static_cast<double>(std::filesystem::file_size(file)) / static_cast<double>(events);
}

/// Smaller is better here: the ratio is turned round, 1 is as good as the limit.
void add_bytes(bench_run& run, std::string const& name, store_files const& files,
               std::size_t events) {
  if (!run.wants(name)) return;
  {
    bare_table floor(files.floor(), durability::os);
    floor.begin();
    for (std::size_t i = 0; i != events; ++i) floor.insert(sample_payload(), sample_metadata());
    floor.commit();
    floor.checkpoint();
  }
  row made{{name, "bytes/event"}, bytes_per_event(files.ours(), events)};
  made.floor = bytes_per_event(files.floor(), events);
  made.ratio = *made.floor / made.ours;
  run.add(std::move(made));
  std::filesystem::remove(files.floor());
}

void measure_reads(bench_run& run, growth_names const& names, evsrc::sqlite::event_store& store,
                   plain_store& limit) {
  // A part of constant size, so that a round takes as long in each store.
  run.compare({names.read, "events/s"},
              {[&] {
                 order_book book;
                 cpu_stopwatch const watch;
                 return watch.per_second(replay(store, {}, small_events, book));
               },
               [&] {
                 order_book book;
                 cpu_stopwatch const watch;
                 return watch.per_second(limit.replay(0, small_events, book));
               },
               {}});
  auto const loads = run.amount(2'000);
  stream_choice our_choice;
  stream_choice limit_choice;
  run.compare({names.load, "loads/s"},
              {[&] {
                 order_placed order;
                 order_book book;
                 cpu_stopwatch const watch;
                 for (std::size_t i = 0; i != loads; ++i) {
                   auto const page = must(store.read(
                       {.stream = {"order", stream_key(our_choice.next())}, .max_events = 1}));
                   for (auto const& view : page) {
                     must(evsrc::decode_version(order, view.event_version,
                                                evsrc::padded_json{view.payload}));
                     book.apply(order);
                   }
                 }
                 return watch.per_second(loads);
               },
               [&] {
                 order_book book;
                 cpu_stopwatch const watch;
                 for (std::size_t i = 0; i != loads; ++i) limit.load(limit_choice.next(), 1, book);
                 return watch.per_second(loads);
               },
               {}});
}

void measure_writes(bench_run& run, growth_names const& names, evsrc::sqlite::event_store& store,
                    plain_store& limit) {
  auto const commits = run.amount(4'000);
  stream_choice our_choice;
  stream_choice limit_choice;
  timed_work const by_hand = [&] {
    stopwatch const watch;
    for (std::size_t i = 0; i != commits; ++i) {
      limit.begin();
      limit.insert(limit_choice.next(), sample_payload(), sample_metadata());
      limit.commit();
    }
    return watch.per_second(commits);
  };
  run.compare({names.commit, "commits/s", "os"},
              {[&] {
                 stopwatch const watch;
                 for (std::size_t i = 0; i != commits; ++i)
                   must(store.commit(order_commit(our_choice.next())));
                 return watch.per_second(commits);
               },
               by_hand,
               {}});
  if (!run.wants(names.command)) return;
  evsrc::command_handler_options with;
  with.cache_entries = 2 * stream_count;
  evsrc::command_handler<order_book> orders(store, with);
  for (std::size_t i = 0; i != stream_count; ++i) must(orders.load(stream_key(i)));
  place_order const command{sample_order()};
  run.compare({names.command, "commands/s", "os"},
              {[&] {
                 stopwatch const watch;
                 for (std::size_t i = 0; i != commits; ++i) {
                   auto const outcome = orders.handle(stream_key(our_choice.next()), command);
                   if (!outcome) give_up("command: " + outcome.error().message);
                 }
                 return watch.per_second(commits);
               },
               by_hand,
               {}});
}

void measure_size(bench_run& run, growth_names const& names, std::size_t events, bool is_largest) {
  store_files const files(run.options().folder, "growth", events);
  add_bytes(run, names.bytes, files, events);
  auto const store = open_store(files.ours(), durability::os);
  if (is_largest && run.wants(memory_name)) measure_memory(run, *store, events);
  plain_store limit(files.limit(), durability::os);
  measure_reads(run, names, *store, limit);
  measure_writes(run, names, *store, limit);
}

}  // namespace

std::vector<row_group> growth_rows(std::size_t events) {
  growth_names const small(events_text(small_events));
  growth_names const large(events_text(events));
  auto large_rows = large.all();
  large_rows.emplace_back(memory_name);
  return {{small.all(), [small](bench_run& run) { measure_size(run, small, small_events, false); }},
          {large_rows,
           [large](bench_run& run) { measure_size(run, large, run.options().events, true); }}};
}

}  // namespace bench
