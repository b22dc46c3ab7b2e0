// SPDX-License-Identifier: Apache-2.0
// A process manager: a saga that is fed from the store, its commands and time-outs in the outbox.
#include "evsrc/runtime/process_manager.hpp"

#include <cstdio>
#include <vector>

#include "evsrc/memory/event_store.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/spec.hpp"
#include "order_saga.hpp"

namespace {

using manager = evsrc::process_manager<order_saga>;

/// An event of another service.
template <class E>
evsrc::new_event event_of(E const& from) {
  evsrc::new_event made;
  made.name = E::wire_name.name;
  made.meta.id = evsrc::make_event_id({}, evsrc::system_random());
  if (!evsrc::encode_json(from, made.payload)) std::printf("cannot be written\n");
  return made;
}
evsrc::commit in_stream(std::string const& key, evsrc::new_event event) {
  evsrc::commit what;
  what.appends.push_back({{"shop", key}, evsrc::expected_version::any(), {std::move(event)}});
  return what;
}

/// The other services: all fine, but order 2 cannot be shipped, and nobody ever pays for order 3.
void answer(evsrc::outgoing_message const& command, evsrc::commit& into) {
  auto const& id = command.key;
  if (command.type == "stock.reserve") into = in_stream(id, event_of(stock_reserved{id}));
  if (command.type == "payment.charge" && id != "3")
    into = in_stream(id, event_of(payment_completed{id}));
  if (command.type == "shipping.ship")
    into = in_stream(id, id == "2" ? event_of(shipping_failed{id}) : event_of(order_shipped{id}));
}

/// What a relay does: hands on what is due, and notes that down. @return rows, or -1
int hand_on(evsrc::memory::event_store& store, manager& orders, evsrc::timestamp now) {
  auto const rows = store.read_outbox({});
  if (!rows) return -1;
  int count = 0;
  for (auto const& row : *rows) {
    if (row.message.not_before > now) continue;
    std::printf("%-8s to %-19s %s\n", row.message.key.c_str(), row.message.destination.c_str(),
                row.message.type.c_str());
    evsrc::commit done;
    if (row.message.destination == orders.saga().timeouts_to()) {
      if (!orders.due_timeouts().send(to_message(row.message))) return -1;
    } else {
      answer(row.message, done);
    }
    done.handed_on.push_back(row.sequence);
    if (!store.commit(std::move(done))) return -1;
    ++count;
  }
  return count;
}

bool settle_down(evsrc::memory::event_store& store, manager& orders, evsrc::timestamp now) {
  for (;;) {
    auto const passed = orders.poll();  // or orders.start(), and a thread goes on with it
    auto const handed_on = hand_on(store, orders, now);
    if (!passed || handed_on < 0) return false;
    if (*passed == 0 && handed_on == 0) return true;
  }
}

}  // namespace

int main() {
  auto const spec = evsrc::testing::given<order_saga>(started{"7"}, reserved{}, charged{})
                        .when(shipping_failed{"7"})
                        .then(failed{"not shipped"}, evsrc::testing::sent("payments", refund{"7"}),
                              evsrc::testing::sent("stock", release{"7"}));
  if (!spec) std::printf("%s\n", spec.message().c_str());

  evsrc::testing::manual_clock clock;
  evsrc::memory::event_store store{{.clock = &clock}};
  evsrc::process_manager_options options;
  options.saga.clock = &clock;
  manager orders{store, options};

  for (auto const* const id : {"1", "2", "3"})
    if (!store.commit(in_stream(id, event_of(order_created{id})))) return 1;
  if (!settle_down(store, orders, clock.now())) return 1;
  std::printf("half an hour later\n");
  clock.advance(std::chrono::minutes(30));
  if (!settle_down(store, orders, clock.now())) return 1;

  for (auto const* const id : {"1", "2", "3"})
    if (auto const found = orders.saga().load(id); found)
      std::printf("order %s %s\n", id, found->state.outcome.c_str());
}
