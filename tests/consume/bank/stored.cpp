// SPDX-License-Identifier: Apache-2.0
// Keeps the account in a file: a deposit, a withdrawal given twice under one key, a refusal.
#include <iostream>

#include "account.hpp"
#include "evsrc/runtime/command_handler.hpp"
#include "evsrc/sqlite/event_store.hpp"

int main() {
  auto const store = evsrc::sqlite::open("bank.db");
  if (!store) {
    std::cerr << to_string(store.error()) << '\n';
    return 1;
  }
  evsrc::command_handler<account> accounts{**store};

  auto const opened = accounts.handle("42", deposit{1000});
  auto const paid = accounts.handle("42", withdraw{400}, {.key = "request-1"});
  auto const repeated = accounts.handle("42", withdraw{400}, {.key = "request-1"});
  auto const refused = accounts.handle("42", withdraw{700});
  auto const now = accounts.load("42");
  if (!opened || !paid || !repeated || refused || !now) return 1;

  std::cout << now->state.balance_cents << " cents at version " << now->version << '\n';
  return now->state.balance_cents == 600 && now->version == 2 &&
                 refused.rejection<insufficient_funds>() != nullptr
             ? 0
             : 1;
}
