// SPDX-License-Identifier: Apache-2.0
// Buses: the one in memory against a mutex and a deque; how soon a handler has what was sent.
#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

#include "evsrc/memory/event_store.hpp"
#include "evsrc/memory/message_bus.hpp"
#include "evsrc/runtime/consumer.hpp"
#include "evsrc/sqlite/message_bus.hpp"
#include "stores.hpp"
#include "suite.hpp"

namespace bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch = 64;
constexpr char const* queue_name = "orders";

constexpr char const* memory_one = "bus/memory: send, receive, complete/1";
constexpr char const* memory_many = "bus/memory: send, receive, complete/64 at a time";

double through_memory(evsrc::sender& to, evsrc::receiver& from, std::size_t count,
                      std::size_t at_once) {
  std::vector<evsrc::message> sent;
  for (std::size_t i = 0; i != at_once; ++i) sent.push_back(order_message(i));
  std::vector<evsrc::settlement> done(at_once);
  cpu_stopwatch const watch;
  for (std::size_t i = 0; i < count; i += at_once) {
    must(to.send(sent));
    auto const got = must(from.receive({at_once, 0ms}));
    for (std::size_t j = 0; j != at_once; ++j) done[j] = {got[j].entity, got[j].lock};
    for (auto& each : from.settle(done)) must(std::move(each));
  }
  return watch.per_second(count);
}

double through_deque(std::size_t count, std::size_t at_once) {
  std::mutex guard;
  std::deque<evsrc::message> waiting;
  std::vector<evsrc::message> in_hand;
  for (std::size_t i = 0; i != at_once; ++i) in_hand.push_back(order_message(i));
  cpu_stopwatch const watch;
  for (std::size_t i = 0; i < count; i += at_once) {
    {
      std::scoped_lock const hold(guard);
      for (auto& one : in_hand) waiting.push_back(std::move(one));
    }
    std::scoped_lock const hold(guard);
    for (auto& one : in_hand) {
      one = std::move(waiting.front());
      waiting.pop_front();
    }
  }
  return watch.per_second(count);
}

void measure_memory(bench_run& run) {
  evsrc::memory::message_bus bus;
  must(bus.topology().create_queue(queue_name));
  auto const to = must(bus.open_sender(queue_name));
  auto const from = must(bus.open_receiver(queue_name));
  auto const count = run.amount(200'000);
  run.compare({memory_one, "messages/s", "", 0.15},
              {[&] { return through_memory(*to, *from, count, 1); },
               [&] { return through_deque(count, 1); }});
  run.compare({memory_many, "messages/s"},
              {[&] { return through_memory(*to, *from, count, batch); },
               [&] { return through_deque(count, batch); }});
}

constexpr double parts[] = {0.50, 0.99, 0.999};
constexpr char const* part_names[] = {"p50", "p99", "p99.9"};
constexpr char const* in_memory = "bus/send to handler, memory/";
constexpr char const* in_file = "bus/send to handler, SQLite/";

/// Microseconds from the call of send to the first line of the handler; one message at a time.
template <class Store>
std::vector<double> time_handlers(Store& store, evsrc::message_bus& bus, std::size_t count) {
  using clock = std::chrono::steady_clock;
  must(bus.topology().create_queue(queue_name));
  std::atomic<clock::time_point> arrived{};
  std::atomic<std::size_t> handled = 0;
  evsrc::router way;
  way.on_raw("order.placed", [&](evsrc::message_context&) {
    arrived = clock::now();
    handled.fetch_add(1);
    handled.notify_one();
    return evsrc::ack{};
  });
  evsrc::consumer_options with;
  with.name = with.entity = queue_name;
  evsrc::consumer taker(store, bus, way, with);
  auto const running = taker.start();
  auto const to = must(bus.open_sender(queue_name));
  std::vector<double> times;
  auto const warm_up = count / 10;
  for (std::size_t i = 0; i != warm_up + count; ++i) {
    auto const next = order_message(i);
    auto const begun = clock::now();
    must(to->send(next));
    handled.wait(i);
    if (i >= warm_up)
      times.push_back(std::chrono::duration<double, std::micro>(arrived.load() - begun).count());
    // The consumer is waiting again when the message is gone.
    while (must(bus.topology().counts(queue_name)).active != 0) std::this_thread::yield();
  }
  return times;
}

void add_quantiles(bench_run& run, std::string const& name, char const* level,
                   std::vector<double> const& times) {
  for (std::size_t i = 0; i != std::size(parts); ++i)
    run.add({{name + part_names[i], "us", level}, quantile(times, parts[i]), {}, {}, {}, 1, 0});
}

void measure_latency_in_memory(bench_run& run) {
  evsrc::memory::event_store store;
  evsrc::memory::message_bus bus;
  add_quantiles(run, in_memory, "", time_handlers(store, bus, run.amount(20'000)));
}

void measure_latency_in_file(bench_run& run) {
  scratch_folder const folder(run.options().folder / "send_to_handler");
  auto const store = open_store(folder.path / "store.db", durability::fsync);
  evsrc::sqlite::message_bus bus(*store);
  add_quantiles(run, in_file, "fsync", time_handlers(*store, bus, run.amount(5'000)));
}

std::vector<std::string> quantile_names(std::string const& of) {
  std::vector<std::string> names;
  for (auto const* part : part_names) names.push_back(of + part);
  return names;
}

}  // namespace

std::vector<row_group> bus_rows() {
  return {{{memory_one, memory_many}, measure_memory},
          {quantile_names(in_memory), measure_latency_in_memory},
          {quantile_names(in_file), measure_latency_in_file}};
}

}  // namespace bench
