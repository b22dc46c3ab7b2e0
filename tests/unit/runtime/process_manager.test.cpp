// SPDX-License-Identifier: Apache-2.0
// Tests of include/evsrc/runtime/process_manager.hpp and saga_timeout_sender.hpp
#include "evsrc/runtime/process_manager.hpp"

#include <gtest/gtest.h>

#include "evsrc/testing/faults.hpp"
#include "ordering.hpp"
#include "reading.hpp"

namespace {

using namespace ordering;
using order_manager = evsrc::process_manager<order_saga>;

struct process_manager_test : testing::Test {
  evsrc::testing::manual_clock clock;
  std::unique_ptr<evsrc::memory::event_store> store =
      evsrc::memory::make_event_store({.clock = &clock});

  evsrc::process_manager_options options() {
    evsrc::process_manager_options made;
    made.saga.clock = &clock;
    return made;
  }
  template <class... Es>
  evsrc::receipt happened(std::string const& key, Es const&... events) {
    return reading::write(*store, key, {reading::event_of(events)...});
  }
  std::vector<evsrc::message> due() {
    std::vector<evsrc::message> found;
    auto const rows = store->read_outbox({});
    EXPECT_TRUE(rows);
    for (auto const& row : *rows)
      if (row.message.destination == "order-saga.timeouts" && row.message.not_before <= clock.now())
        found.push_back(to_message(row.message));
    return found;
  }
};

using process_manager = process_manager_test;

TEST_F(process_manager, follows_its_inputs_in_the_store) {
  order_manager orders(*store, options());
  happened("7", order_created{"7"}, reading::shop_opened{"here"}, stock_reserved{"7"});
  auto const last = happened("7", payment_completed{"7", "pay-7"}, order_shipped{"7"});
  ASSERT_TRUE(orders.wait(last, 1s));

  auto const found = orders.saga().load("7");
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->state.is_ended());
  EXPECT_EQ(found->version, 4U);
  EXPECT_EQ(store->read_outbox({})->size(), 3U);
  EXPECT_EQ(orders.explain().name, "saga:order-saga");
}

TEST_F(process_manager, goes_on_after_a_restart) {
  happened("7", order_created{"7"});
  {
    order_manager orders(*store, options());
    EXPECT_EQ(reading::drain(orders), 1U);
  }
  happened("7", stock_reserved{"7"});
  order_manager orders(*store, options());
  EXPECT_EQ(reading::drain(orders), 1U);
  EXPECT_EQ(orders.saga().load("7")->version, 2U);
}

TEST_F(process_manager, has_effects_once_even_if_its_checkpoint_is_lost) {
  happened("7", order_created{"7"}, stock_reserved{"7"});
  happened("8", order_created{"8"});
  {
    order_manager orders(*store, options());
    EXPECT_EQ(reading::drain(orders), 3U);
  }
  auto again = options();
  again.feed.name = "another name, from the beginning";
  order_manager orders(*store, again);
  EXPECT_EQ(reading::drain(orders), 3U);
  EXPECT_EQ(orders.saga().load("7")->version, 2U);
  EXPECT_EQ(store->read_outbox({})->size(), 5U);
}

TEST_F(process_manager, takes_due_time_outs_from_a_relay) {
  order_manager orders(*store, options());
  happened("7", order_created{"7"});
  reading::drain(orders);
  EXPECT_TRUE(due().empty());
  clock.advance(10min);
  auto const late = due();
  ASSERT_EQ(late.size(), 1U);

  ASSERT_TRUE(orders.due_timeouts().send(late));
  EXPECT_TRUE(orders.saga().load("7")->state.is_ended());
  ASSERT_TRUE(orders.due_timeouts().send(late));
  EXPECT_EQ(orders.saga().load("7")->version, 2U);
}

TEST_F(process_manager, refuses_what_is_no_time_out) {
  order_manager orders(*store, options());
  evsrc::message other;
  other.id = {"x"};
  other.body = "{}";
  auto const done = orders.due_timeouts().send(other);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, evsrc::errc::malformed);
  EXPECT_EQ(done.error().message.rfind("messages[0]: ", 0), 0U);
  EXPECT_EQ(orders.due_timeouts().schedule({}, {}).error().code, evsrc::errc::unsupported);
  EXPECT_EQ(orders.due_timeouts().cancel_scheduled({}).error().code, evsrc::errc::unsupported);
}

TEST_F(process_manager, is_asked_again_where_another_moved_the_saga) {
  evsrc::testing::faulty_store racing(evsrc::testing::ports_of(*store));
  order_manager orders(racing, options());
  happened("7", order_created{"7"});
  ASSERT_TRUE(orders.poll());
  // What loses a race once: the commit of the event, alone and in its page.
  racing.fail_commits({{evsrc::errc::version_conflict, "moved"}, false, 0, 1});
  auto const last = happened("7", stock_reserved{"7"});
  auto const lost = orders.poll();
  ASSERT_FALSE(lost);
  EXPECT_EQ(orders.explain().standing, evsrc::standing::retrying);
  ASSERT_TRUE(orders.wait(last, 1s));
  EXPECT_EQ(orders.saga().load("7")->version, 2U);

  clock.advance(30min);
  racing.fail_commits({{evsrc::errc::version_conflict, "moved"}, false, 0, 2});
  EXPECT_TRUE(orders.due_timeouts().send(due()));
  EXPECT_TRUE(orders.saga().load("7")->state.is_ended());
}

TEST_F(process_manager, stands_still_at_an_input_that_breaks_a_rule) {
  order_manager orders(*store, options());
  happened("unpayable", order_created{"unpayable"}, stock_reserved{"unpayable"});
  reading::drain(orders);
  auto const told = orders.explain();
  EXPECT_EQ(told.standing, evsrc::standing::stopped);
  ASSERT_TRUE(told.failing);
  EXPECT_EQ(told.failing->name, "stock.reserved");
  EXPECT_EQ(orders.saga().load("unpayable")->version, 1U);
}

TEST_F(process_manager, publishes_its_own_events) {
  auto const outgoing = evsrc::publications(evsrc::publish<saga_failed>().to("reports"));
  evsrc::process_manager<order_saga, std::remove_const_t<decltype(outgoing)>> orders(
      *store, options(), outgoing);
  happened("7", order_created{"7"}, payment_failed{"7", "no"});
  reading::drain(orders);
  auto const rows = store->read_outbox({});
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[1].message.destination, "reports");
  EXPECT_EQ((*rows)[1].message.body, R"({"reason":"no"})");
}

}  // namespace
