// SPDX-License-Identifier: Apache-2.0
// Tests of adjustments and of rejected rows.
#include "evsrc/retail/adjustment.hpp"

#include <gtest/gtest.h>

#include "evsrc/retail/row_rejected.hpp"
#include "order_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;

static_assert(evsrc::check_aggregate<retail::adjustment_note>());

TEST(adjustment_note, takes_amounts_below_zero) {
  retail::record_adjustment const bad_debt{.adjustment_id = "A563186",
                                           .product_id = "B",
                                           .quantity = 1,
                                           .price = amount("-11062.06"),
                                           .currency = "GBP",
                                           .description = "Adjust bad debt"};
  EXPECT_EQ(broken_rule(bad_debt), "none");
  auto const state = after(retail::adjustment_note{}, bad_debt);
  EXPECT_EQ(to_string(state.amount), "-11062.06");
  EXPECT_EQ(state.lines, 1);
}

TEST(adjustment_recorded, is_quantity_times_price) {
  retail::adjustment_recorded event;
  event.adjustment_id = "A1";
  event.product_id = "B";
  event.quantity = -2;
  event.price = amount("1.50");
  event.amount = amount("3.00");
  EXPECT_EQ(broken_rule(event), "amount: must equal quantity times price, -3.00, is 3.00");
}

TEST(record_adjustment, reports_an_amount_that_does_not_fit) {
  retail::record_adjustment command{.adjustment_id = "A1", .product_id = "B", .quantity = 3};
  command.price = evsrc::money{std::numeric_limits<std::int64_t>::max(), 2};
  EXPECT_EQ(broken_rule(command), "price: times quantity does not fit 64 bits");
}

TEST(row_rejected, says_where_and_why) {
  retail::row_rejected event;
  event.file = "online-retail.csv";
  event.row = 17;
  event.reason = "price";
  EXPECT_EQ(broken_rule(event), "message: must not be empty");
  event.message = "price: must be above zero, is 0.00";
  EXPECT_EQ(broken_rule(event), "none");
  event.row = 0;
  EXPECT_EQ(broken_rule(event), "row: must be above zero, is 0");
}

}  // namespace
