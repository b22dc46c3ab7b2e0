// SPDX-License-Identifier: Apache-2.0
// Tests of what an order accepts and how it says no.
#include "evsrc/retail/order_commands.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "evsrc/codec/json_codec.hpp"
#include "order_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;
using retail::order_state;

retail::order created() { return after(retail::order{}, two_line_order()); }
retail::order confirmed() { return after(created(), retail::confirm_order{}); }
retail::order paid() {
  return after(confirmed(), retail::complete_payment{"p-1", amount("35.64"), {}});
}

TEST(create_order, states_the_exact_sum) {
  auto const answer = ask(retail::order{}, two_line_order());
  auto const* event = only_event<retail::order_created>(answer);
  ASSERT_NE(event, nullptr);
  EXPECT_EQ(to_string(event->total_amount), "35.64");
  EXPECT_EQ(event->shipping_address.at("city"), "London");
}

TEST(create_order, refuses_a_second_time) {
  auto const answer = ask(created(), two_line_order());
  ASSERT_NE(answer.rejection<retail::order_exists>(), nullptr);
  EXPECT_EQ(answer.rejection<retail::order_exists>()->state, order_state::created);
}

TEST(create_order, checks_a_stated_total_to_the_last_digit) {
  auto command = two_line_order();
  command.total_amount = amount("35.64");
  EXPECT_EQ(broken_rule(command), "none");
  command.total_amount = amount("35.65");
  EXPECT_EQ(broken_rule(command), "total_amount: must equal the sum of the items, 35.64, is 35.65");
}

TEST(create_order, needs_items) {
  auto command = two_line_order();
  command.items.clear();
  EXPECT_EQ(broken_rule(command), "items: must not be empty");
}

TEST(create_order, reports_a_sum_that_overflows) {
  auto command = two_line_order();
  command.items[0].price = evsrc::money{std::numeric_limits<std::int64_t>::max(), 2};
  EXPECT_EQ(broken_rule(command), "total_amount: the sum of the items does not fit 64 bits");
}

TEST(update_order, replaces_items_and_total) {
  retail::update_order command;
  command.items = {item("22423", 1, "12.75")};
  auto const state = after(created(), command);
  EXPECT_EQ(state.items.size(), 1U);
  EXPECT_EQ(state.total, amount("12.75"));
  EXPECT_EQ(state.shipping_address.at("city"), "London");
}

TEST(update_order, replaces_the_address_alone) {
  retail::update_order command;
  command.shipping_address = retail::address{{"city", "Leeds"}};
  auto const state = after(created(), command);
  EXPECT_EQ(state.items.size(), 2U);
  EXPECT_EQ(state.shipping_address.at("city"), "Leeds");
}

TEST(update_order, needs_something_to_change) {
  EXPECT_EQ(broken_rule(retail::update_order{}),
            "items: must be given where shipping_address is not");
}

TEST(update_order, comes_too_late_once_confirmed) {
  retail::update_order command;
  command.items = {item("22423", 1, "12.75")};
  auto const answer = ask(confirmed(), command);
  ASSERT_NE(answer.rejection<retail::order_state_refused>(), nullptr);
  EXPECT_EQ(answer.rejection<retail::order_state_refused>()->state, order_state::confirmed);
}

TEST(add_order_lines, come_too_late_once_the_total_is_about_to_be_charged) {
  auto const answer = ask(confirmed(), retail::add_order_lines{{item("84406B", 8, "2.75")}});
  ASSERT_NE(answer.rejection<retail::order_state_refused>(), nullptr);
  EXPECT_EQ(answer.rejection<retail::order_state_refused>()->state, order_state::confirmed);
}

TEST(add_order_lines, keeps_the_finest_scale) {
  auto const state = after(created(), retail::add_order_lines{{item("PADS", 1, "0.001")}});
  EXPECT_EQ(to_string(state.total), "35.641");
}

