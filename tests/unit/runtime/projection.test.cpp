// SPDX-License-Identifier: Apache-2.0
// Tests of include/evsrc/runtime/projection.hpp, models in memory
#include "evsrc/runtime/projection.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "evsrc/testing/forwarding_store.hpp"
#include "reading.hpp"

namespace {

using namespace std::chrono_literals;
using namespace reading;
using pieces_map = std::map<std::string, std::int64_t>;

static_assert(std::is_same_v<evsrc::projection<sales>, evsrc::memory_projection<sales>>);

/// When each sku was sold last.
struct last_sales {
  using events = evsrc::events<item_sold>;
  std::map<std::string, evsrc::timestamp> at;
  void apply(item_sold const& e, evsrc::metadata const& meta) { at[e.sku] = meta.time; }
};

/// In which shops each sku was sold, and at which version of the shop's stream.
struct places_of_sale {
  using events = evsrc::events<item_sold>;
  std::map<std::string, std::vector<std::string>> of;
  void apply(item_sold const& e, evsrc::event_view const& stored) {
    of[e.sku].push_back(std::string(stored.category) + "/" + std::string(stored.key) + "@" +
                        std::to_string(stored.version));
  }
};

struct projection_test : testing::Test {
  std::unique_ptr<evsrc::memory::event_store> store = evsrc::memory::make_event_store();
  with_armed_bombs bombs;

  static pieces_map pieces(evsrc::projection<sales> const& from) {
    return from.read([](sales const& model) { return model.pieces; });
  }
  static std::vector<std::string> order(evsrc::projection<sales> const& from) {
    return from.read([](sales const& model) { return model.order; });
  }
};

using projection = projection_test;

TEST_F(projection, applies_listed_events_of_all_versions_and_names) {
  write(*store, "a",
        {event_of(item_sold{"x", 3}), raw("item.sold", 1, R"({"sku":"x"})"),
         raw("item.was-sold", 1, R"({"sku":"y"})"), event_of(item_returned{"x", 2})});
  evsrc::projection<sales> sold{*store};
  EXPECT_EQ(drain(sold), 4U);
  EXPECT_EQ(pieces(sold), (pieces_map{{"x", 2}, {"y", 1}}));
}

TEST_F(projection, passes_over_other_events_undecoded) {
  write(*store, "a",
        {raw("item.lost", 7, "no JSON"), event_of(item_sold{"x", 1}), raw("item.broken", 1, "{")});
  evsrc::projection<sales> sold{*store};
  EXPECT_EQ(drain(sold), 1U);
  EXPECT_EQ(pieces(sold), (pieces_map{{"x", 1}}));
}

TEST_F(projection, stops_at_a_newer_version) {
  write(*store, "a",
        {event_of(item_sold{"x", 1}), raw("item.sold", 3, "{}"), event_of(item_sold{"x", 1})});
  evsrc::projection<sales> sold{*store};
  drain(sold);
  auto const failed = sold.poll();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, evsrc::errc::newer_version);
  EXPECT_EQ(pieces(sold), (pieces_map{{"x", 1}}));
  auto const told = sold.explain();
  ASSERT_TRUE(told.failing);
  EXPECT_EQ(told.failing->version, 2U);
  EXPECT_EQ(told.failing->event_version, 3U);
  EXPECT_EQ(told.events_behind, 2U);
}

TEST_F(projection, starts_from_the_beginning_each_time) {
  sell(*store, "a", "x");
  evsrc::projection<sales> first{*store};
  drain(first);
  evsrc::projection<sales> second{*store};
  EXPECT_EQ(drain(second), 1U);
  EXPECT_TRUE(store->find_checkpoint("sales")->is_start());
}

TEST_F(projection, hands_metadata_to_those_who_ask) {
  auto event = event_of(item_sold{"x", 1});
  event.meta.time = evsrc::timestamp{5s};
  write(*store, "a", {event});
  evsrc::projection<last_sales> sold{*store};
  drain(sold);
  EXPECT_EQ(sold.read([](last_sales const& m) { return m.at.at("x"); }), evsrc::timestamp{5s});
}

