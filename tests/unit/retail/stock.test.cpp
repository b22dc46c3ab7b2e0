// SPDX-License-Identifier: Apache-2.0
// Tests of how events build a stock.
#include "evsrc/retail/stock.hpp"

#include <gtest/gtest.h>

#include "order_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;

static_assert(evsrc::check_aggregate<retail::stock>());

TEST(stock_level, changes_at_zero_and_at_the_threshold) {
  using retail::level_of;
  using retail::stock_level;
  EXPECT_EQ(level_of(10, 10), stock_level::in_stock);
  EXPECT_EQ(level_of(9, 10), stock_level::low);
  EXPECT_EQ(level_of(1, 10), stock_level::low);
  EXPECT_EQ(level_of(0, 10), stock_level::out);
  EXPECT_EQ(level_of(-1, 10), stock_level::out);
  EXPECT_EQ(level_of(1, 0), stock_level::in_stock);
}

TEST(stock_policy, starts_with_thresholds_of_ten_and_fifty) {
  EXPECT_EQ(retail::stock_policy{}.low_stock, 10);
  EXPECT_EQ(retail::stock_policy{}.reorder_point, 50);
  EXPECT_FALSE(retail::stock_policy{}.allow_backorder);
  EXPECT_EQ(broken_rule(retail::stock_policy{.low_stock = -1}),
            "policy.low_stock: must not be below zero, is -1");
}

TEST(stock, does_not_count_a_reservation_twice_when_the_level_follows) {
  retail::stock state;
  state = after(state, retail::receive_stock{.sku = "a", .quantity = 12});
  auto const answer = ask(state, retail::reserve_stock{"o-1", "a", 12, {}});
  ASSERT_EQ(answer.events().size(), 2U);
  for (auto const& event : answer.events()) evsrc::apply_any(state, event);
  EXPECT_EQ(state.available, 0);
  EXPECT_EQ(state.reserved, 12);
  EXPECT_TRUE(state.is_balanced());
}

TEST(stock, remembers_open_reservations_only) {
  retail::stock state;
  state = after(state, retail::receive_stock{.sku = "a", .quantity = 100});
  for (auto const* order : {"o-2", "o-1", "o-3"})
    state = after(state, retail::reserve_stock{order, "a", 10, {}});
  EXPECT_EQ(state.reserved_for("o-1"), 10);
  EXPECT_EQ(state.reserved_for("o-4"), 0);
  ASSERT_EQ(state.reservations.size(), 3U);
  EXPECT_EQ(state.reservations[0].order_id, "o-1");
  state = after(state, retail::ship_stock{"o-1", "a", {}});
  state = after(state, retail::release_stock{"o-2", "a", {}, {}});
  ASSERT_EQ(state.reservations.size(), 1U);
  EXPECT_EQ(state.shipped, 10);
  EXPECT_EQ(state.reserved, 10);
  EXPECT_EQ(state.available, 80);
}

TEST(stock, balances_every_way_in_and_out) {
  retail::stock state;
  state = after(state, retail::receive_stock{
                           .sku = "a", .quantity = 100, .reason = retail::stock_reason::opening});
  state = after(state, retail::receive_stock{.sku = "a", .quantity = 20});
  state = after(state,
                retail::adjust_stock{
                    .sku = "a", .change_amount = -7, .reason = retail::stock_reason::written_off});
  state =
      after(state, retail::adjust_stock{
                       .sku = "a", .change_amount = 3, .reason = retail::stock_reason::returned});
  state = after(state, retail::adjust_stock{.sku = "a", .change_amount = -2});
  state = after(state, retail::reserve_stock{"o-1", "a", 50, {}});
  state = after(state, retail::ship_stock{"o-1", "a", 30});
  EXPECT_EQ(state.opening, 100);
  EXPECT_EQ(state.received, 20);
  EXPECT_EQ(state.written_off, 7);
  EXPECT_EQ(state.returned, 3);
  EXPECT_EQ(state.adjusted, -2);
  EXPECT_EQ(state.available, 64);
  EXPECT_EQ(state.reserved, 20);
  EXPECT_EQ(state.shipped, 30);
  EXPECT_TRUE(state.is_balanced());
}

TEST(stock, survives_stored_numbers_that_no_rule_let_through) {
  retail::inventory_updated event;
  event.sku = "a";
  event.change_amount = std::numeric_limits<std::int64_t>::max();
  retail::stock state;
  state.apply(event);
  state.apply(event);
  EXPECT_TRUE(state.is_balanced());
}

}  // namespace
