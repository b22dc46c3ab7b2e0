// SPDX-License-Identifier: Apache-2.0
// The account's rules, in a translation unit of its own.
#include "account.hpp"

#include "evsrc/model/fold.hpp"

evsrc::decision<account> decide(account const&, deposit const& command) {
  return money_deposited{command.cents};
}

evsrc::decision<account, insufficient_funds> decide(account const& state, withdraw const& command) {
  if (command.cents > state.balance_cents)
    return evsrc::reject(insufficient_funds{state.balance_cents});
  return money_withdrawn{command.cents};
}
