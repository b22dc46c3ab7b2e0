// SPDX-License-Identifier: Apache-2.0
// Dead letters on each pair of store and bus: apart, apart and without transactions, in one file.
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "bank.hpp"
#include "evsrc/memory/event_store.hpp"
#include "evsrc/memory/message_bus.hpp"
#include "evsrc/runtime/consumer.hpp"
#include "evsrc/runtime/dead_letter_events.hpp"
#include "evsrc/runtime/redrive.hpp"
#include "evsrc/sqlite/message_bus.hpp"
#include "evsrc/testing/faults.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"
#include "faulty_bus.hpp"

namespace post {

using namespace std::chrono_literals;

struct transfer {
  static constexpr evsrc::event_name wire_name{"transfer", 1};
  std::string account;
  std::int64_t cents = 0;
};

enum class places : std::uint8_t { apart, without_transactions, one_file };

/// Where a deed is cut off: one commit of the store or one call of the bus fails.
struct crash {
  bool is_of_bus = false;
  std::size_t step = 0;  ///< those before it pass
  bool is_carried_out = false;
};
inline std::string to_string(crash const& at) {
  return (at.is_of_bus ? "call of the bus " : "commit ") + std::to_string(at.step) +
         (at.is_carried_out ? ", carried out" : ", not carried out");
}

struct graveyard : testing::TestWithParam<places> {
  evsrc::testing::manual_clock time{};
  evsrc::testing::seeded_random random{11};
  evsrc::memory::event_store memory{{.clock = &time}};
  evsrc::memory::message_bus memory_bus{{.clock = &time, .random = &random}};
  std::unique_ptr<evsrc::sqlite::event_store> file =
      std::move(*evsrc::sqlite::open(":memory:", {.durability = evsrc::sqlite::durability::memory,
                                                  .threads = evsrc::sqlite::threads::none,
                                                  .clock = &time}));
  evsrc::sqlite::message_bus file_bus{*file, &random};
  bool const is_file = GetParam() == places::one_file;
  evsrc::testing::faulty_store store{is_file ? evsrc::testing::ports_of(*file)
                                             : evsrc::testing::ports_of(memory)};
  faulty_bus bus{is_file ? static_cast<evsrc::message_bus&>(file_bus) : memory_bus};
  evsrc::command_handler<bank::account> accounts{store};
  evsrc::router way{};
  bool is_broken = true;
  std::vector<std::string> handled{};
  /// Asked before each deposit, where it is set.
  std::function<evsrc::handling(evsrc::message_context&)> ask{};
  evsrc::redrive_options options{.consumer = "billing",
                                 .entity = "payments",
                                 .user = "olga",
                                 .clock = &time,
                                 .random = &random};
  evsrc::dead_letters letters{bus, "payments"};

  graveyard() {
    bus.has_transactions = GetParam() != places::without_transactions;
    way.on<transfer>([this](transfer const& event,
                            evsrc::message_context& context) -> evsrc::result<evsrc::handling> {
      handled.push_back(context.origin_id());
      if (is_broken) return evsrc::dead_letter{"Poison", "on purpose"};
      if (ask)
        if (auto answer = ask(context); !std::holds_alternative<evsrc::ack>(answer)) return answer;
      auto done = context.handle(accounts, event.account, bank::deposit{event.cents});
      if (!done) return evsrc::fail(done.error());
      return evsrc::ack{};
    });
  }
  void create(char const* name = "payments", evsrc::queue_options with = {}) {
    ASSERT_TRUE(bus.topology().create_queue(name, with));
  }
  static evsrc::queue_options with_sessions() {
    evsrc::queue_options with;
    with.requires_session = true;
    return with;
  }
  evsrc::consumer make(bool keeps_order = false, char const* name = "billing",
                       char const* entity = "payments") {
    evsrc::consumer_options what;
    what.name = name;
    what.entity = entity;
    what.sessions = keeps_order ? 4 : 0;
    what.keep_order = keeps_order;
    what.clock = &time;
    what.random = &random;
    return {store, bus, way, what};
  }
  void prepare(crash const& at) {
    if (at.is_of_bus)
      bus.fail_call(at.step, at.is_carried_out);
    else
      store.fail_commits(
          {.failure = {evsrc::errc::io_failed, "crash", "", 0, evsrc::effect::unknown},
           .is_carried_out = at.is_carried_out,
           .skip = at.step});
  }
  bool has_met(crash const& at) {
    return at.is_of_bus ? !bus.is_pending() : store.pending_faults() == 0;
  }
  evsrc::redriver redriver() { return {store, bus, options}; }
  void pay(std::string const& id, std::string const& account, std::int64_t cents) {
    evsrc::outgoing_message row;
    row.id.value = id;
    row.key = account;
    row.type = "transfer";
    ASSERT_TRUE(evsrc::encode_json(transfer{account, cents}, row.body));
    auto to = bus.open_sender("payments");
    ASSERT_TRUE((*to)->send(to_message(std::move(row))));
  }
  static void settle_down(evsrc::consumer& of) {
    for (int polls = 0; polls < 50; ++polls) {
      auto const done = of.poll();
      if (!done) ADD_FAILURE() << to_string(done.error());
      if (!done || *done == 0) return;
    }
  }
  /// Pays and lets all of it be dead-lettered.
  void bury(std::vector<std::string> const& ids, bool keeps_order = false) {
    std::int64_t cents = 1;
    for (auto const& id : ids) {
      pay(id, "ann", cents);
      cents *= 10;
    }
    auto billing = make(keeps_order);
    settle_down(billing);
    is_broken = false;
  }
  std::int64_t balance(std::string const& key = "ann") {
    return evsrc::command_handler<bank::account>{store}.load(key)->state.balance_cents;
  }
  std::vector<std::string> dead() {
    std::vector<std::string> ids;
    auto const page = letters.read({});
    for (auto const& one : page->letters) ids.push_back(one.origin_id);
    return ids;
  }
  std::uint64_t left(char const* entity = "payments") {
    return bus.topology().counts(entity)->active;
  }
  /// Names of the events in the audit stream, without what they have in common.
  std::vector<std::string> audit() {
    std::vector<std::string> names;
    auto const page = store.read({.stream = evsrc::audit_stream_of("payments")});
    for (auto const& one : *page)
      names.emplace_back(one.name.substr(std::string_view("evsrc.dead-letter.").size()));
    return names;
  }
};

inline std::string name_of(testing::TestParamInfo<places> const& of) {
  constexpr char const* names[] = {"apart", "without_transactions", "one_file"};
  return names[static_cast<std::size_t>(of.param)];
}

}  // namespace post
