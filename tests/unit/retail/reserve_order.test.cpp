// SPDX-License-Identifier: Apache-2.0
// Tests of decisions over an order and its stocks.
#include "evsrc/retail/reserve_order.hpp"

#include <gtest/gtest.h>

#include "evsrc/codec/json_codec.hpp"
#include "order_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;
using retail::order_state;
using state_of_both = retail::order_with_stocks;

retail::stock with(std::string sku, std::int64_t quantity) {
  return after(retail::stock{}, retail::receive_stock{.sku = std::move(sku), .quantity = quantity});
}

state_of_both shop(std::int64_t of_first, std::int64_t of_second) {
  state_of_both both;
  both.get<retail::order>() = after(retail::order{}, two_line_order());
  both.get<retail::stock>()["85123A"] = with("85123A", of_first);
  both.get<retail::stock>()["71053"] = with("71053", of_second);
  return both;
}

template <class Command>
state_of_both after_both(state_of_both both, Command const& command) {
  auto const answer = call_decide(both, command, context());
  EXPECT_FALSE(answer.is_rejected());
  for (auto const& event : answer.events())
    std::visit(
        [&](auto const& one) {
          using aggregate = typename std::remove_cvref_t<decltype(one)>::aggregate_type;
          if constexpr (std::is_same_v<aggregate, retail::order>)
            evsrc::apply_any(both.get<retail::order>(), one.event);
          else
            evsrc::apply_any(both.get<retail::stock>()[one.key], one.event);
        },
        event);
  return both;
}

TEST(reserve_order, reserves_every_line_and_confirms) {
  auto const both = after_both(shop(100, 100), retail::reserve_order{});
  EXPECT_EQ(both.get<retail::order>().state, order_state::confirmed);
  EXPECT_EQ(both.at<retail::stock>("85123A").reserved_for("536365"), 6);
  EXPECT_EQ(both.at<retail::stock>("71053").reserved_for("536365"), 6);
}

TEST(reserve_order, takes_nothing_where_one_line_is_short) {
  auto const both = after_both(shop(100, 5), retail::reserve_order{});
  EXPECT_EQ(both.get<retail::order>().state, order_state::pending_inventory);
  EXPECT_EQ(both.at<retail::stock>("85123A").available, 100);
  EXPECT_EQ(both.at<retail::stock>("71053").available, 5);
}

TEST(reserve_order, says_everything_that_is_short) {
  auto const answer = call_decide(shop(1, 2), retail::reserve_order{}, context());
  ASSERT_EQ(answer.events().size(), 1U);
  using to_order = evsrc::detail::addressed<retail::order>;
  auto const* event = std::get_if<to_order>(&answer.events()[0]);
  ASSERT_NE(event, nullptr);
  auto const* short_of = std::get_if<retail::inventory_insufficient>(&event->event);
  ASSERT_NE(short_of, nullptr);
  EXPECT_EQ(short_of->shortages,
            (std::vector<retail::stock_shortage>{{"71053", 6, 2}, {"85123A", 6, 1}}));
}

TEST(reserve_order, refuses_with_as_many_shortages_as_fit_under_a_key) {
  state_of_both both;
  retail::create_order order{.order_id = "1"};
  for (int i = 0; i != 2'000; ++i) {
    auto const sku = "a-product-with-a-long-number-" + std::to_string(i);
    order.items.push_back(item(sku, 1, "1.00"));
    both.get<retail::stock>()[sku];
  }
  both.get<retail::order>() = after(retail::order{}, order);
  both = after_both(both, retail::reserve_order{});
  auto const answer = call_decide(both, retail::reserve_order{}, context());
  auto const* no = answer.rejection<retail::stock_insufficient>();
  ASSERT_NE(no, nullptr);
  EXPECT_EQ(no->shortages.size(), retail::refused_shortages_max);
  std::string text;
  EXPECT_TRUE(evsrc::encode_json(*no, text, evsrc::limits::outcome_bytes));
}

TEST(reserve_order, sums_lines_of_one_product) {
  auto both = shop(11, 100);
  auto& of = both.get<retail::order>();
  of = after(of, retail::add_order_lines{{item("85123A", 6, "2.55")}});
  EXPECT_EQ(after_both(both, retail::reserve_order{}).get<retail::order>().state,
            order_state::pending_inventory);
  both.get<retail::stock>()["85123A"] = with("85123A", 12);
  EXPECT_EQ(after_both(both, retail::reserve_order{}).at<retail::stock>("85123A").available, 0);
}

TEST(reserve_order, of_a_waiting_order_is_rejected_until_there_is_enough) {
  auto both = after_both(shop(100, 5), retail::reserve_order{});
  auto const again = call_decide(both, retail::reserve_order{}, context());
  ASSERT_NE(again.rejection<retail::stock_insufficient>(), nullptr);
  auto& second = both.get<retail::stock>()["71053"];
  second = after(second, retail::receive_stock{.sku = "71053", .quantity = 1});
  EXPECT_EQ(after_both(both, retail::reserve_order{}).get<retail::order>().state,
            order_state::confirmed);
}

