// SPDX-License-Identifier: Apache-2.0
// Events that leave as messages: they enter the outbox in the commit of the event, and a relay
// hands them on, in order for each key. What cannot be handed on waits, and says why.
#include "evsrc/runtime/outbox_relay.hpp"

#include <cstdio>

#include "evsrc/memory/event_store.hpp"
#include "evsrc/memory/message_bus.hpp"
#include "evsrc/runtime/command_handler.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"

struct order_placed {
  static constexpr evsrc::event_name wire_name{"order.placed", 1};
  std::string customer;
  std::int64_t cents = 0;
};
struct order {
  static constexpr evsrc::category category{"order"};
  using events = evsrc::events<order_placed>;
  std::int64_t cents = 0;
  void apply(order_placed const& e) { cents = e.cents; }
};
struct place {
  std::string customer;
  std::int64_t cents = 0;
};
inline evsrc::decision<order> decide(order const&, place const& c) {
  return order_placed{c.customer, c.cents};
}

namespace {

bool settle_down(evsrc::outbox_relay& relay) {
  for (;;) {  // or relay.start(), and its threads go on with it
    auto const done = relay.poll();
    if (!done) std::printf("%s\n", to_string(done.error()).c_str());
    if (!done || *done == 0) return done.has_value();
  }
}

void show(evsrc::message_bus& bus, char const* when) {
  auto const from = bus.open_receiver("orders", evsrc::receive_mode::receive_and_delete);
  auto const got = (*from)->receive({.max_messages = 10});
  std::printf("%s:\n", when);
  if (!got) return;
  for (auto const& one : *got)
    std::printf("  %s %s %s\n", one.message.session_id.c_str(), one.message.subject.c_str(),
                one.message.body.c_str());
}

/// A message of its own, without an event: a durable timer, where `at` is later than now.
evsrc::commit reminder(std::string id, std::string customer, evsrc::timestamp at) {
  evsrc::commit what;
  auto& row = what.messages.emplace_back();
  row.id.value = std::move(id);
  row.destination = "orders";
  row.key = std::move(customer);
  row.type = "order.reminder";
  row.body = "{}";
  row.not_before = at;
  return what;
}

}  // namespace

int main() {
  using namespace std::chrono_literals;
  evsrc::testing::manual_clock clock;
  evsrc::memory::event_store store{{.clock = &clock}};
  evsrc::memory::message_bus bus{{.clock = &clock}};

  auto orders = evsrc::make_command_handler<order>(
      store,
      evsrc::publications{evsrc::publish<order_placed>().to("orders").key(&order_placed::customer)},
      {.clock = &clock});
  if (!orders.handle("1", place{"ann", 1'000})) return 1;
  if (!orders.handle("2", place{"bob", 250})) return 1;
  if (!orders.handle("3", place{"ann", 500})) return 1;

  evsrc::testing::seeded_random random{1};
  evsrc::relay_options options;
  options.clock = &clock;
  options.random = &random;
  options.holder = "this program";
  evsrc::outbox_relay relay{store, bus, options};
  if (!settle_down(relay)) return 1;
  for (auto const& one : relay.explain().destinations) std::printf("%s\n", to_string(one).c_str());

  // The queue was missing. Two rows were given up, with the reason, and hold their keys; now they
  // come back in front of what waits for them.
  if (!bus.topology().create_queue("orders")) return 1;
  evsrc::commit back;
  auto const refused = store.read_refused({});
  if (!refused) return 1;
  for (auto const& one : *refused) {
    std::printf("  %s: %s\n", one.row.message.key.c_str(), one.reason.c_str());
    back.redriven.push_back(one.row.sequence);
  }
  if (!store.commit(std::move(back))) return 1;
  clock.advance(1s);  // the relay pauses after failures
  if (!settle_down(relay)) return 1;
  show(bus, "the queue");

  if (!store.commit(reminder("r1", "ann", clock.now() + 30min))) return 1;
  if (!store.commit(reminder("r2", "bob", clock.now() + 30min))) return 1;
  if (!settle_down(relay)) return 1;
  std::printf("%s\n", relay.explain(evsrc::message_id{"r1"}).value_or("?").c_str());
  evsrc::commit no;
  no.cancel = {{"r1"}};
  if (!store.commit(std::move(no))) return 1;
  clock.advance(30min);
  if (!settle_down(relay)) return 1;
  show(bus, "half an hour later");
  std::printf("%s\n", to_string(relay.explain()).c_str());
}