TEST_F(projection, hands_the_stored_event_to_those_who_ask) {
  sell(*store, "a", "x");
  sell(*store, "b", "x");
  write(*store, "b", {raw("item.sold", 1, R"({"sku":"x"})")});
  evsrc::projection<places_of_sale> places{*store};
  drain(places);
  places.read([](places_of_sale const& model) {
    EXPECT_EQ(model.of.at("x"), (std::vector<std::string>{"shop/a@1", "shop/b@1", "shop/b@2"}));
  });
}

TEST_F(projection, reads_its_own_writes_in_steps_and_on_a_thread) {
  evsrc::projection<sales> sold{*store};
  ASSERT_TRUE(sold.wait(sell(*store, "a", "x"), 1s));
  EXPECT_EQ(pieces(sold), (pieces_map{{"x", 1}}));
  auto thread = sold.start();
  for (std::int64_t i = 2; i <= 100; ++i) {
    ASSERT_TRUE(sold.wait(sell(*store, "a", "x"), 30s));
    ASSERT_EQ(pieces(sold), (pieces_map{{"x", i}}));
  }
  thread.stop();
  ASSERT_TRUE(sold.wait(sell(*store, "a", "x"), 30s));
}

TEST_F(projection, waits_for_events_that_it_does_not_list) {
  evsrc::projection<sales> sold{*store};
  auto const receipt = write(*store, "a", {event_of(shop_opened{"here"})});
  EXPECT_TRUE(sold.wait(receipt, 1s));
}

TEST_F(projection, tells_who_waits_what_stopped_it) {
  evsrc::projection<sales> sold{*store};
  auto const thread = sold.start();
  auto const receipt = sell(*store, "a", "bomb");
  auto const waited = sold.wait(receipt, 30s);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, evsrc::errc::handler_failed);
  EXPECT_NE(waited.error().message.find("bang"), std::string::npos);
}

TEST_F(projection, resumes_at_the_event_that_failed) {
  sell(*store, "a", "x");
  sell(*store, "a", "bomb");
  sell(*store, "a", "y");
  evsrc::projection<sales> sold{*store};
  drain(sold);
  EXPECT_EQ(order(sold), (std::vector<std::string>{"x"}));
  sales::is_armed = false;
  sold.resume();
  drain(sold);
  EXPECT_EQ(order(sold), (std::vector<std::string>{"x", "bomb", "y"}));
}

TEST_F(projection, parks_a_key_and_redrives_it_in_order) {
  sell(*store, "a", "bomb");
  sell(*store, "b", "x");
  write(*store, "a", {event_of(shop_opened{"here"})});
  sell(*store, "a", "y");
  evsrc::projection<sales> sold{*store, {.on_failure = evsrc::failure_policy::park_key}};
  drain(sold);
  EXPECT_EQ(order(sold), (std::vector<std::string>{"x"}));
  EXPECT_FALSE(sold.redrive({"shop", "a"}));
  ASSERT_EQ(sold.explain().parked.size(), 1U);
  sales::is_armed = false;
  EXPECT_TRUE(sold.redrive({"shop", "a"}));
  sell(*store, "a", "z");
  drain(sold);
  EXPECT_EQ(order(sold), (std::vector<std::string>{"x", "bomb", "y", "z"}));
}

TEST_F(projection, parks_again_where_a_redrive_fails_in_the_middle) {
  for (auto const* sku : {"bomb", "p", "q", "bomb", "r"}) sell(*store, "a", sku);
  evsrc::projection<sales> sold{*store, {.on_failure = evsrc::failure_policy::park_key}};
  drain(sold);
  sales::is_armed = false;
  write(*store, "a", {raw("item.sold", 9, "{}"), event_of(item_sold{"s", 1})});
  drain(sold);
  EXPECT_EQ(sold.redrive({"shop", "a"}).error().code, evsrc::errc::newer_version);
  EXPECT_EQ(order(sold), (std::vector<std::string>{"bomb", "p", "q", "bomb", "r"}));
  ASSERT_EQ(sold.explain().parked.size(), 1U);
  EXPECT_EQ(sold.explain().parked[0].version, 6U);
}

TEST_F(projection, skips_and_counts_failed_events) {
  sell(*store, "a", "bomb");
  sell(*store, "a", "x");
  evsrc::projection<sales> sold{*store, {.on_failure = evsrc::failure_policy::skip}};
  drain(sold);
  EXPECT_EQ(order(sold), (std::vector<std::string>{"x"}));
  EXPECT_EQ(sold.explain().skipped, 1U);
  EXPECT_NE(to_string(sold.explain()).find("1 events skipped"), std::string::npos);
}

