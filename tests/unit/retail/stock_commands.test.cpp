// SPDX-License-Identifier: Apache-2.0
// Tests of what a stock accepts and how it says no.
#include "evsrc/retail/stock_commands.hpp"

#include <gtest/gtest.h>

#include "order_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;
using retail::stock_reason;

retail::stock with(std::int64_t quantity) {
  return after(retail::stock{}, retail::receive_stock{.sku = "a", .quantity = quantity});
}

TEST(receive_stock, is_one_event_of_the_new_level) {
  auto const many = ask(retail::stock{}, retail::receive_stock{.sku = "a", .quantity = 10});
  auto const* event = only_event<retail::inventory_updated>(many);
  ASSERT_NE(event, nullptr);
  EXPECT_EQ(event->current_stock, 10);
  EXPECT_EQ(event->previous_stock, 0);
  EXPECT_EQ(event->change_amount, 10);
  EXPECT_EQ(event->threshold_level, 10);
  EXPECT_EQ(event->reorder_point, 50);
  EXPECT_EQ(event->product_id, "a");
  auto const few = ask(retail::stock{}, retail::receive_stock{.sku = "a", .quantity = 9});
  EXPECT_NE(only_event<retail::inventory_low_stock>(few), nullptr);
}

TEST(receive_stock, opens_only_once) {
  retail::receive_stock const opening{.sku = "a", .quantity = 5, .reason = stock_reason::opening};
  EXPECT_EQ(after(retail::stock{}, opening).opening, 5);
  auto const again = ask(with(7), opening);
  ASSERT_NE(again.rejection<retail::stock_opened>(), nullptr);
  EXPECT_EQ(again.rejection<retail::stock_opened>()->available, 7);
}

TEST(receive_stock, and_adjusting_keep_product_and_warehouse) {
  retail::receive_stock const first{
      .sku = "a", .quantity = 5, .product_id = "p-1", .warehouse_id = "north"};
  auto state = after(retail::stock{}, first);
  state = after(state, retail::adjust_stock{.sku = "a", .change_amount = -1});
  state = after(state, retail::receive_stock{.sku = "a", .quantity = 1});
  EXPECT_EQ(state.product_id, "p-1");
  EXPECT_EQ(state.warehouse_id, "north");
  state = after(state, retail::receive_stock{.sku = "a", .quantity = 1, .warehouse_id = "south"});
  EXPECT_EQ(state.product_id, "p-1");
  EXPECT_EQ(state.warehouse_id, "south");
}

TEST(receive_stock, names_what_is_wrong) {
  EXPECT_EQ(broken_rule(retail::receive_stock{.sku = "a", .quantity = 0}),
            "quantity: must be above zero, is 0");
  EXPECT_EQ(broken_rule(retail::receive_stock{
                .sku = "a", .quantity = 1, .reason = stock_reason::written_off}),
            "reason: must be opening, received or returned");
  EXPECT_EQ(broken_rule(retail::receive_stock{.quantity = 1}), "sku: must not be empty");
}

TEST(reserve_stock, takes_all_that_is_there_and_no_piece_more) {
  EXPECT_EQ(after(with(5), retail::reserve_stock{"o-1", "a", 5, {}}).available, 0);
  auto const answer = ask(with(5), retail::reserve_stock{"o-1", "a", 6, {}});
  auto const* no = answer.rejection<retail::stock_insufficient>();
  ASSERT_NE(no, nullptr);
  EXPECT_EQ(no->shortages, (std::vector<retail::stock_shortage>{{"a", 6, 5}}));
}

TEST(reserve_stock, goes_below_zero_where_backorders_are_allowed) {
  retail::stock_policy const backorders{.allow_backorder = true};
  auto const state = after(with(5), retail::reserve_stock{"o-1", "a", 6, backorders});
  EXPECT_EQ(state.available, -1);
  EXPECT_EQ(state.reserved_for("o-1"), 6);
}

