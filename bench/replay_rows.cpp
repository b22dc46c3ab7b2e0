// SPDX-License-Identifier: Apache-2.0
// Histories to state: read, decode, fold; read models built again, with and without a checkpoint;
// and what of it the codec does.
#include "replay.hpp"

#include <atomic>

#include "allocation_count.hpp"
#include "evsrc/runtime/projection.hpp"
#include "evsrc/runtime/subscription.hpp"
#include "stores.hpp"
#include "suite.hpp"

namespace bench {
namespace {

constexpr std::size_t history_events = 100'000;

constexpr char const* replay_name = "replay/read, decode, fold";
constexpr char const* read_name = "replay/read only";
constexpr char const* allocations_name = "replay/allocations";
constexpr char const* rebuild_name = "rebuild/model in memory";
constexpr char const* checkpoint_name = "rebuild/with checkpoints/fsync";
constexpr char const* tables_name = "rebuild/model in tables/fsync";
constexpr char const* decode_name = "json/decode";
constexpr char const* encode_name = "json/encode";

/// Fifty customers' totals, in a table.
struct order_table {
  static constexpr std::string_view name = "order_table";
  using events = evsrc::events<order_placed>;
  using transaction = evsrc::sqlite::transaction;

  evsrc::result<> create(transaction& t) {
    EVSRC_TRY(
        t.exec("CREATE TABLE IF NOT EXISTS order_table (customer TEXT PRIMARY KEY,"
               " orders INTEGER, amount REAL) WITHOUT ROWID"));
    return {};
  }
  evsrc::result<> drop(transaction& t) {
    EVSRC_TRY(t.exec("DROP TABLE IF EXISTS order_table"));
    return {};
  }
  evsrc::result<> apply(transaction& t, order_placed const& placed) {
    EVSRC_TRY(
        t.exec("INSERT INTO order_table VALUES (?, 1, ?) ON CONFLICT DO UPDATE SET"
               " orders = orders + 1, amount = amount + excluded.amount",
               {placed.customer_id, placed.total_amount}));
    return {};
  }
};

/// Polls until nothing is left. @return events per second
template <class Watch, class Loop>
double poll_all(Loop& loop, std::size_t expected) {
  Watch const watch;
  std::size_t passed = 0;
  while (passed < expected) {
    auto const moved = must(loop.poll());
    if (moved == 0) give_up("the projection stands still at " + std::to_string(passed));
    passed += moved;
  }
  return watch.per_second(passed);
}

template <class Watch>
double replay_all(evsrc::sqlite::event_store& store) {
  order_book book;
  Watch const watch;
  auto const count = replay(store, {}, history_events, book);
  if (book.orders != history_events) give_up("replayed " + std::to_string(book.orders));
  return watch.per_second(count);
}

double read_all(evsrc::sqlite::event_store& store) {
  cpu_stopwatch const watch;
  std::size_t count = 0;
  evsrc::scope_read what;
  for (bool is_over = false; !is_over;) {
    auto const page = must(store.query(what));
    count += page.size();
    what.from = page.next();
    is_over = page.at_end();
  }
  return watch.per_second(count);
}

void measure_replay(bench_run& run) {
  store_files const files(run.options().folder, "replay", history_events);
  auto const store = open_store(files.ours(), durability::os);
  plain_store limit(files.limit(), durability::os);
  run.compare({replay_name, "events/s", "", 0.80},
              {[&] { return replay_all<cpu_stopwatch>(*store); },
               [&] {
                 order_book book;
                 cpu_stopwatch const watch;
                 return watch.per_second(limit.replay(0, history_events, book));
               },
               {}});
  run.compare({read_name, "events/s"}, {[&] { return read_all(*store); },
                                        [&] {
                                          cpu_stopwatch const watch;
                                          return watch.per_second(limit.scan(0, history_events));
                                        },
                                        {}});
  if (run.wants(allocations_name)) {
    auto const before = allocation_count();
    order_book book;
    auto const events = replay(*store, {}, history_events, book);
    auto const made = allocation_count() - before;
    run.add(
        {{allocations_name, "per event"}, static_cast<double>(made) / static_cast<double>(events)});
  }
}

void measure_rebuild(bench_run& run) {
  store_files const files(run.options().folder, "rebuild", history_events);
  auto const store = open_store(files.ours(), durability::fsync);
  run.compare({rebuild_name, "events/s", "", 0.80},
              {[&] {
                 evsrc::projection<order_book> model(*store);
                 return poll_all<cpu_stopwatch>(model, history_events);
               },
               [&] { return replay_all<cpu_stopwatch>(*store); },
               {}});
  int number = 0;
  run.compare({checkpoint_name, "events/s", "fsync", 0.80},
              {[&] {
                 order_book book;
                 evsrc::event_decoder<order_placed> decoder;
                 evsrc::subscription_options with;
                 with.name = "fold-" + std::to_string(++number);
                 // As a rebuild would have it: a handler that calls nobody may repeat many events.
                 with.batch_events = evsrc::limits::page_events;
                 evsrc::subscription reader(
                     *store, with, [&](evsrc::event_view const& view, evsrc::reaction&) {
                       return decoder.decode(view.name, view.event_version,
                                             evsrc::padded_json{view.payload},
                                             [&](order_placed const& one) { book.apply(one); });
                     });
                 auto const rate = poll_all<stopwatch>(reader, history_events);
                 if (book.orders != history_events) give_up("the subscription lost events");
                 return rate;
               },
               [&] { return replay_all<stopwatch>(*store); },
               {}});
  // The SQL of the model weighs most here: a figure, not a comparison.
  run.compare({tables_name, "events/s", "fsync"},
              {[&] {
                 evsrc::projection_options with;
                 with.name = "table-" + std::to_string(++number);
                 evsrc::projection<order_table, evsrc::sqlite::event_store> model(*store, with);
                 return poll_all<stopwatch>(model, history_events);
               },
               {},
               {}});
}

void measure_json(bench_run& run) {
  auto const count = run.amount(100'000);
  std::string padded = sample_payload();
  padded.append(evsrc::payload_padding, '\0');
  auto const json = std::string_view(padded).substr(0, sample_payload().size());
  run.compare({decode_name, "events/s"},
              {[&] {
                 order_placed order;
                 cpu_stopwatch const watch;
                 for (std::size_t i = 0; i != count; ++i)
                   must(evsrc::decode_json_into(order, evsrc::padded_json{json}));
                 return watch.per_second(count);
               },
               [&] {
                 hand_written_reader reader;
                 order_placed order;
                 cpu_stopwatch const watch;
                 for (std::size_t i = 0; i != count; ++i) reader.read(json, order);
                 return watch.per_second(count);
               },
               {}});
  run.compare({encode_name, "events/s"}, {[&] {
                                            std::string text;
                                            cpu_stopwatch const watch;
                                            for (std::size_t i = 0; i != count; ++i) {
                                              text.clear();
                                              must(evsrc::encode_json(sample_order(), text));
                                            }
                                            return watch.per_second(count);
                                          },
                                          {},
                                          {}});
}

}  // namespace

std::vector<row_group> replay_rows() {
  return {{{replay_name, read_name, allocations_name}, measure_replay},
          {{rebuild_name, checkpoint_name, tables_name}, measure_rebuild},
          {{decode_name, encode_name}, measure_json}};
}

}  // namespace bench
