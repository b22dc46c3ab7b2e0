// SPDX-License-Identifier: Apache-2.0
// Queues in a file: from an outbox to an inbox; how the rate depends on sessions and consumers; a
// backlog of a million messages.
#include <atomic>
#include <thread>

#include "evsrc/memory/message_bus.hpp"
#include "evsrc/runtime/consumer.hpp"
#include "evsrc/runtime/outbox_relay.hpp"
#include "evsrc/sqlite/message_bus.hpp"
#include "plain_bus.hpp"
#include "stores.hpp"
#include "suite.hpp"

namespace bench {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::size_t batch = 64;
constexpr std::size_t relay_batch = 256;
constexpr char const* queue_name = "orders";

// --- from outbox to inbox

constexpr char const* relayed_fsync = "bus/outbox, relay, queue, inbox/fsync";
constexpr char const* relayed_os = "bus/outbox, relay, queue, inbox/os";

void fill_outbox(evsrc::sqlite::event_store& store, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    evsrc::commit next;
    for (; done < count && next.messages.size() != relay_batch; ++done) {
      auto const like = order_message(done);
      auto& row = next.messages.emplace_back();
      row.id = like.id;
      row.destination = queue_name;
      row.type = like.subject;
      row.body = like.body;
      row.correlation = like.correlation_id;
    }
    must(store.commit(std::move(next)));
  }
}

/// A store and a bus in files of their own, and what runs between them on the calling thread.
class relayed_shop {
 public:
  relayed_shop(fs::path const& folder, durability level)
      : store_(open_store(folder / "store.db", level)),
        bus_store_(open_store(folder / "bus.db", level)),
        bus_(*bus_store_) {
    must(bus_.topology().create_queue(queue_name));
    way_.on_raw("order.placed", [](evsrc::message_context&) { return evsrc::ack{}; });
    evsrc::consumer_options with;
    with.name = with.entity = queue_name;
    with.max_in_flight = with.messages_per_commit = batch;
    taker_.emplace(*store_, bus_, way_, with);
    relay_.emplace(*store_, bus_, evsrc::relay_options{.batch_rows = relay_batch});
  }
  [[nodiscard]] evsrc::sqlite::event_store& store() { return *store_; }

  double run(std::size_t count) {
    fill_outbox(*store_, count);
    stopwatch const watch;
    for (std::size_t sent = 0; sent < count;) sent += must(relay_->poll());
    for (std::size_t taken = 0; taken < count;) taken += must(taker_->poll());
    return watch.per_second(count);
  }

 private:
  std::unique_ptr<evsrc::sqlite::event_store> store_;
  std::unique_ptr<evsrc::sqlite::event_store> bus_store_;
  evsrc::sqlite::message_bus bus_;
  evsrc::router way_;
  std::optional<evsrc::consumer> taker_;
  std::optional<evsrc::outbox_relay> relay_;
};

/// Number of the queue in a bus that has just one.
constexpr std::int64_t only_queue = 2;

double relay_plain(fs::path const& folder, durability level, std::size_t count) {
  fill_outbox(*open_store(folder / "store.db", level), count);
  plain_queue queue(folder / "bus.db", level, only_queue);
  plain_boxes boxes(folder / "store.db", level);
  stopwatch const watch;
  for (std::size_t sent = 0; sent < count;) sent += boxes.relay(queue, relay_batch);
  for (std::size_t taken = 0; taken < count;) {
    auto const got = queue.receive(batch);
    boxes.note(queue, got);
    queue.complete();
    taken += got;
  }
  return watch.per_second(count);
}

/// Files of a shop without messages, for the limit.
void make_empty_shop(fs::path const& folder, durability level) { relayed_shop(folder, level); }