TEST(reserve_stock, signals_a_level_when_it_is_reached_and_not_again) {
  auto const to_low = ask(with(15), retail::reserve_stock{"o-1", "a", 6, {}});
  ASSERT_EQ(to_low.events().size(), 2U);
  auto const* low = std::get_if<retail::inventory_low_stock>(&to_low.events()[1]);
  ASSERT_NE(low, nullptr);
  EXPECT_EQ(low->current_stock, 9);
  EXPECT_EQ(low->change_amount, -6);
  EXPECT_EQ(low->reference, "o-1");
  EXPECT_EQ(ask(with(9), retail::reserve_stock{"o-1", "a", 1, {}}).events().size(), 1U);
  auto const to_out = ask(with(9), retail::reserve_stock{"o-1", "a", 9, {}});
  ASSERT_EQ(to_out.events().size(), 2U);
  EXPECT_TRUE(std::holds_alternative<retail::inventory_out_of_stock>(to_out.events()[1]));
}

TEST(reserve_stock, adds_to_what_the_order_has) {
  auto state = after(with(10), retail::reserve_stock{"o-1", "a", 3, {}});
  state = after(state, retail::reserve_stock{"o-1", "a", 4, {}});
  EXPECT_EQ(state.reserved_for("o-1"), 7);
}

TEST(release_stock, gives_back_a_part_or_all) {
  auto const state = after(with(10), retail::reserve_stock{"o-1", "a", 7, {}});
  EXPECT_EQ(after(state, retail::release_stock{"o-1", "a", 2, {}}).reserved_for("o-1"), 5);
  EXPECT_EQ(after(state, retail::release_stock{"o-1", "a", {}, {}}).reserved_for("o-1"), 0);
}

TEST(release_stock, refuses_what_was_not_reserved) {
  auto const state = after(with(10), retail::reserve_stock{"o-1", "a", 7, {}});
  auto const more = ask(state, retail::release_stock{"o-1", "a", 8, {}});
  ASSERT_NE(more.rejection<retail::not_reserved>(), nullptr);
  EXPECT_EQ(more.rejection<retail::not_reserved>()->reserved, 7);
  EXPECT_TRUE(ask(state, retail::release_stock{"o-2", "a", {}, {}}).is_rejected());
}

TEST(ship_stock, leaves_the_available_number_alone) {
  auto state = after(with(10), retail::reserve_stock{"o-1", "a", 7, {}});
  state = after(state, retail::ship_stock{"o-1", "a", 7});
  EXPECT_EQ(state.available, 3);
  EXPECT_EQ(state.shipped, 7);
  EXPECT_TRUE(ask(state, retail::ship_stock{"o-1", "a", {}}).is_rejected());
}

TEST(adjust_stock, never_goes_below_zero_by_itself) {
  retail::adjust_stock const loss{
      .sku = "a", .change_amount = -6, .reason = stock_reason::written_off};
  EXPECT_TRUE(ask(with(5), loss).is_rejected());
  EXPECT_EQ(after(with(6), loss).available, 0);
  auto allowed = loss;
  allowed.policy.allow_backorder = true;
  EXPECT_EQ(after(with(5), allowed).available, -1);
}

TEST(adjust_stock, accepts_pieces_below_zero) {
  retail::stock_policy const backorders{.allow_backorder = true};
  auto state = after(with(1), retail::reserve_stock{"o-1", "a", 11, backorders});
  state = after(state, retail::adjust_stock{.sku = "a", .change_amount = 4});
  EXPECT_EQ(state.available, -6);
}

TEST(adjust_stock, has_a_direction_for_each_reason) {
  EXPECT_EQ(broken_rule(retail::adjust_stock{
                .sku = "a", .change_amount = 1, .reason = stock_reason::written_off}),
            "change_amount: must be below zero for written_off, is 1");
  EXPECT_EQ(broken_rule(retail::adjust_stock{
                .sku = "a", .change_amount = -1, .reason = stock_reason::returned}),
            "change_amount: must be above zero for returned, is -1");
  EXPECT_EQ(broken_rule(retail::adjust_stock{
                .sku = "a", .change_amount = 1, .reason = stock_reason::opening}),
            "reason: must be written_off, returned or corrected");
  EXPECT_EQ(broken_rule(retail::adjust_stock{.sku = "a", .change_amount = 0}),
            "change_amount: must not be zero nor beyond 1000000000 either way, is 0");
}

}  // namespace
