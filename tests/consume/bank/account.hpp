// SPDX-License-Identifier: Apache-2.0
// A bank account as a user of the library writes it.
#pragma once

#include <cstdint>

#include "evsrc/model/aggregate.hpp"
#include "evsrc/model/decision.hpp"

struct money_deposited {
  static constexpr evsrc::event_name wire_name{"account.deposited", 1};
  std::int64_t cents = 0;
};
struct money_withdrawn {
  static constexpr evsrc::event_name wire_name{"account.withdrawn", 1};
  std::int64_t cents = 0;
};

struct account {
  static constexpr evsrc::category category{"account"};
  using events = evsrc::events<money_deposited, money_withdrawn>;

  std::int64_t balance_cents = 0;
  void apply(money_deposited const& e) { balance_cents += e.cents; }
  void apply(money_withdrawn const& e) { balance_cents -= e.cents; }
};
static_assert(evsrc::check_aggregate<account>());

struct deposit {
  std::int64_t cents = 0;
};
struct withdraw {
  std::int64_t cents = 0;
};
struct insufficient_funds {
  std::int64_t balance_cents = 0;
};

evsrc::decision<account> decide(account const& state, deposit const& command);
evsrc::decision<account, insufficient_funds> decide(account const& state, withdraw const& command);
