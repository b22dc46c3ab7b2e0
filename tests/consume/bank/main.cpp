// SPDX-License-Identifier: Apache-2.0
// Withdraws from an account: once with success, once without.
#include <iostream>
#include <vector>

#include "account.hpp"
#include "evsrc/core/clock.hpp"
#include "evsrc/core/uuid.hpp"
#include "evsrc/model/fold.hpp"
#include "evsrc/version.hpp"

int main() {
  std::vector<account::events::variant> history{money_deposited{1000}};
  auto const accepted = decide(evsrc::fold<account>(history), withdraw{400});
  history.insert(history.end(), accepted.events().begin(), accepted.events().end());

  auto const now = evsrc::fold<account>(history);
  auto const refused = decide(now, withdraw{700});
  std::cout << "evsrc " << EVSRC_VERSION_STRING << ": " << now.balance_cents << " cents, refused "
            << refused.is_rejected() << '\n';
  return now.balance_cents == 600 && refused.rejection<insufficient_funds>() != nullptr ? 0 : 1;
}
