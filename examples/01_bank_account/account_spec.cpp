// SPDX-License-Identifier: Apache-2.0
// The account's rules as specifications: no store, no clock, no threads.
#include <gtest/gtest.h>

#include "account.hpp"
#include "evsrc/testing/spec.hpp"

namespace {

using evsrc::testing::given;

TEST(account, pays_out_what_it_has) {
  EXPECT_TRUE(given<account>(money_deposited{1000}).when(withdraw{500}).then(money_withdrawn{500}));
}

TEST(account, refuses_to_pay_out_more) {
  EXPECT_TRUE(given<account>(money_deposited{1000}, money_withdrawn{600})
                  .when(withdraw{500})
                  .then_rejected(insufficient_funds{400}));
}

TEST(account, takes_no_empty_deposit) {
  EXPECT_TRUE(given<account>().when(deposit{0}).then_invalid("cents"));
}

}  // namespace
