// SPDX-License-Identifier: Apache-2.0
// Specifications of the saga: what it says to each answer, and that late ones lead to nothing.
#include "order_saga.hpp"

#include <gtest/gtest.h>

#include "evsrc/testing/spec.hpp"

namespace {

using namespace retail_example;
namespace retail = evsrc::retail;
using evsrc::testing::given;
using evsrc::testing::sent;

/// An answer of a service.
template <class Event>
Event of_order(char const* order_id) {
  Event made;
  made.order_id = order_id;
  return made;
}
retail::order_confirmed confirmed() {
  auto made = of_order<retail::order_confirmed>("7");
  made.total_amount = {1'530, 2};
  return made;
}
retail::payment_failed declined() {
  auto made = of_order<retail::payment_failed>("7");
  made.reason = "card declined";
  return made;
}
retail::shipping_scheduled scheduled() {
  auto made = of_order<retail::shipping_scheduled>("7");
  made.shipment_id = "parcel-7";
  return made;
}

/// The saga up to the step whose answer is due.
auto reserving() { return given<order_saga>(lines_asked{"7"}); }
auto paying() { return reserving().and_given(lines_secured{}); }
auto announcing() { return paying().and_given(money_secured{}); }
auto shipping() { return announcing().and_given(parcel_announced{}); }

TEST(order_saga, reserves_pays_and_ships) {
  EXPECT_TRUE(given<order_saga>()
                  .when(of_order<retail::order_created>("7"))
                  .then(lines_asked{"7"}, sent(inventory_queue, reserve_lines{"7"}, warehouse)));
  EXPECT_TRUE(reserving()
                  .when(confirmed())
                  .then(lines_secured{}, sent(payment_queue, charge_card{"7", {1'530, 2}})));
  EXPECT_TRUE(paying()
                  .when(of_order<retail::payment_completed>("7"))
                  .then(money_secured{}, sent(shipping_queue, schedule_parcel{"7"})));
  EXPECT_TRUE(announcing()
                  .when(scheduled())
                  .then(parcel_announced{}, sent(shipping_queue, ship_parcel{"7", "parcel-7"})));
  EXPECT_TRUE(shipping()
                  .when(of_order<retail::shipping_shipped>("7"))
                  .then(parcel_sent{}, sent(inventory_queue, book_out_lines{"7"}, warehouse)));
  EXPECT_TRUE(shipping()
                  .and_given(parcel_sent{})
                  .when(of_order<retail::order_completed>("7"))
                  .then(saga_ended{}));
}

TEST(order_saga, waits_for_stock_and_asks_each_time_that_the_order_is_placed) {
  EXPECT_TRUE(
      reserving().when(of_order<retail::inventory_insufficient>("7")).then(lines_awaited{}));
  auto const waiting = reserving().and_given(lines_awaited{});
  EXPECT_TRUE(waiting.when(of_order<retail::order_created>("7"))
                  .then(lines_asked{"7"}, sent(inventory_queue, reserve_lines{"7"}, warehouse)));
  // Asked in vain again, an order that waits already hears nothing.
  auto const asked_again = reserving().and_given(lines_awaited{}).and_given(lines_asked{"7"});
  EXPECT_TRUE(asked_again.when(of_order<retail::order_created>("7"))
                  .then(lines_asked{"7"}, sent(inventory_queue, reserve_lines{"7"}, warehouse)));
  EXPECT_TRUE(asked_again.when(confirmed())
                  .then(lines_secured{}, sent(payment_queue, charge_card{"7", {1'530, 2}})));
}

TEST(order_saga, releases_what_nobody_paid) {
  constexpr char const* why = "payment failed: card declined";
  EXPECT_TRUE(
      paying()
          .when(declined())
          .then(undo_begun{why}, sent(inventory_queue, release_lines{"7", why}, warehouse)));
  EXPECT_TRUE(paying()
                  .and_given(undo_begun{why})
                  .when(of_order<retail::order_cancelled>("7"))
                  .then(saga_ended{}));
}

TEST(order_saga, refunds_and_then_releases_what_was_not_shipped) {
  constexpr char const* why = "shipping failed";
  EXPECT_TRUE(shipping()
                  .when(of_order<retail::shipping_failed>("7"))
                  .then(undo_begun{why}, sent(payment_queue, refund_card{"7", why})));
  auto const undoing = shipping().and_given(undo_begun{why});
  EXPECT_TRUE(
      undoing.when(of_order<retail::payment_refunded>("7"))
          .then(money_returned{}, sent(inventory_queue, release_lines{"7", why}, warehouse)));
  EXPECT_TRUE(shipping()
                  .and_given(undo_begun{why})
                  .and_given(money_returned{})
                  .when(of_order<retail::order_cancelled>("7"))
                  .then(saga_ended{}));
}

TEST(order_saga, takes_nothing_back_once_the_parcel_is_sent) {
  auto const sent_off = shipping().and_given(parcel_sent{});
  EXPECT_TRUE(sent_off.when(of_order<retail::shipping_failed>("7")).then_nothing());
  EXPECT_TRUE(sent_off.when(of_order<retail::payment_refunded>("7")).then_nothing());
}

TEST(order_saga, does_nothing_about_answers_that_are_not_due) {
  EXPECT_TRUE(given<order_saga>().when(confirmed()).then_nothing());
  EXPECT_TRUE(given<order_saga>().when(declined()).then_nothing());
  EXPECT_TRUE(reserving().when(of_order<retail::payment_completed>("7")).then_nothing());
  EXPECT_TRUE(paying().when(of_order<retail::order_created>("7")).then_nothing());
  EXPECT_TRUE(paying().when(of_order<retail::inventory_insufficient>("7")).then_nothing());
  EXPECT_TRUE(paying().when(confirmed()).then_nothing());
  EXPECT_TRUE(announcing().when(declined()).then_nothing());
  EXPECT_TRUE(announcing().when(of_order<retail::shipping_shipped>("7")).then_nothing());
  EXPECT_TRUE(shipping().when(scheduled()).then_nothing());
  EXPECT_TRUE(shipping().when(of_order<retail::payment_refunded>("7")).then_nothing());
}

TEST(order_saga, hears_nothing_behind_its_end) {
  auto const ended = shipping().and_given(parcel_sent{}).and_given(saga_ended{});
  EXPECT_TRUE(ended.when(of_order<retail::order_created>("7")).then_passed_over());
  EXPECT_TRUE(ended.when(of_order<retail::shipping_failed>("7")).then_passed_over());
}

}  // namespace
