// SPDX-License-Identifier: Apache-2.0
// A bank account: its events, its state, and what may be done with it.
#pragma once

#include <cstdint>

#include "evsrc/model/aggregate.hpp"
#include "evsrc/model/decision.hpp"
#include "evsrc/model/validation.hpp"

// What has happened. The names on the wire are written down and outlive the C++ types.
struct money_deposited {
  static constexpr evsrc::event_name wire_name{"account.deposited", 1};
  std::int64_t cents = 0;
};
struct money_withdrawn {
  static constexpr evsrc::event_name wire_name{"account.withdrawn", 1};
  std::int64_t cents = 0;
};

// What all that has come to. Nothing but the events changes it.
struct account {
  static constexpr evsrc::category category{"account"};
  using events = evsrc::events<money_deposited, money_withdrawn>;

  std::int64_t balance_cents = 0;
  void apply(money_deposited const& e) { balance_cents += e.cents; }
  void apply(money_withdrawn const& e) { balance_cents -= e.cents; }
};
static_assert(evsrc::check_aggregate<account>());

// What somebody wants. A command that makes no sense in itself is refused before anything is read.
struct deposit {
  std::int64_t cents = 0;
  [[nodiscard]] evsrc::result<> validate() const {
    if (cents > 0) return {};
    return evsrc::invalid("cents", "must be above zero");
  }
};
struct withdraw {
  std::int64_t cents = 0;
};

// Why not. A rejection is an answer of the business, not an error.
struct insufficient_funds {
  std::int64_t balance_cents = 0;
};

// Pure functions: they read the state and say what follows.
inline evsrc::decision<account> decide(account const&, deposit const& command) {
  return money_deposited{command.cents};
}
inline evsrc::decision<account, insufficient_funds> decide(account const& state,
                                                           withdraw const& command) {
  if (command.cents > state.balance_cents)
    return evsrc::reject(insufficient_funds{state.balance_cents});
  return money_withdrawn{command.cents};
}
