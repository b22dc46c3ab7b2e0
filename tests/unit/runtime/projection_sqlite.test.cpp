// SPDX-License-Identifier: Apache-2.0
// Subscriptions and projections on a store in an SQLite file, with two handles on one file.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "evsrc/runtime/projection.hpp"
#include "evsrc/runtime/subscription.hpp"
#include "evsrc/sqlite/event_store.hpp"
#include "reading.hpp"

namespace {

using namespace std::chrono_literals;
using namespace reading;
using pieces_map = std::map<std::string, std::int64_t>;

/// Pieces sold, in a table of the file.
struct sales_rows {
  using transaction = evsrc::sqlite::transaction;
  static constexpr std::string_view name = "sales_rows";
  using events = evsrc::events<item_sold, item_returned>;
  std::string label;

  static evsrc::result<> run(transaction& t, std::string const& sql) {
    return t.exec(sql).map([](std::int64_t) {});
  }
  evsrc::result<> create(transaction& t) const {
    return run(t, "create table sales_" + label + " (sku text primary key, pieces integer)");
  }
  evsrc::result<> activate(transaction& t) const {
    EVSRC_TRY(run(t, "drop view if exists sales"));
    return run(t, "create view sales as select * from sales_" + label);
  }
  evsrc::result<> drop(transaction& t) const { return run(t, "drop table sales_" + label); }
  evsrc::result<> add(transaction& t, std::string const& sku, std::int64_t pieces) const {
    return t
        .exec("insert into sales_" + label +
                  " values (?, ?) on conflict do update set pieces = pieces + excluded.pieces",
              {sku, pieces})
        .map([](std::int64_t) {});
  }
  evsrc::result<> apply(transaction& t, item_sold const& e) const {
    if (e.sku == "bomb" && sales::is_armed) throw std::runtime_error("bang");
    return add(t, e.sku, e.quantity);
  }
  evsrc::result<> apply(transaction& t, item_returned const& e) const {
    return add(t, e.sku, -e.quantity);
  }
};
/// The same, built anew.
struct next_rows : sales_rows {
  static constexpr std::uint32_t model_version = 2;
};
using projection = evsrc::projection<sales_rows, evsrc::sqlite::event_store>;
using next_projection = evsrc::projection<next_rows, evsrc::sqlite::event_store>;

struct projection_in_sqlite : testing::Test {
  std::string const folder =
      testing::TempDir() + "evsrc_projection_" +
      to_string(evsrc::make_event_id(evsrc::system_clock().now(), evsrc::system_random()));
  std::unique_ptr<evsrc::sqlite::event_store> store;
  evsrc::testing::manual_clock clock;
  with_armed_bombs bombs;

  void SetUp() override {
    std::filesystem::create_directories(folder);
    store = open();
  }
  void TearDown() override {
    store.reset();
    std::filesystem::remove_all(folder);
  }

