// SPDX-License-Identifier: Apache-2.0
// Tests of the laws of a shop: what agrees, and what is said where it does not.
#include "evsrc/retail/laws.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "order_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;
using evsrc::money;
using retail::order_state;

retail::stock moved_stock() {
  retail::stock state;
  state = after(state, retail::receive_stock{.sku = "a", .quantity = 50});
  state = after(state, retail::reserve_stock{"o-1", "a", 12, {}});
  state = after(state, retail::reserve_stock{"o-2", "a", 7, {}});
  state = after(state, retail::ship_stock{"o-1", "a", {}});
  return after(state,
               retail::adjust_stock{
                   .sku = "a", .change_amount = -3, .reason = retail::stock_reason::written_off});
}

TEST(stock_law, holds_of_pieces_that_moved) {
  EXPECT_FALSE(imbalance_of(retail::stock{}));
  EXPECT_FALSE(imbalance_of(moved_stock()));
}

TEST(stock_law, sees_a_piece_that_is_nowhere_and_one_too_many) {
  for (auto const part : {&retail::stock::available, &retail::stock::reserved,
                          &retail::stock::shipped, &retail::stock::written_off}) {
    auto state = moved_stock();
    ++(state.*part);
    auto const found = imbalance_of(state);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->sku, "a");
    EXPECT_EQ(found->accounted_for - found->came_in, 1);
    EXPECT_FALSE(state.is_balanced());
  }
  for (auto const part : {&retail::stock::opening, &retail::stock::received,
                          &retail::stock::returned, &retail::stock::adjusted}) {
    auto state = moved_stock();
    ++(state.*part);
    EXPECT_EQ(imbalance_of(state), (retail::stock_imbalance{"a", 47, 48}));
  }
}

TEST(stock_law, is_defined_for_numbers_that_no_rule_let_through) {
  retail::stock state;
  state.available = std::numeric_limits<std::int64_t>::max();
  state.reserved = 1;
  state.opening = std::numeric_limits<std::int64_t>::min();
  EXPECT_FALSE(imbalance_of(state));
}

TEST(stock_law, says_both_sides) {
  EXPECT_EQ(to_string(retail::stock_imbalance{"85123A", 39, 40}),
            "stock 85123A: 39 pieces are accounted for, 40 came in");
}

TEST(money_law, holds_where_orders_keep_what_was_paid) {
  EXPECT_FALSE(imbalance_of(retail::payment_totals{}));
  EXPECT_FALSE(imbalance_of(
      retail::payment_totals{.charged = {1'000, 2}, .refunded = {250, 2}, .kept = {7'500, 3}}));
  EXPECT_FALSE(imbalance_of(
      retail::payment_totals{.charged = {1'000, 2}, .kept = {900, 2}, .in_doubt = {100, 2}}));
}

TEST(money_law, sees_a_thousandth) {
  retail::payment_totals const totals{
      .charged = {1'000, 2}, .refunded = {250, 2}, .kept = {7'501, 3}};
  auto const found = imbalance_of(totals);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (retail::money_imbalance{{7'500, 3}, {7'501, 3}}));
  EXPECT_EQ(to_string(*found),
            "money: 7.50 was charged and not refunded, "
            "7.501 is accounted for by orders");
}

TEST(money_law, does_not_hold_of_sums_that_do_not_fit) {
  auto const most = money{std::numeric_limits<std::int64_t>::max(), 2};
  EXPECT_TRUE(imbalance_of(retail::payment_totals{.kept = most, .in_doubt = {1, 2}}));
}

TEST(money_law, counts_orders_that_keep_their_payment) {
  for (auto const state : {order_state::paid, order_state::fulfilled, order_state::completed})
    EXPECT_TRUE(retail::keeps_payment(state)) << to_string(state);
  for (auto const state : {order_state::none, order_state::created, order_state::pending_inventory,
                           order_state::confirmed, order_state::cancelled})
    EXPECT_FALSE(retail::keeps_payment(state)) << to_string(state);
}

}  // namespace
