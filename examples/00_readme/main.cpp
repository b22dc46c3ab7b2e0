// SPDX-License-Identifier: Apache-2.0
// The code of the README, to the letter: tests/architecture/snippets.py compares.
#include <chrono>
#include <cstdio>
#include <string>

#include "evsrc/evsrc.hpp"
#include "evsrc/sqlite/event_store.hpp"
#include "evsrc/testing/spec.hpp"

struct money_deposited {
  static constexpr evsrc::event_name wire_name{"account.deposited", 1};
  std::int64_t cents;
};
struct money_withdrawn {
  static constexpr evsrc::event_name wire_name{"account.withdrawn", 1};
  std::int64_t cents;
};

struct account {
  static constexpr evsrc::category category{"account"};
  using events = evsrc::events<money_deposited, money_withdrawn>;
  std::int64_t balance_cents = 0;
  void apply(money_deposited const& e) { balance_cents += e.cents; }
  void apply(money_withdrawn const& e) { balance_cents -= e.cents; }
};

struct withdraw {
  std::int64_t cents;
};
struct insufficient_funds {
  std::int64_t balance_cents;
};

evsrc::decision<account, insufficient_funds> decide(account const& a, withdraw const& c) {
  if (c.cents > a.balance_cents) return evsrc::reject(insufficient_funds{a.balance_cents});
  return money_withdrawn{c.cents};
}

namespace {

using evsrc::testing::given;
using namespace std::chrono_literals;

void report(evsrc::error const& failure) { std::printf("%s\n", to_string(failure).c_str()); }
void show(auto number) { std::printf("%d\n", static_cast<int>(number)); }

// clang-format off
void handle_request(std::string const& request_id) {
  auto store = evsrc::sqlite::open("bank.db");
  if (!store) return report(store.error());
  evsrc::command_handler<account> accounts{**store};
  auto outcome = accounts.handle("42", withdraw{500}, {.key = request_id, .deadline = 2s});
  if (outcome) show(outcome->version);
  else if (auto const* no = outcome.rejection<insufficient_funds>()) show(no->balance_cents);
  else report(outcome.error());
}
// clang-format on

bool pays_out_what_it_has() {
  return bool(given<account>(money_deposited{1000}).when(withdraw{500}).then(money_withdrawn{500}));
}

}  // namespace

int main() {
  handle_request("request-7");
  std::puts(pays_out_what_it_has() ? "the rules hold" : "the rules are broken");
}
