// SPDX-License-Identifier: Apache-2.0
// Commands on an account that is kept in one SQLite file.
#include <cstdio>

#include "account.hpp"
#include "evsrc/runtime/command_handler.hpp"
#include "evsrc/sqlite/event_store.hpp"

namespace {

int report(evsrc::error const& failure) {
  std::printf("error: %s\n", to_string(failure).c_str());
  return 1;
}

template <class Outcome>
void show(char const* what, Outcome const& outcome) {
  if (outcome)
    std::printf("%s: done, the account has %d events%s\n", what, static_cast<int>(outcome->version),
                outcome->duplicate ? " (as before)" : "");
  else
    report(outcome.error());
}

}  // namespace

int main() {
  auto store = evsrc::sqlite::open("bank.db");
  if (!store) return report(store.error());
  evsrc::command_handler<account> accounts{**store};

  show("deposit 1000", accounts.handle("42", deposit{1000}));
  show("withdraw 300", accounts.handle("42", withdraw{300}));

  auto const refused = accounts.handle("42", withdraw{5000});
  if (auto const* no = refused.rejection<insufficient_funds>())
    std::printf("withdraw 5000: refused, the balance is %d\n", static_cast<int>(no->balance_cents));

  // With a key a command takes effect once, however often the request arrives.
  show("withdraw 200", accounts.handle("42", withdraw{200}, {.key = "request-7"}));
  show("withdraw 200", accounts.handle("42", withdraw{200}, {.key = "request-7"}));
  show("deposit 0", accounts.handle("42", deposit{0}));

  auto const now = accounts.load("42");
  if (!now) return report(now.error());
  std::printf("balance: %d\n", static_cast<int>(now->state.balance_cents));

  // Nothing is forgotten: the state at any version, and the events with their metadata.
  evsrc::state_reader<account> reader{**store};
  auto const before = reader.state_at("42", 1);
  if (!before) return report(before.error());
  std::printf("balance after the first event: %d\n", static_cast<int>(before->state.balance_cents));
  auto const history = reader.history("42");
  if (!history) return report(history.error());
  for (auto const& one : history->events)
    std::printf("  %d %s\n", static_cast<int>(one.version), one.wire_name.c_str());
}