  [[nodiscard]] std::unique_ptr<evsrc::sqlite::event_store> open() const {
    auto opened =
        evsrc::sqlite::open(folder + "/shop.db", {.durability = evsrc::sqlite::durability::os});
    if (!opened) throw std::runtime_error(to_string(opened.error()));
    return std::move(*opened);
  }
  evsrc::projection_options options() {
    evsrc::projection_options made;
    made.clock = &clock;
    return made;
  }
  static pieces_map look(evsrc::sqlite::event_store& at, std::string const& from = "sales") {
    pieces_map found;
    auto const done =
        at.query_sql("select sku, pieces from " + from, {}, [&](evsrc::sqlite::sql_row const& row) {
          found.emplace(row.text(0), row.integer(1));
          return true;
        });
    if (!done) throw std::runtime_error(to_string(done.error()));
    return found;
  }
};

TEST_F(projection_in_sqlite, moves_its_tables_with_its_checkpoint) {
  sell(*store, "a", "x", 2);
  write(*store, "a", {event_of(item_returned{"x", 1}), event_of(shop_opened{"here"})});
  {
    projection sold{*store, options()};
    EXPECT_EQ(drain(sold), 2U);
  }
  store.reset();
  store = open();
  sell(*store, "a", "y");
  projection sold{*store, options()};
  EXPECT_EQ(drain(sold), 1U);
  EXPECT_EQ(look(*store), (pieces_map{{"x", 1}, {"y", 1}}));
}

TEST_F(projection_in_sqlite, leaves_no_trace_of_a_failed_event) {
  write(*store, "a", {event_of(item_sold{"x", 1}), event_of(item_sold{"y", 1})});
  sell(*store, "b", "bomb");
  projection sold{*store, options()};
  drain(sold);
  EXPECT_EQ(look(*store), (pieces_map{{"x", 1}, {"y", 1}}));
  auto const told = sold.explain();
  ASSERT_TRUE(told.failing);
  EXPECT_EQ(told.failing->stream.key, "b");
  EXPECT_EQ(told.failing->why.code, evsrc::errc::handler_failed);
  EXPECT_NE(told.failing->why.message.find("bang"), std::string::npos);
  sales::is_armed = false;
  sold.resume();
  drain(sold);
  EXPECT_EQ(look(*store).at("bomb"), 1);
}

TEST_F(projection_in_sqlite, is_taken_over_by_another_handle_and_fenced) {
  auto const other = open();
  projection first{*store, options()};
  projection second{*other, options()};
  sell(*store, "a", "x");
  drain(first);
  drain(second);
  EXPECT_EQ(second.explain().standing, evsrc::standing::waiting);
  auto const receipt = sell(*other, "a", "x");
  clock.advance(6s);
  drain(second);
  EXPECT_TRUE(second.explain().is_owner);
  EXPECT_TRUE(second.wait(receipt, 1s));
  sell(*store, "a", "x");
  EXPECT_EQ(drain(first), 0U);
  EXPECT_EQ(first.explain().standing, evsrc::standing::waiting);
  EXPECT_EQ(look(*store), (pieces_map{{"x", 2}}));
  drain(second);
  EXPECT_EQ(look(*store), (pieces_map{{"x", 3}}));
}

TEST_F(projection_in_sqlite, is_built_again_and_switches_its_view) {
  for (int i = 0; i < 25; ++i) sell(*store, "a", "x");
  auto small = options();
  small.batch_events = small.catch_up_events = 10;
  projection sold{*store, small};
  drain(sold);
  ASSERT_TRUE(sold.rebuild());
  ASSERT_TRUE(sold.poll());
  EXPECT_EQ(look(*store), (pieces_map{{"x", 25}}));
  EXPECT_EQ(look(*store, "sales_v1_2"), (pieces_map{{"x", 10}}));
  drain(sold);
  EXPECT_EQ(sold.label(), "v1_2");
  EXPECT_EQ(look(*store), (pieces_map{{"x", 25}}));
  EXPECT_THROW(look(*store, "sales_v1"), std::runtime_error);
}

TEST_F(projection_in_sqlite, is_switched_at_the_start) {
  projection old{*store, options()};
  drain(old);
  sell(*store, "a", "x");
  next_projection next{*store, options()};
  drain(next);
  EXPECT_EQ(next.label(), "v2");
  EXPECT_EQ(look(*store), (pieces_map{{"x", 1}}));
  EXPECT_THROW(look(*store, "sales_v1"), std::runtime_error);
}

TEST_F(projection_in_sqlite, is_caught_up_with_after_it_was_built_again) {
  auto const other = open();
  for (int i = 0; i < 5; ++i) sell(*store, "a", "x");
  projection old{*store, options()};
  drain(old);
  auto small = options();
  small.batch_events = small.catch_up_events = 1;
  next_projection next{*other, small};
  ASSERT_TRUE(next.poll());
  ASSERT_TRUE(old.rebuild());
  drain(old);
  EXPECT_EQ(old.label(), "v1_2");
  auto const receipt = sell(*store, "a", "x");
  ASSERT_TRUE(old.wait(receipt, 1s));
  for (int i = 0; i < 20 && next.label() != "v2"; ++i) {
    static_cast<void>(next.poll());
    EXPECT_EQ(look(*store), (pieces_map{{"x", 6}}));
  }
  EXPECT_EQ(next.label(), "v2");
}

TEST_F(projection_in_sqlite, parks_and_redrives) {
  sell(*store, "b", "bomb");
  sell(*store, "a", "x");
  sell(*store, "b", "y");
  auto parking = options();
  parking.on_failure = evsrc::failure_policy::park_key;
  {
    projection sold{*store, parking};
    drain(sold);
  }
  projection sold{*store, parking};
  drain(sold);
  EXPECT_EQ(look(*store), (pieces_map{{"x", 1}}));
  sales::is_armed = false;
  EXPECT_EQ(sold.redrive({"shop", "b"}), 2U);
  EXPECT_EQ(look(*store), (pieces_map{{"bomb", 1}, {"x", 1}, {"y", 1}}));
}

TEST_F(projection_in_sqlite, refuses_a_checkpoint_beyond_the_head) {
  auto const elsewhere = evsrc::sqlite::open(folder + "/other.db");
  ASSERT_TRUE(elsewhere);
  auto const receipt = sell(**elsewhere, "a", "x");
  projection sold{*store, options()};
  sell(*store, "a", "x");
  drain(sold);
  EXPECT_EQ(sold.wait(receipt, 1s).error().code, evsrc::errc::checkpoint_ahead);
}

TEST_F(projection_in_sqlite, follows_writers_of_another_handle_on_a_thread) {
  auto const other = open();
  projection sold{*store};
  auto const thread = sold.start();
  evsrc::receipt last;
  {
    std::jthread const writer([&] {
      for (int i = 0; i < 200; ++i) last = sell(*other, std::to_string(i % 5), "x");
    });
  }
  ASSERT_TRUE(sold.wait(last, 60s));
  EXPECT_EQ(look(*store), (pieces_map{{"x", 200}}));
}

TEST_F(projection_in_sqlite, shares_the_file_with_a_subscription_that_writes) {
  for (int i = 0; i < 20; ++i) sell(*store, "a", "x");
  evsrc::subscription_options with;
  with.name = "thanks";
  with.scope = evsrc::query_for<item_sold>();
  with.batch_events = 7;
  with.clock = &clock;
  auto const thank = [] {
    return evsrc::handle<item_sold>(
        [](item_sold const& e, evsrc::reaction& effects) -> evsrc::result<> {
          return effects.emit({"thanks", "all"}, thanks_sent{e.sku});
        });
  };
  {
    evsrc::subscription thanks(*store, with, thank());
    ASSERT_TRUE(thanks.poll());
  }
  evsrc::subscription thanks(*store, with, thank());
  drain(thanks);
  EXPECT_EQ(count_of(*store, {"thanks", "all"}), 20U);
}

}  // namespace