void measure_relayed(bench_run& run, durability level) {
  bool const is_synced = level == durability::fsync;
  scratch_folder const ours(run.options().folder / "relayed");
  scratch_folder const limit(run.options().folder / "relayed_limit");
  relayed_shop shop(ours.path, level);
  make_empty_shop(limit.path, level);
  auto const count = run.amount(8'000);
  run.compare(
      {is_synced ? relayed_fsync : relayed_os, "messages/s", is_synced ? "fsync" : "os",
       is_synced ? std::optional(0.60) : std::nullopt},
      {[&] { return shop.run(count); }, [&] { return relay_plain(limit.path, level, count); }});
}

// --- sessions and consumers

struct crowd {
  std::size_t sessions;
  std::size_t consumers;
};
constexpr crowd crowds[] = {{1, 1}, {16, 1}, {16, 2}, {256, 1}, {256, 2}, {256, 4}};

std::string name_of(crowd const& of) {
  return "bus/drain " + std::to_string(of.sessions) +
         (of.sessions == 1 ? " session, " : " sessions, ") + std::to_string(of.consumers) +
         (of.consumers == 1 ? " consumer" : " consumers");
}

/// Messages of one queue, spread over sessions, worked off by consumers with a thread each.
class crowded_queue {
 public:
  crowded_queue(fs::path const& folder, crowd size)
      : size_(size), store_(open_store(folder / "store.db", durability::fsync)), bus_(*store_) {
    evsrc::queue_options queue;
    queue.requires_session = true;
    must(bus_.topology().create_queue(queue_name, queue));
    way_.on_raw("order.placed", [this](evsrc::message_context&) {
      ++handled_;
      return evsrc::ack{};
    });
    evsrc::consumer_options with;
    with.name = with.entity = queue_name;
    with.sessions = std::min<std::size_t>(size.sessions, batch);
    with.messages_per_commit = batch;
    for (std::size_t i = 0; i != size.consumers; ++i)
      takers_.push_back(std::make_unique<evsrc::consumer>(*store_, bus_, way_, with));
    to_ = must(bus_.open_sender(queue_name));
  }

  double run(std::size_t count) {
    for (std::size_t sent = 0; sent < count;) {
      std::vector<evsrc::message> next;
      for (; sent < count && next.size() != relay_batch; ++sent) {
        next.push_back(order_message(sent));
        next.back().session_id = "session-" + std::to_string(sent % size_.sessions);
      }
      must(to_->send(next));
    }
    handled_ = 0;
    std::vector<std::thread> threads;
    stopwatch const watch;
    for (auto& taker : takers_)
      threads.emplace_back([&] {
        while (handled_ < count) static_cast<void>(must(taker->poll()));
      });
    for (auto& thread : threads) thread.join();
    return watch.per_second(count);
  }

 private:
  crowd size_;
  std::unique_ptr<evsrc::sqlite::event_store> store_;
  evsrc::sqlite::message_bus bus_;
  evsrc::router way_;
  std::atomic<std::size_t> handled_ = 0;
  std::vector<std::unique_ptr<evsrc::consumer>> takers_;
  std::unique_ptr<evsrc::sender> to_;
};

/// Bytes like those of evsrc's head.
std::string plain_head(evsrc::message const& of) {
  return of.id.value + '\0' + of.content_type + of.subject + of.correlation_id;
}

/// The same number of messages out of one file, which takes one commit for note and removal.
double drain_plain(fs::path const& folder, std::size_t count) {
  plain_queue queue(folder / "bus.db", durability::fsync, only_queue);
  plain_boxes boxes(folder / "store.db", durability::fsync);
  for (std::size_t sent = 0; sent < count;) {
    queue.begin();
    for (std::size_t i = 0; i != relay_batch && sent < count; ++i, ++sent) {
      auto const like = order_message(sent);
      queue.insert(plain_head(like), like.body);
    }
    queue.commit();
  }
  stopwatch const watch;
  for (std::size_t taken = 0; taken < count;) {
    auto const got = queue.receive(batch);
    boxes.note(queue, got);
    queue.complete();
    taken += got;
  }
  return watch.per_second(count);
}

void measure_crowds(bench_run& run) {
  auto const count = run.amount(8'191);
  for (auto const& size : crowds) {
    if (!run.wants(name_of(size))) continue;
    scratch_folder const ours(run.options().folder / "crowd");
    scratch_folder const limit(run.options().folder / "crowd_limit");
    make_empty_shop(limit.path, durability::fsync);
    crowded_queue queue(ours.path, size);
    run.compare({name_of(size), "messages/s", "fsync"},
                {[&] { return queue.run(count); }, [&] { return drain_plain(limit.path, count); }});
  }
}

// --- a backlog

struct backlog_names {
  std::string in;
  std::string out;
  std::string bytes;
  std::string memory;

  backlog_names(std::string const& where, std::size_t messages) {
    auto const of = "backlog of " + std::to_string(messages) + ", " + where + "/";
    in = of + "enqueue";
    out = of + "drain";
    bytes = of + "bytes kept";
    memory = of + "memory";
  }
};

struct backlog_figures {
  double in = 0;  ///< messages per second
  double out = 0;
  double memory_bytes = 0;  ///< that the process has grown by
};

/// Sends all, then receives and completes all.
backlog_figures pile_up(evsrc::message_bus& bus, std::size_t count) {
  must(bus.topology().create_queue(queue_name));
  auto const to = must(bus.open_sender(queue_name));
  auto const from = must(bus.open_receiver(queue_name));
  auto const before = resident_bytes();
  backlog_figures found;
  stopwatch const sending;
  std::vector<evsrc::message> next;
  for (std::size_t sent = 0; sent < count; next.clear()) {
    for (; sent < count && next.size() != relay_batch; ++sent) next.push_back(order_message(sent));
    must(to->send(next));
  }
  found.in = sending.per_second(count);
  found.memory_bytes = static_cast<double>(std::max(resident_bytes(), before) - before);
  stopwatch const draining;
  std::vector<evsrc::settlement> done;
  for (std::size_t taken = 0; taken < count; taken += done.size()) {
    done.clear();
    auto const got = must(from->receive({relay_batch, 0ms}));
    for (auto const& one : got) done.push_back({one.entity, one.lock});
    for (auto& each : from->settle(done)) must(std::move(each));
  }
  found.out = draining.per_second(count);
  return found;
}

backlog_figures pile_up_plain(fs::path const& file, std::size_t count) {
  plain_queue queue(file, durability::fsync, only_queue);
  backlog_figures found;
  stopwatch const sending;
  for (std::size_t sent = 0; sent < count;) {
    queue.begin();
    for (std::size_t i = 0; i != relay_batch && sent < count; ++i, ++sent) {
      auto const like = order_message(sent);
      queue.insert(plain_head(like), like.body);
    }
    queue.commit();
  }
  found.in = sending.per_second(count);
  stopwatch const draining;
  for (std::size_t taken = 0; taken < count;) {
    taken += queue.receive(relay_batch);
    queue.complete();
  }
  found.out = draining.per_second(count);
  return found;
}

void measure_backlog_in_memory(bench_run& run) {
  auto const count = run.options().events;
  backlog_names const names("memory", count);
  evsrc::memory::message_bus bus;
  auto const ours = pile_up(bus, count);
  run.add({{names.in, "messages/s"}, ours.in});
  run.add({{names.out, "messages/s"}, ours.out});
  run.add({{names.memory, "bytes/message"}, ours.memory_bytes / static_cast<double>(count)});
}

void measure_backlog_in_file(bench_run& run) {
  auto const count = run.options().events;
  backlog_names const names("SQLite", count);
  scratch_folder const folder(run.options().folder / "backlog");
  scratch_folder const plain(run.options().folder / "backlog_limit");
  make_empty_shop(plain.path, durability::fsync);
  backlog_figures ours;
  {
    auto const bus = must(evsrc::sqlite::open_bus((folder.path / "bus.db").string()));
    ours = pile_up(*bus, count);
  }
  auto const limit = pile_up_plain(plain.path / "bus.db", count);
  // Files do not shrink: what was the backlog is free for the next one.
  auto const per_message = [count](fs::path const& file) {
    return static_cast<double>(fs::file_size(file)) / static_cast<double>(count);
  };
  auto const kept = per_message(folder.path / "bus.db");
  auto const plain_kept = per_message(plain.path / "bus.db");
  run.add({{names.in, "messages/s", "fsync"}, ours.in, limit.in, {}, ours.in / limit.in});
  run.add({{names.out, "messages/s", "fsync"}, ours.out, limit.out, {}, ours.out / limit.out});
  run.add({{names.bytes, "bytes/message"}, kept, plain_kept, {}, plain_kept / kept});
  run.add({{names.memory, "bytes/message"}, ours.memory_bytes / static_cast<double>(count)});
}

}  // namespace

std::vector<row_group> queue_rows(std::size_t messages) {
  row_group drains{{}, measure_crowds};
  for (auto const& size : crowds) drains.names.push_back(name_of(size));
  backlog_names const in_memory("memory", messages);
  backlog_names const in_file("SQLite", messages);
  return {{{relayed_fsync}, [](bench_run& run) { measure_relayed(run, durability::fsync); }},
          {{relayed_os}, [](bench_run& run) { measure_relayed(run, durability::os); }},
          drains,
          {{in_memory.in, in_memory.out, in_memory.memory}, measure_backlog_in_memory},
          {{in_file.in, in_file.out, in_file.bytes, in_file.memory}, measure_backlog_in_file}};
}

}  // namespace bench