TEST(add_order_lines, refuses_more_lines_than_an_order_has) {
  auto const answer = ask(created(), retail::add_order_lines{std::vector<retail::order_item>(
                                         retail::order_items_max - 1, item("a", 1, "1.00"))});
  ASSERT_NE(answer.rejection<retail::order_too_large>(), nullptr);
  EXPECT_EQ(answer.rejection<retail::order_too_large>()->lines, 10'001);
}

TEST(add_order_lines, is_refused_where_only_the_total_of_the_order_is_known) {
  retail::order_created old;
  old.order_id = "1";
  old.total_amount = amount("100.00");
  retail::order state;
  evsrc::apply_any(state, retail::order::events::variant(old));
  auto const answer = ask(state, retail::add_order_lines{{item("a", 1, "5.00")}});
  ASSERT_NE(answer.rejection<retail::order_items_unknown>(), nullptr);
  EXPECT_EQ(answer.rejection<retail::order_items_unknown>()->total, amount("100.00"));

  retail::update_order all;
  all.items = {item("a", 1, "5.00")};
  auto const known = after(after(state, all), retail::add_order_lines{{item("b", 1, "5.00")}});
  EXPECT_EQ(to_string(known.total), "10.00");
}

/// Lines of which `count` are as many bytes as an order may have, and a few more.
std::vector<retail::order_item> long_lines(std::size_t count) {
  auto line = item("a", 1, "1.00");
  line.name.assign(retail::order_items_bytes_max / count, 'n');
  return std::vector<retail::order_item>(count, line);
}

TEST(add_order_lines, leaves_room_for_later_events_to_repeat_all_lines) {
  auto const most = long_lines(10'000);
  auto half = most;
  half.resize(most.size() / 2);
  auto const answer =
      ask(after(created(), retail::add_order_lines{half}), retail::add_order_lines{half});
  ASSERT_NE(answer.rejection<retail::order_too_large>(), nullptr);
  auto far_too_long = half;
  far_too_long.front().name.assign(10'000'000, 'n');
  EXPECT_NE(
      ask(created(), retail::add_order_lines{far_too_long}).rejection<retail::order_too_large>(),
      nullptr);
  retail::update_order all;
  all.items = most;
  EXPECT_NE(ask(created(), all).rejection<retail::order_too_large>(), nullptr);
  retail::create_order first{.order_id = "1", .items = most};
  EXPECT_EQ(broken_rule(first), "items: must have at most 921600 bytes as JSON");

  // What is just not refused can be confirmed, completed and cancelled.
  auto fits = long_lines(2);
  fits[0].name.resize(fits[0].name.size() - 200);
  first.items = fits;
  ASSERT_EQ(broken_rule(first), "none");
  auto const state = after(retail::order{}, first);
  std::string text;
  auto const answer_2 = ask(state, retail::cancel_order{std::string(1'000, 'r')});
  auto const* event = only_event<retail::order_cancelled>(answer_2);
  ASSERT_NE(event, nullptr);
  EXPECT_TRUE(evsrc::encode_json(*event, text));
}

TEST(add_order_lines, is_refused_without_an_order_and_after_payment) {
  retail::add_order_lines const command{{item("a", 1, "1.00")}};
  EXPECT_NE(ask(retail::order{}, command).rejection<retail::order_state_refused>(), nullptr);
  EXPECT_NE(ask(paid(), command).rejection<retail::order_state_refused>(), nullptr);
}

TEST(confirm_order, carries_the_order_the_priority_and_the_moment) {
  auto const answer = ask(created(), retail::confirm_order{});
  auto const* event = only_event<retail::order_confirmed>(answer);
  ASSERT_NE(event, nullptr);
  EXPECT_EQ(event->status, "confirmed");
  EXPECT_EQ(event->items.size(), 2U);
  EXPECT_EQ(event->priority, retail::order_priority::normal);
  EXPECT_EQ(evsrc::to_string(event->processed_at), "2010-12-01T08:26:00.000000Z");
}

TEST(hold_order, makes_it_wait_once) {
  retail::hold_order const command{{{"85123A", 6, 2}}};
  auto const state = after(created(), command);
  EXPECT_EQ(state.state, order_state::pending_inventory);
  EXPECT_TRUE(ask(state, command).events().empty());
  EXPECT_EQ(after(state, retail::confirm_order{}).state, order_state::confirmed);
}

TEST(complete_payment, takes_the_exact_total_and_nothing_else) {
  auto const answer = ask(confirmed(), retail::complete_payment{"p-1", amount("35.63"), {}});
  auto const* no = answer.rejection<retail::amount_refused>();
  ASSERT_NE(no, nullptr);
  EXPECT_EQ(to_string(no->expected), "35.64");
  EXPECT_EQ(to_string(no->given), "35.63");
}

TEST(complete_payment, needs_a_confirmed_order) {
  auto const answer = ask(created(), retail::complete_payment{"p-1", amount("35.64"), {}});
  ASSERT_NE(answer.rejection<retail::order_state_refused>(), nullptr);
  EXPECT_EQ(answer.rejection<retail::order_state_refused>()->wanted, order_state::paid);
}

TEST(fail_payment, is_counted_and_changes_no_state) {
  auto const state = after(confirmed(), retail::fail_payment{{}, "card declined"});
  EXPECT_EQ(state.state, order_state::confirmed);
  EXPECT_EQ(state.failed_payments, 1);
}

TEST(refund_payment, gives_back_what_is_left_where_no_amount_stands) {
  auto state = after(paid(), retail::refund_payment{amount("5.64"), {}});
  EXPECT_FALSE(state.is_refunded());
  auto const answer = ask(state, retail::refund_payment{});
  auto const* event = only_event<retail::payment_refunded>(answer);
  ASSERT_NE(event, nullptr);
  EXPECT_EQ(event->amount, amount("30.00"));
  EXPECT_EQ(event->payment_id, "p-1");
}

TEST(refund_payment, never_gives_back_more_than_was_paid) {
  auto const answer = ask(paid(), retail::refund_payment{amount("35.65"), {}});
  ASSERT_NE(answer.rejection<retail::amount_refused>(), nullptr);
  auto const all_back = after(paid(), retail::refund_payment{});
  EXPECT_NE(ask(all_back, retail::refund_payment{}).rejection<retail::amount_refused>(), nullptr);
}

TEST(complete_shipping, is_refused_once_all_is_refunded) {
  auto const state = after(paid(), retail::refund_payment{});
  EXPECT_NE(
      ask(state, retail::complete_shipping{"s-1", {}, {}}).rejection<retail::order_state_refused>(),
      nullptr);
}

TEST(fail_shipping, takes_the_schedule_away) {
  auto const scheduled = after(paid(), retail::schedule_shipping{"s-1", {}, {}});
  auto const failed = after(scheduled, retail::fail_shipping{"s-1", "van broke down"});
  EXPECT_EQ(failed.state, order_state::paid);
  EXPECT_TRUE(failed.shipment_id.empty());
}

TEST(fail_shipping, of_a_shipment_that_was_replaced_is_nothing) {
  auto const first = after(paid(), retail::schedule_shipping{"s-1", {}, {}});
  auto const failed = after(first, retail::fail_shipping{"s-1", "van broke down"});
  auto const second = after(failed, retail::schedule_shipping{"s-2", {}, {}});
  EXPECT_TRUE(ask(second, retail::fail_shipping{"s-1", "van broke down"}).events().empty());
  EXPECT_EQ(second.shipment_id, "s-2");
  EXPECT_TRUE(after(second, retail::fail_shipping{"s-2", "lost"}).shipment_id.empty());
}

TEST(cancel_order, of_a_paid_order_waits_for_the_refund) {
  EXPECT_NE(ask(paid(), retail::cancel_order{}).rejection<retail::order_state_refused>(), nullptr);
  auto const refunded = after(paid(), retail::refund_payment{});
  EXPECT_EQ(after(refunded, retail::cancel_order{}).state, order_state::cancelled);
}

TEST(cancel_order, carries_the_order_and_the_reason) {
  auto const answer = ask(created(), retail::cancel_order{"changed my mind"});
  auto const* event = only_event<retail::order_cancelled>(answer);
  ASSERT_NE(event, nullptr);
  EXPECT_EQ(event->reason, "changed my mind");
  EXPECT_EQ(event->status, "cancelled");
  EXPECT_EQ(event->items.size(), 2U);
}

TEST(complete_order, needs_a_fulfilled_order) {
  EXPECT_NE(ask(paid(), retail::complete_order{}).rejection<retail::order_state_refused>(),
            nullptr);
  auto const fulfilled = after(paid(), retail::complete_shipping{"s-1", {}, {}});
  EXPECT_EQ(after(fulfilled, retail::complete_order{}).state, order_state::completed);
}

TEST(order_commands, do_nothing_to_a_cancelled_order) {
  auto const gone = after(created(), retail::cancel_order{});
  EXPECT_TRUE(ask(gone, retail::confirm_order{}).is_rejected());
  EXPECT_TRUE(ask(gone, retail::cancel_order{}).is_rejected());
  EXPECT_TRUE(ask(gone, retail::hold_order{{{"a", 2, 1}}}).is_rejected());
  EXPECT_TRUE(ask(gone, retail::refund_payment{}).is_rejected());
}

}  // namespace
