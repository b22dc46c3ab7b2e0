// SPDX-License-Identifier: Apache-2.0
// Messages that take effect once: a handler's command is in the commit that notes the message down
// as done. What cannot be handled lands in the dead letters with a reason, and comes back from
// there.
#include "evsrc/runtime/consumer.hpp"

#include <cstdio>

#include "evsrc/memory/event_store.hpp"
#include "evsrc/memory/message_bus.hpp"
#include "evsrc/runtime/redrive.hpp"

struct payment_received {
  static constexpr evsrc::event_name wire_name{"payment.received", 1};
  std::string account;
  std::int64_t cents = 0;
};
struct money_deposited {
  static constexpr evsrc::event_name wire_name{"account.deposited", 1};
  std::int64_t cents = 0;
};
struct account {
  static constexpr evsrc::category category{"account"};
  using events = evsrc::events<money_deposited>;
  std::int64_t balance_cents = 0;
  void apply(money_deposited const& e) { balance_cents += e.cents; }
};
struct deposit {
  std::int64_t cents = 0;
};
inline evsrc::decision<account> decide(account const&, deposit const& c) {
  return money_deposited{c.cents};
}

namespace {

evsrc::message payment(std::string id, payment_received const& what) {
  evsrc::outgoing_message row;
  row.id.value = std::move(id);
  row.key = what.account;
  row.type = payment_received::wire_name.name;
  if (!evsrc::encode_json(what, row.body)) std::printf("cannot be written\n");
  return to_message(std::move(row));
}

bool settle_down(evsrc::consumer& of) {
  for (;;) {  // or of.start(), and its threads go on with it
    auto const done = of.poll();
    if (!done) std::printf("%s\n", to_string(done.error()).c_str());
    if (!done || *done == 0) return done.has_value();
  }
}

}  // namespace

int main() {
  evsrc::memory::event_store store;
  evsrc::memory::message_bus bus;
  evsrc::queue_options in_sessions;
  in_sessions.requires_session = true;
  if (!bus.topology().create_queue("payments", in_sessions)) return 1;

  evsrc::command_handler<account> accounts{store};
  bool is_bob_known = false;
  evsrc::router way;
  way.on<payment_received>([&](payment_received const& e,
                               evsrc::message_context& context) -> evsrc::result<evsrc::handling> {
    if (e.account == "bob" && !is_bob_known) return evsrc::dead_letter{"AccountUnknown", "bob"};
    auto const done = context.handle(accounts, e.account, deposit{e.cents});
    if (!done) return evsrc::fail(done.error());
    return evsrc::ack{};
  });

  evsrc::consumer_options options;
  options.name = "billing";
  options.entity = "payments";
  options.sessions = 8;
  options.keep_order = true;  // of each account, whatever fails
  evsrc::consumer billing{store, bus, way, options};

  auto const to = bus.open_sender("payments");
  if (!to) return 1;
  evsrc::message const batch[] = {payment("p1", {"ann", 1'000}),
                                  payment("p1", {"ann", 1'000}),  // sent twice
                                  payment("p2", {"bob", 500}), payment("p3", {"bob", 250})};
  if (!(*to)->send(batch) || !settle_down(billing)) return 1;
  auto const show = [&](char const* when) {
    std::printf("%s: ann %lld, bob %lld\n", when,
                static_cast<long long>(accounts.load("ann")->state.balance_cents),
                static_cast<long long>(accounts.load("bob")->state.balance_cents));
  };
  show("first");
  for (auto const& key : billing.explain().keys)
    std::printf("%s is %s by %s (%s), holds %zu\n", key.key.c_str(), key.standing.c_str(),
                key.message_id.c_str(), key.reason.c_str(), key.held);

  is_bob_known = true;
  evsrc::redriver again{store, bus, {.consumer = "billing", .entity = "payments"}};
  if (!again.redrive("bob") || !settle_down(billing)) return 1;
  show("after the redrive");
}
