// SPDX-License-Identifier: Apache-2.0
// What follows from events: a handler whose writes are in the commit of its checkpoint.
#include "evsrc/runtime/subscription.hpp"

#include <cstdio>

#include "evsrc/memory/event_store.hpp"
#include "evsrc/runtime/command_handler.hpp"

struct order_placed {
  static constexpr evsrc::event_name wire_name{"order.placed", 1};
  std::string email;
};
struct welcome_wanted {
  static constexpr evsrc::event_name wire_name{"welcome.wanted", 1};
  std::string email;
};
struct order {
  static constexpr evsrc::category category{"order"};
  using events = evsrc::events<order_placed>;
  int placed = 0;
  void apply(order_placed const&) { ++placed; }
};
struct place {
  std::string email;
};
inline evsrc::decision<order> decide(order const&, place const& c) { return order_placed{c.email}; }

namespace {

/// Asks for a mail to each customer. The mail goes into the outbox and the event into its stream
/// once, however often this runs. An address that it cannot read holds that order and no other.
evsrc::result<> welcome(order_placed const& e, evsrc::reaction& effects) {
  if (e.email.find('@') == std::string::npos) return evsrc::invalid("email", "has no @");
  EVSRC_TRY(effects.emit({"welcome", e.email}, welcome_wanted{e.email}));
  evsrc::outgoing_message mail;
  mail.destination = "mails";
  mail.type = "mail.wanted";
  mail.body = R"({"to":")" + e.email + R"("})";
  return effects.send(std::move(mail));
}

}  // namespace

int main() {
  evsrc::memory::event_store store;
  evsrc::command_handler<order> orders{store};
  for (auto const* const email : {"ann@example.org", "bob", "eve@example.org"})
    if (!orders.handle(email, place{email})) return 1;

  evsrc::subscription_options options;
  options.name = "welcome";
  options.scope = evsrc::query_for<order_placed>();
  options.on_failure = evsrc::failure_policy::park_key;
  evsrc::subscription mailer{store, options, evsrc::handle<order_placed>(welcome)};
  for (;;) {  // or mailer.start(), and a thread goes on with it
    auto const passed = mailer.poll();
    if (!passed) return 1;
    if (*passed == 0) break;
  }

  auto const mails = store.read_outbox({});
  if (!mails) return 1;
  for (auto const& row : *mails) std::printf("mail %s\n", row.message.body.c_str());
  for (auto const& held : mailer.explain().parked)
    std::printf("held %s: %s\n", to_string(held.stream).c_str(), held.why.message.c_str());
}
