// SPDX-License-Identifier: Apache-2.0
// A store, a bus and a consumer under one manual clock, for tests.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "bank.hpp"
#include "evsrc/memory/event_store.hpp"
#include "evsrc/memory/message_bus.hpp"
#include "evsrc/runtime/consumer.hpp"
#include "evsrc/testing/faults.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace post {

using namespace std::chrono_literals;

/// A payment into an account: the handler deposits it.
struct payment {
  static constexpr evsrc::event_name wire_name{"payment", 1};
  std::string account;
  std::int64_t cents = 0;
};

struct post_office : testing::Test {
  evsrc::testing::manual_clock time{};
  evsrc::testing::seeded_random random{11};
  evsrc::memory::event_store memory{{.clock = &time}};
  evsrc::testing::faulty_store store{evsrc::testing::ports_of(memory)};
  evsrc::memory::message_bus bus{{.clock = &time, .random = &random}};
  evsrc::command_handler<bank::account> accounts{memory};
  evsrc::router way{};
  std::vector<std::string> handled{};  ///< message ids in the order of calls
  /// Asked before each deposit.
  std::function<evsrc::result<evsrc::handling>(evsrc::message_context&)> ask{};

  post_office() {
    way.on<payment>([this](payment const& event,
                           evsrc::message_context& context) -> evsrc::result<evsrc::handling> {
      handled.push_back(context.origin_id());
      evsrc::handling answer = evsrc::ack{};
      if (ask) {
        auto said = ask(context);
        if (!said) return said;
        answer = *said;
      }
      if (auto done = context.handle(accounts, event.account, bank::deposit{event.cents}); !done)
        return fail(done.error());
      return answer;
    });
  }

  static evsrc::consumer_options plain() {
    evsrc::consumer_options made;
    made.name = "billing";
    made.entity = "payments";
    made.retry.jitter_percent = 0;
    return made;
  }
  static evsrc::consumer_options in_order() {
    auto made = plain();
    made.sessions = 4;
    made.keep_order = true;
    return made;
  }
  evsrc::consumer make(evsrc::consumer_options options) {
    options.clock = &time;
    options.random = &random;
    return {store, bus, way, options};
  }
  void create_queue(evsrc::queue_options with = {}) {
    ASSERT_TRUE(bus.topology().create_queue("payments", with));
  }
  void create_sessions() {
    evsrc::queue_options with;
    with.requires_session = true;
    create_queue(with);
  }
  static evsrc::message paying(std::string id, std::string account, std::int64_t cents) {
    evsrc::outgoing_message row;
    row.id.value = std::move(id);
    row.key = account;
    row.type = "payment";
    auto written = evsrc::encode_json(payment{std::move(account), cents}, row.body);
    EXPECT_TRUE(written);
    return to_message(std::move(row));
  }
  void send(evsrc::message const& one) {
    auto to = bus.open_sender("payments");
    ASSERT_TRUE(to);
    ASSERT_TRUE((*to)->send(one));
  }
  void pay(std::string id, std::string account, std::int64_t cents) {
    send(paying(std::move(id), std::move(account), cents));
  }
  /// Polls until nothing comes to an end any more.
  static std::size_t settle_down(evsrc::consumer& of) {
    std::size_t total = 0;
    for (int polls = 0; polls < 50; ++polls) {
      auto const done = of.poll();
      if (!done) ADD_FAILURE() << to_string(done.error());
      if (!done || *done == 0) break;
      total += *done;
    }
    return total;
  }
  std::int64_t balance(std::string const& key) { return accounts.load(key)->state.balance_cents; }
  std::vector<evsrc::delivery> peek(std::string const& path) {
    auto from = bus.open_receiver(path);
    if (!from) return {};
    return (*from)->peek(0, 100).value();
  }
  std::vector<evsrc::delivery> dead() { return peek("payments/$DeadLetterQueue"); }
  std::string dead_reason(std::size_t at = 0) {
    auto const all = dead();
    if (at >= all.size()) return "none";
    return std::string(find_text(all[at].message.properties, "DeadLetterReason"));
  }
  std::size_t left() { return bus.topology().counts("payments").value().active; }
};

}  // namespace post
