// SPDX-License-Identifier: Apache-2.0
// A store with an outbox, a bus in memory, senders that fail as told, and relays between them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <mutex>

#include "evsrc/bus/message_limits.hpp"
#include "evsrc/memory/event_store.hpp"
#include "evsrc/memory/message_bus.hpp"
#include "evsrc/runtime/outbox_relay.hpp"
#include "evsrc/sqlite/event_store.hpp"
#include "evsrc/testing/forwarding_store.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace relaying {

using namespace std::chrono_literals;
using evsrc::errc;
using id_list = std::vector<std::string>;

/// Keeps what it takes; `answer` says what it does not take.
class scripted_sender final : public evsrc::sender {
 public:
  using batch = std::span<evsrc::message const>;

  std::function<evsrc::result<void>(batch)> answer{};
  std::size_t max_bytes = evsrc::limits::send_bytes;
  std::vector<id_list> calls{};  // every call, whatever came of it
  std::vector<evsrc::message> arrived{};

  using evsrc::sender::send;
  evsrc::result<void> send(batch what) override {
    {
      std::scoped_lock const lock(mutex_);
      id_list ids;
      for (auto const& one : what) ids.push_back(one.id.value);
      calls.push_back(std::move(ids));
    }
    if (answer) EVSRC_TRY(answer(what));
    std::scoped_lock const lock(mutex_);
    arrived.insert(arrived.end(), what.begin(), what.end());
    return {};
  }
  evsrc::result<std::vector<std::int64_t>> schedule(batch, evsrc::timestamp) override {
    ADD_FAILURE() << "rows are handed on when they are due";
    return std::vector<std::int64_t>{};
  }
  evsrc::result<void> cancel_scheduled(std::span<std::int64_t const>) override { return {}; }
  [[nodiscard]] std::size_t max_batch_bytes() const override { return max_bytes; }

  [[nodiscard]] id_list ids() const {
    std::scoped_lock const lock(mutex_);
    id_list found;
    for (auto const& one : arrived) found.push_back(one.id.value);
    return found;
  }

 private:
  mutable std::mutex mutex_;
};

inline evsrc::error away(std::string why = "the broker is away") {
  return {errc::unavailable, std::move(why)};
}

/// Tells each commit before it happens, and lets its answer be lost.
class watched_store final : public evsrc::testing::forwarding_store {
 public:
  using evsrc::testing::forwarding_store::forwarding_store;

  std::function<std::optional<evsrc::error>(evsrc::commit const&)> before{};
  std::function<std::optional<evsrc::error>(evsrc::commit const&)> after{};

  evsrc::result<evsrc::receipt> commit(evsrc::commit what,
                                       evsrc::commit_options const& options) override {
    if (before)
      if (auto why = before(what)) return evsrc::fail(std::move(*why));
    auto const copy = what;
    auto done = inner().events->commit(std::move(what), options);
    if (done && after)
      if (auto why = after(copy)) return evsrc::fail(std::move(*why));
    return done;
  }
};

struct memory_kind {
  static std::unique_ptr<evsrc::memory::event_store> open(evsrc::clock& time) {
    return evsrc::memory::make_event_store({.clock = &time});
  }
};
struct sqlite_kind {
  static std::unique_ptr<evsrc::sqlite::event_store> open(evsrc::clock& time) {
    evsrc::sqlite::options with;
    with.durability = evsrc::sqlite::durability::memory;
    with.clock = &time;
    auto opened = evsrc::sqlite::open(":memory:", with);
    if (!opened) ADD_FAILURE() << to_string(opened.error());
    return opened ? std::move(*opened) : nullptr;
  }
};

template <class Kind>
struct relay_room : testing::Test {
  evsrc::testing::manual_clock time;
  evsrc::testing::seeded_random random{23};
  decltype(Kind::open(time)) inner = Kind::open(time);
  watched_store store{evsrc::testing::ports_of(*inner)};
  evsrc::memory::message_bus bus{{.clock = &time, .random = &random}};
  scripted_sender to;  // of "orders", where a test gives it

  [[nodiscard]] evsrc::relay_options options(std::string holder = "here") {
    evsrc::relay_options made;
    made.holder = std::move(holder);
    made.clock = &time;
    made.random = &random;
    made.circuit = {.failures = 2,
                    .first_pause = 1s,
                    .growth_percent = 200,
                    .max_pause = 8s,
                    .jitter_percent = 0};
    return made;
  }
  /// To "orders" through `to`, to all else through the bus.
  [[nodiscard]] std::unique_ptr<evsrc::outbox_relay> make(evsrc::relay_options with) {
    auto made = std::make_unique<evsrc::outbox_relay>(store, bus, std::move(with));
    made->send_to("orders", to);
    return made;
  }
  [[nodiscard]] std::unique_ptr<evsrc::outbox_relay> make() { return make(options()); }

  [[nodiscard]] static evsrc::outgoing_message row(std::string id, std::string key = {},
                                                   std::string destination = "orders") {
    evsrc::outgoing_message made;
    made.id.value = std::move(id);
    made.destination = std::move(destination);
    made.key = std::move(key);
    made.type = "order.created";
    made.body = "{}";
    return made;
  }
  void put(std::vector<evsrc::outgoing_message> rows) {
    evsrc::commit what;
    what.messages = std::move(rows);
    commit(std::move(what));
  }
  void commit(evsrc::commit what) {
    auto const done = inner->commit(std::move(what));
    ASSERT_TRUE(done) << to_string(done.error());
  }
  void create_queue(std::string const& name, evsrc::queue_options with = {}) {
    ASSERT_TRUE(bus.topology().create_queue(name, with));
  }
  std::size_t settle_down(evsrc::outbox_relay& of) {
    std::size_t total = 0;
    for (int step = 0; step < 1'000; ++step) {
      auto const done = of.poll();
      if (!done) ADD_FAILURE() << to_string(done.error());
      if (!done || *done == 0) return total;
      total += *done;
    }
    ADD_FAILURE() << "does not settle down";
    return total;
  }
  /// Ids that came to a queue since the last call.
  [[nodiscard]] id_list receive(std::string const& queue) {
    auto from = bus.open_receiver(queue, evsrc::receive_mode::receive_and_delete);
    id_list ids;
    auto const got = (*from)->receive({.max_messages = 1'000});
    if (!got) ADD_FAILURE() << to_string(got.error());
    if (got)
      for (auto const& one : *got) ids.push_back(one.message.id.value);
    return ids;
  }
  [[nodiscard]] id_list waiting() {
    id_list ids;
    auto const rows = inner->read_outbox({});
    if (!rows) ADD_FAILURE() << to_string(rows.error());
    if (rows)
      for (auto const& one : *rows) ids.push_back(one.message.id.value);
    return ids;
  }
  [[nodiscard]] std::vector<evsrc::refused_row> dead() { return inner->read_refused({}).value(); }
  void redrive(std::uint64_t sequence) {
    evsrc::commit what;
    what.redriven = {sequence};
    commit(std::move(what));
  }
};

}  // namespace relaying
