// SPDX-License-Identifier: Apache-2.0
// Specifications of sagas: what they accept, and what they say.
#include <gtest/gtest.h>

#include "../runtime/ordering.hpp"
#include "evsrc/testing/spec.hpp"

namespace {

using namespace ordering;
using evsrc::timed_out;
using evsrc::testing::cancelled;
using evsrc::testing::given;
using evsrc::testing::sent;
using evsrc::testing::timeout;

TEST(saga_spec, holds_where_events_commands_and_time_outs_are_equal) {
  EXPECT_TRUE(
      given<order_saga>()
          .when(order_created{"7"})
          .then(saga_started{"7"}, sent("stock", reserve_stock{"7"}), timeout("stock", 10min)));
}

TEST(saga_spec, compares_time_outs_in_any_order) {
  EXPECT_TRUE(given<order_saga>(saga_started{"7"})
                  .when(stock_reserved{"7"})
                  .then(stock_secured{}, timeout("payment", 30min), cancelled("stock"),
                        sent("payments", charge{"7"})));
}

TEST(saga_spec, compares_commands_in_their_order) {
  auto const half_done =
      given<order_saga>(saga_started{"7"}, stock_secured{}, payment_secured{"pay-7"});
  EXPECT_TRUE(half_done.when(shipping_failed{"7"})
                  .then(saga_failed{"shipping"}, sent("payments", refund{"pay-7"}),
                        sent("stock", release_stock{"7"})));
  EXPECT_FALSE(half_done.when(shipping_failed{"7"})
                   .then(saga_failed{"shipping"}, sent("stock", release_stock{"7"}),
                         sent("payments", refund{"pay-7"})));
}

TEST(saga_spec, lets_a_time_out_come_due) {
  EXPECT_TRUE(given<order_saga>(saga_started{"7"}, stock_secured{})
                  .when(timed_out{"payment"})
                  .then(saga_failed{"payment took too long"}, sent("stock", release_stock{"7"})));
}

TEST(saga_spec, names_the_path_of_each_difference) {
  auto const judged = given<order_saga>()
                          .when(order_created{"7"})
                          .then(saga_started{"8"}, sent("stock", reserve_stock{"8"}),
                                timeout("stock", 11min), cancelled("payment"));
  EXPECT_EQ(judged.message(), R"(when order_created {"order_id":"7"}: the effects differ
effect 1 (saga.started):
  order_id: expected "8", got "7"
effect 2 (sent to stock: stock.reserve):
  order_id: expected "8", got "7"
effect 3 (cancelled payment):
  expected cancelled payment {}
  got      timeout stock {"after_ms":600000}
effect 4 (timeout stock):
  expected timeout stock {"after_ms":660000}, got nothing)");
}

TEST(saga_spec, tells_destinations_and_keys_apart) {
  auto const judged = given<order_saga>()
                          .when(order_created{"7"})
                          .then(saga_started{"7"}, sent("stocks", reserve_stock{"7"}, "k"),
                                timeout("stock", 10min));
  EXPECT_EQ(judged.message(), R"(when order_created {"order_id":"7"}: the effects differ
effect 2 (sent to stocks with key k: stock.reserve):
  expected sent to stocks with key k: stock.reserve {"order_id":"7"}
  got      sent to stock: stock.reserve {"order_id":"7"})");
}

TEST(saga_spec, knows_nothing_and_an_ended_saga) {
  EXPECT_TRUE(given<order_saga>().when(payment_failed{"7", "no"}).then_nothing());
  auto const ended = given<order_saga>(saga_started{"7"}, saga_completed{});
  EXPECT_TRUE(ended.when(payment_failed{"7", "no"}).then_passed_over());
  EXPECT_TRUE(given<order_saga>().when(payment_failed{"", "no"}).then_passed_over());

  auto const judged = ended.when(payment_failed{"7", "no"}).then_nothing();
  EXPECT_EQ(judged.message(), R"(when payment_failed {"order_id":"7","reason":"no"}: )"
                              "expected nothing, got passed over: the saga has ended");
  auto const other = given<order_saga>().when(payment_failed{"7", "no"}).then_passed_over();
  EXPECT_EQ(other.message(), R"(when payment_failed {"order_id":"7","reason":"no"}: )"
                             "expected passed over, got nothing");
}

TEST(saga_spec, asks_events_and_commands_for_their_own_rules) {
  EXPECT_TRUE(given<order_saga>(saga_started{"unpayable"})
                  .when(stock_reserved{"unpayable"})
                  .then_invalid("command payment.charge: order_id: cannot be paid"));
}

TEST(saga_spec_death, comes_where_nothing_is_judged) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH({ auto const forgotten = given<order_saga>().when(order_created{"7"}); },
               "a specification without then: when order_created");
}

}  // namespace
