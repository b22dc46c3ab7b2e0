// SPDX-License-Identifier: Apache-2.0
// Tests the account's rules without a store and without a test framework.
#include "account.hpp"
#include "evsrc/testing/spec.hpp"

int main() {
  using evsrc::testing::given;
  auto const rich = given<account>(money_deposited{1000});
  bool const holds = rich.when(withdraw{500}).then(money_withdrawn{500}) &&
                     rich.when(withdraw{1500}).then_rejected(insufficient_funds{1000});
  return holds ? 0 : 1;
}