TEST_F(projection, rebuilds_beside_the_live_model_and_switches) {
  for (int i = 0; i < 10; ++i) sell(*store, "a", i == 2 ? "bomb" : "x");
  evsrc::projection<sales> sold{*store,
                                {.batch_events = 3, .on_failure = evsrc::failure_policy::skip}};
  drain(sold);
  EXPECT_EQ(pieces(sold), (pieces_map{{"x", 9}}));
  sales::is_armed = false;
  ASSERT_TRUE(sold.rebuild());
  ASSERT_TRUE(sold.poll());
  EXPECT_TRUE(sold.is_rebuilding());
  EXPECT_EQ(pieces(sold), (pieces_map{{"x", 9}}));  // the live one, as before
  EXPECT_FALSE(sold.explain().rebuild.empty());
  sell(*store, "a", "x");
  drain(sold);
  EXPECT_FALSE(sold.is_rebuilding());
  EXPECT_EQ(pieces(sold), (pieces_map{{"bomb", 1}, {"x", 10}}));
  EXPECT_EQ(sold.explain().skipped, 0U);
}

/// Lets a test look whenever a reader comes.
class watched_store final : public evsrc::testing::forwarding_store {
 public:
  using forwarding_store::forwarding_store;
  evsrc::result<evsrc::event_page> query(evsrc::scope_read const& what) override {
    if (at_query) at_query();
    return forwarding_store::query(what);
  }
  std::function<void()> at_query;
};

// Events that the model does not list move the end of a page on, beyond where the live one stands.
TEST_F(projection, switches_with_the_last_event_and_not_before_it) {
  sell(*store, "a", "x");
  watched_store watched{evsrc::testing::ports_of(*store)};
  evsrc::projection<sales> sold{watched};
  drain(sold);
  watched.at_query = [&] { EXPECT_EQ(pieces(sold), (pieces_map{{"x", 1}})); };
  ASSERT_TRUE(sold.rebuild());
  write(*store, "a", {event_of(shop_opened{"here"})});
  drain(sold);
  EXPECT_FALSE(sold.is_rebuilding());
}

TEST_F(projection, rebuilds_while_it_is_written_and_read) {
  evsrc::projection<sales> sold{*store, {.batch_events = 7}};
  auto const thread = sold.start();
  std::int64_t last = 0;
  for (int i = 0; i < 300; ++i) {
    auto const receipt = sell(*store, "a", "x");
    if (i % 50 == 10) {
      ASSERT_TRUE(sold.rebuild());
    }
    if (i % 3 == 0) {
      ASSERT_TRUE(sold.wait(receipt, 30s));
    }
    auto const now = sold.read([](sales const& m) {
      auto const found = m.pieces.find("x");
      return found == m.pieces.end() ? 0 : found->second;
    });
    ASSERT_GE(now, last);  // a switch never goes back
    last = now;
    if (i % 3 == 0) {
      ASSERT_GE(now, i + 1);
    }
  }
}

TEST_F(projection, explains_that_nobody_polls_it) {
  sell(*store, "a", "x");
  evsrc::projection<sales> sold{*store};
  EXPECT_EQ(to_string(sold.explain()), "sales: idle, nobody has polled it yet; 1 events behind");
  drain(sold);
  auto const told = sold.explain();
  EXPECT_EQ(told.standing, evsrc::standing::caught_up);
  EXPECT_TRUE(told.is_owner);
  EXPECT_EQ(told.events_behind, 0U);
  EXPECT_EQ(told.processed, told.head);
}

TEST_F(projection, serves_readers_and_several_steppers_at_once) {
  evsrc::projection<sales> sold{*store, {.batch_events = 5}};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        auto const receipt = sell(*store, std::to_string(t), "x");
        EXPECT_TRUE(sold.wait(receipt, 30s));
        EXPECT_GT(sold.read([](sales const& m) { return m.order.size(); }), 0U);
        static_cast<void>(sold.explain());
      }
    });
  }
  threads.clear();
  EXPECT_EQ(pieces(sold), (pieces_map{{"x", 300}}));
}

}  // namespace
