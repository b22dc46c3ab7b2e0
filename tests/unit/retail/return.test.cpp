// SPDX-License-Identifier: Apache-2.0
// Tests of goods that came back.
#include "evsrc/retail/return.hpp"

#include <gtest/gtest.h>

#include "order_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;

static_assert(evsrc::check_aggregate<retail::return_note>());

retail::record_return big_return() {
  return {"C581484", "16446", {item("23843", 80995, "2.08")}, "GBP", "United Kingdom"};
}

TEST(return_note, lowers_money_by_the_exact_sum) {
  auto const state = after(retail::return_note{}, big_return());
  EXPECT_EQ(state.units, 80995);
  EXPECT_EQ(to_string(state.refund), "168469.60");
}

TEST(return_note, grows_by_rows_that_come_later) {
  auto state = after(retail::return_note{}, big_return());
  state = after(state, big_return());
  EXPECT_EQ(state.lines, 2);
  EXPECT_EQ(to_string(state.refund), "336939.20");
}

TEST(record_return, takes_free_goods_back) {
  auto command = big_return();
  command.items[0].price = amount("0.00");
  EXPECT_EQ(broken_rule(command), "none");
  command.items[0].price = amount("-1");
  EXPECT_EQ(broken_rule(command), "items[0].price: must not be below zero, is -1");
  command.items[0] = item("23843", -1, "1.00");
  EXPECT_EQ(broken_rule(command), "items[0].quantity: must be above zero, is -1");
}

TEST(return_recorded, states_its_sum_exactly) {
  retail::return_recorded event;
  event.return_id = "C1";
  event.customer_id = "1";
  event.items = {item("a", 2, "1.50")};
  event.refund_amount = amount("3.01");
  EXPECT_EQ(broken_rule(event), "refund_amount: must equal the sum of the items, 3.00, is 3.01");
}

}  // namespace