/// Pieces of the first product that somebody set aside for the order by hand.
state_of_both shop_that_set_aside(std::int64_t quantity) {
  auto both = shop(100, 100);
  auto& first = both.get<retail::stock>()["85123A"];
  first = after(first, retail::reserve_stock{"536365", "85123A", quantity, {}});
  return both;
}

TEST(reserve_order, reserves_only_what_is_not_reserved_yet) {
  auto const both = after_both(shop_that_set_aside(4), retail::reserve_order{});
  EXPECT_EQ(both.at<retail::stock>("85123A").reserved_for("536365"), 6);
  EXPECT_EQ(both.at<retail::stock>("85123A").available, 94);
  EXPECT_EQ(both.at<retail::stock>("71053").reserved_for("536365"), 6);
  EXPECT_EQ(both.get<retail::order>().state, order_state::confirmed);
}

TEST(reserve_order, releases_what_is_reserved_beyond_the_lines) {
  auto both = shop_that_set_aside(10);
  auto& of = both.get<retail::order>();
  retail::update_order other;
  other.items = {item("71053", 2, "3.39")};
  of = after(of, other);
  both = after_both(both, retail::reserve_order{});
  EXPECT_EQ(both.at<retail::stock>("85123A").reserved_for("536365"), 0);
  EXPECT_EQ(both.at<retail::stock>("71053").reserved_for("536365"), 2);
}

TEST(reserve_order, names_a_stock_that_was_not_loaded) {
  auto both = shop(100, 100);
  both.get<retail::stock>().erase("71053");
  auto const answer = call_decide(both, retail::reserve_order{}, context());
  ASSERT_NE(answer.rejection<retail::stock_not_loaded>(), nullptr);
  EXPECT_EQ(answer.rejection<retail::stock_not_loaded>()->sku, "71053");
}

TEST(reserve_order, takes_backorders_of_products_that_never_came) {
  auto both = shop(1, 1);
  both.get<retail::stock>()["71053"] = retail::stock{};
  both = after_both(both, retail::reserve_order{{.allow_backorder = true}});
  EXPECT_EQ(both.get<retail::order>().state, order_state::confirmed);
  EXPECT_EQ(both.at<retail::stock>("71053").available, -6);
  EXPECT_EQ(both.at<retail::stock>("71053").sku, "71053");
}

TEST(reserve_order, is_refused_for_a_confirmed_order) {
  auto const both = after_both(shop(100, 100), retail::reserve_order{});
  EXPECT_NE(call_decide(both, retail::reserve_order{}, context())
                .rejection<retail::order_state_refused>(),
            nullptr);
}

TEST(ship_order, moves_every_stock_and_fulfils) {
  auto both = after_both(shop(100, 100), retail::reserve_order{});
  auto& of = both.get<retail::order>();
  of = after(of, retail::complete_payment{"p-1", amount("35.64"), {}});
  both = after_both(both, retail::ship_order{"s-1", {}, {}});
  EXPECT_EQ(both.get<retail::order>().state, order_state::fulfilled);
  EXPECT_EQ(both.at<retail::stock>("85123A").shipped, 6);
  EXPECT_EQ(both.at<retail::stock>("71053").shipped, 6);
  EXPECT_TRUE(both.at<retail::stock>("71053").reservations.empty());
}

TEST(complete_order, books_out_what_others_shipped) {
  auto both = after_both(shop(100, 100), retail::reserve_order{});
  auto& of = both.get<retail::order>();
  of = after(of, retail::complete_payment{"p-1", amount("35.64"), {}});
  EXPECT_NE(call_decide(both, retail::complete_order{}, context())
                .rejection<retail::order_state_refused>(),
            nullptr)
      << "nobody has shipped it";
  of = after(of, retail::complete_shipping{"s-1", {}, {}});
  both = after_both(both, retail::complete_order{});
  EXPECT_EQ(both.get<retail::order>().state, order_state::completed);
  EXPECT_EQ(both.at<retail::stock>("85123A").shipped, 6);
  EXPECT_EQ(both.at<retail::stock>("71053").shipped, 6);
  EXPECT_TRUE(both.at<retail::stock>("71053").reservations.empty());
}

TEST(ship_order, refuses_lines_that_have_no_stock) {
  auto both = shop(100, 100);
  auto& of = both.get<retail::order>();
  of = after(of, retail::confirm_order{});
  of = after(of, retail::complete_payment{"p-1", amount("35.64"), {}});
  auto const answer = call_decide(both, retail::ship_order{"s-1", {}, {}}, context());
  EXPECT_NE(answer.rejection<retail::not_reserved>(), nullptr);
}

TEST(release_order, cancels_and_gives_everything_back) {
  auto both = after_both(shop(100, 100), retail::reserve_order{});
  both = after_both(both, retail::release_order{"payment failed"});
  EXPECT_EQ(both.get<retail::order>().state, order_state::cancelled);
  EXPECT_EQ(both.at<retail::stock>("85123A").available, 100);
  EXPECT_EQ(both.at<retail::stock>("71053").available, 100);
}

TEST(stock_keys, are_distinct_and_in_order) {
  EXPECT_EQ(retail::stock_keys({item("b", 1, "1"), item("a", 1, "1"), item("b", 2, "1")}),
            (std::vector<std::string>{"a", "b"}));
}

}  // namespace
