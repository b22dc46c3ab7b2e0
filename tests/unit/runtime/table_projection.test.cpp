// SPDX-License-Identifier: Apache-2.0
// Tests of include/evsrc/runtime/table_projection.hpp
#include "evsrc/runtime/table_projection.hpp"

#include <gtest/gtest.h>

#include "evsrc/runtime/projection.hpp"
#include "table_store.hpp"

namespace {

using namespace std::chrono_literals;
using namespace reading;
using pieces_map = std::map<std::string, std::int64_t>;

static_assert(std::is_same_v<evsrc::projection<sales_table<1>, table_store>,
                             evsrc::table_projection<sales_table<1>, table_store>>);

template <std::uint32_t Version>
using sales_of = evsrc::projection<sales_table<Version>, table_store>;
template <std::uint32_t Version>
using thanking = evsrc::projection<thanking_table<Version>, table_store>;

/// Thanks, and counts how often it was asked.
struct counting_table : thanking_table<1> {
  static constexpr std::string_view name = "counting_table";
  inline static std::size_t asked = 0;
  evsrc::result<> react(item_sold const& e, evsrc::reaction& effects) const {
    ++asked;
    return thanking_table<1>::react(e, effects);
  }
};

/// Pieces sold in each shop: the key of the stream, which the event itself does not say.
struct shops_table {
  static constexpr std::string_view name = "shops_table";
  using events = evsrc::events<item_sold, item_returned>;
  void apply(tables& t, item_sold const& e, evsrc::event_view const& stored) const {
    t["shops"][std::string(stored.key)] += e.quantity;
  }
  evsrc::result<> apply(tables& t, item_returned const& e) const {
    t["returned"][e.sku] += e.quantity;
    return {};
  }
};

struct table_projection_test : testing::Test {
  table_store store;
  evsrc::testing::manual_clock clock;
  with_armed_bombs bombs;

  evsrc::projection_options options() {
    evsrc::projection_options made;
    made.clock = &clock;
    return made;
  }
  evsrc::projection_options parking() {
    auto made = options();
    made.on_failure = evsrc::failure_policy::park_key;
    return made;
  }
  /// Whenever a reader comes, the live table has all that was sold.
  void expect_always(std::int64_t pieces) {
    store.at_query = [this, pieces] {
      auto all = store.look();
      for (auto const& [table, one] : all["live"]) EXPECT_GE(all[table]["x"], pieces);
    };
  }
  evsrc::projection_options one_by_one() {
    auto made = options();
    made.batch_events = made.catch_up_events = 1;
    return made;
  }
  /// Calls `act` once, before tables are changed while `table` is among them.
  void before_a_change_beside(std::string const& table, std::function<void()> act) {
    store.at_change = [this, table, act = std::move(act)] {
      if (!store.look().contains(table)) return;
      store.at_change = {};
      act();
    };
  }
  template <class Projection>
  static void poll_until(Projection& one, std::string const& label) {
    for (int i = 0; i < 100 && one.label() != label; ++i) static_cast<void>(one.poll());
    ASSERT_EQ(one.label(), label);
  }
  template <class Projection>
  static evsrc::errc refusal_of(Projection& one) {
    drain(one);
    auto const refused = one.poll();
    return refused ? evsrc::errc{} : refused.error().code;
  }
  std::uint64_t thanks() { return count_of(store, {"thanks", "all"}); }
  /// The tables there are, beside the list of what is live.
  std::vector<std::string> names() {
    std::vector<std::string> made;
    for (auto const& [name, rows] : store.look())
      if (name != "live") made.push_back(name);
    return made;
  }
};

using table_projection = table_projection_test;
using names_list = std::vector<std::string>;

TEST_F(table_projection, creates_its_tables_and_moves_them_with_its_checkpoint) {
  sell(store, "a", "x", 2);
  sell(store, "a", "y");
  write(store, "a", {event_of(item_returned{"x", 1})});
  sales_of<1> sold{store, options()};
  EXPECT_EQ(drain(sold), 3U);
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"x", 1}, {"y", 1}}));
  EXPECT_EQ(store.look()["live"], (pieces_map{{"sales_v1", 1}}));
  EXPECT_EQ(sold.label(), "v1");
  EXPECT_FALSE(store.find_checkpoint("sales_table/v1")->is_start());
}

TEST_F(table_projection, hands_the_stored_event_to_those_who_ask) {
  sell(store, "a", "x", 2);
  sell(store, "b", "x", 3);
  write(store, "a", {event_of(item_returned{"x", 1}), event_of(item_sold{"y", 4})});
  evsrc::projection<shops_table, table_store> shops{store, options()};
  EXPECT_EQ(drain(shops), 4U);
  EXPECT_EQ(store.look()["shops"], (pieces_map{{"a", 6}, {"b", 3}}));
  EXPECT_EQ(store.look()["returned"], (pieces_map{{"x", 1}}));
}

TEST_F(table_projection, continues_from_its_checkpoint_after_a_restart) {
  sell(store, "a", "x");
  {
    sales_of<1> sold{store, options()};
    drain(sold);
  }
  sell(store, "a", "x");
  sales_of<1> sold{store, options()};
  EXPECT_EQ(drain(sold), 1U);
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"x", 2}}));
}

TEST_F(table_projection, explains_itself_by_its_checkpoint_before_its_first_step) {
  sell(store, "a", "x");
  sales_of<1> owner{store, options()};
  drain(owner);
  sell(store, "a", "x");
  sales_of<1> other{store, options()};
  auto const told = other.explain();
  EXPECT_EQ(told.events_behind, 1U);
  EXPECT_EQ(told.processed, owner.explain().processed);
  EXPECT_EQ(told.name, owner.explain().name);
}

TEST_F(table_projection, changes_nothing_where_an_event_fails) {
  sell(store, "a", "x");
  sell(store, "b", "bomb");
  sell(store, "a", "x");
  sales_of<1> sold{store, options()};
  drain(sold);
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"x", 1}}));
  auto const told = sold.explain();
  EXPECT_EQ(told.standing, evsrc::standing::stopped);
  ASSERT_TRUE(told.failing);
  EXPECT_EQ(told.failing->stream.key, "b");
  sales::is_armed = false;
  sold.resume();
  drain(sold);
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"bomb", 1}, {"x", 2}}));
}

TEST_F(table_projection, keeps_what_is_parked_over_a_restart) {
  sell(store, "b", "bomb");
  sell(store, "a", "x");
  sell(store, "b", "y");
  {
    sales_of<1> sold{store, parking()};
    drain(sold);
  }
  sales_of<1> sold{store, parking()};
  sell(store, "b", "z");
  drain(sold);
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"x", 1}}));
  ASSERT_EQ(sold.explain().parked.size(), 1U);
  EXPECT_NE(sold.explain().parked[0].why.message.find("bang"), std::string::npos);
  sales::is_armed = false;
  EXPECT_EQ(sold.redrive({"shop", "b"}), 3U);
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"bomb", 1}, {"x", 1}, {"y", 1}, {"z", 1}}));
}

TEST_F(table_projection, redrives_as_far_as_it_comes) {
  for (auto const* sku : {"bomb", "p", "refused", "q"}) sell(store, "b", sku);
  sales_of<1> sold{store, parking()};
  drain(sold);
  sales::is_armed = false;
  EXPECT_EQ(sold.redrive({"shop", "b"}).error().code, evsrc::errc::invalid_argument);
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"bomb", 1}, {"p", 1}}));
  ASSERT_EQ(sold.explain().parked.size(), 1U);
  EXPECT_EQ(sold.explain().parked[0].version, 3U);
  EXPECT_NE(sold.explain().parked[0].why.message.find("is refused"), std::string::npos);
}

TEST_F(table_projection, skips_and_records_failed_events) {
  sell(store, "b", "refused");
  sell(store, "b", "x");
  auto skipping = options();
  skipping.on_failure = evsrc::failure_policy::skip;
  {
    sales_of<1> sold{store, skipping};
    drain(sold);
  }
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"x", 1}}));
  EXPECT_EQ(count_of(store, {"evsrc.projection", "sales_table/v1"}), 1U);
  sales_of<1> sold{store, skipping};
  drain(sold);
  EXPECT_EQ(sold.explain().skipped, 1U);
}

TEST_F(table_projection, makes_a_busy_store_again) {
  sell(store, "a", "x");
  sales_of<1> sold{store, options()};
  store.fail_next_commits = 2;
  EXPECT_FALSE(sold.poll());
  EXPECT_EQ(sold.explain().standing, evsrc::standing::retrying);
  EXPECT_NE(to_string(sold.explain()).find("retrying: unavailable: busy"), std::string::npos);
  EXPECT_FALSE(sold.poll());
  EXPECT_EQ(drain(sold), 1U);
  EXPECT_FALSE(sold.explain().trouble);
}

TEST_F(table_projection, blames_no_event_for_a_full_disk) {
  sell(store, "a", "full");
  auto skipping = options();
  skipping.on_failure = evsrc::failure_policy::skip;
  sales_of<1> sold{store, skipping};
  for (int i = 0; i < 20; ++i) EXPECT_EQ(sold.poll().error().code, evsrc::errc::disk_full);
  EXPECT_EQ(sold.explain().standing, evsrc::standing::retrying);
  EXPECT_FALSE(sold.explain().failing);
  sales::is_armed = false;
  EXPECT_EQ(drain(sold), 1U);
  EXPECT_EQ(sold.explain().skipped, 0U);
}

TEST_F(table_projection, settles_a_lost_answer_by_its_checkpoint) {
  sales_of<1> sold{store, options()};
  drain(sold);
  sell(store, "a", "x");
  store.lose_next_answer = true;
  EXPECT_FALSE(sold.poll());
  EXPECT_EQ(sold.explain().standing, evsrc::standing::retrying);
  sell(store, "a", "x");
  drain(sold);
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"x", 2}}));
}

TEST_F(table_projection, is_moved_by_one_runner_and_taken_over_when_that_is_silent) {
  sales_of<1> first{store, options()};
  sales_of<1> second{store, options()};
  drain(first);
  auto const receipt = sell(store, "a", "x");
  drain(second);
  EXPECT_EQ(second.explain().standing, evsrc::standing::waiting);
  drain(first);
  EXPECT_TRUE(second.wait(receipt, 10ms));  // whoever moved it
  sell(store, "a", "x");
  clock.advance(6s);
  EXPECT_EQ(drain(second), 1U);
  sell(store, "a", "x");
  EXPECT_EQ(drain(first), 0U);
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"x", 2}}));  // fenced, nothing written
  drain(second);
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"x", 3}}));
}

TEST_F(table_projection, is_built_again_beside_the_live_tables) {
  for (int i = 0; i < 10; ++i) sell(store, "a", "x");
  auto small = options();
  small.batch_events = small.catch_up_events = 3;
  sales_of<1> sold{store, small};
  drain(sold);
  ASSERT_TRUE(sold.rebuild());
  ASSERT_TRUE(sold.poll());
  EXPECT_TRUE(sold.is_rebuilding());
  EXPECT_EQ(names(), (names_list{"sales_v1", "sales_v1_2"}));
  EXPECT_EQ(store.look()["live"], (pieces_map{{"sales_v1", 1}}));
  EXPECT_EQ(store.look()["sales_v1_2"], (pieces_map{{"x", 3}}));
  sell(store, "a", "x");
  drain(sold);
  EXPECT_FALSE(sold.is_rebuilding());
  EXPECT_EQ(names(), (names_list{"sales_v1_2"}));
  EXPECT_EQ(store.look()["live"], (pieces_map{{"sales_v1_2", 1}}));
  EXPECT_EQ(store.look()["sales_v1_2"], (pieces_map{{"x", 11}}));
  EXPECT_EQ(sold.label(), "v1_2");
  sell(store, "a", "x");
  drain(sold);
  EXPECT_EQ(store.look()["sales_v1_2"], (pieces_map{{"x", 12}}));
}

// Events that the model does not list move the end of a page on, beyond where the live one stands.
TEST_F(table_projection, is_switched_with_its_last_event_and_not_before_it) {
  sell(store, "a", "x");
  sales_of<1> sold{store, options()};
  drain(sold);
  expect_always(1);
  ASSERT_TRUE(sold.rebuild());
  write(store, "a", {event_of(shop_opened{"here"})});
  drain(sold);
  EXPECT_EQ(store.look()["live"], (pieces_map{{"sales_v1_2", 1}}));
  EXPECT_EQ(store.look()["sales_v1_2"], (pieces_map{{"x", 1}}));
}

TEST_F(table_projection, of_a_higher_version_is_switched_with_its_last_event_and_not_before_it) {
  sell(store, "a", "x");
  sales_of<1> old{store, options()};
  drain(old);
  expect_always(1);
  write(store, "a", {event_of(shop_opened{"here"})});
  sales_of<2> next{store, options()};
  drain(next);
  EXPECT_EQ(store.look()["live"], (pieces_map{{"sales_v2", 1}}));
  EXPECT_EQ(store.look()["sales_v2"], (pieces_map{{"x", 2}}));
}

TEST_F(table_projection, continues_a_rebuild_after_a_restart) {
  for (int i = 0; i < 10; ++i) sell(store, "a", "x");
  auto small = options();
  small.batch_events = small.catch_up_events = 3;
  {
    sales_of<1> sold{store, small};
    drain(sold);
    ASSERT_TRUE(sold.rebuild());
    ASSERT_TRUE(sold.poll());
  }
  sales_of<1> sold{store, small};
  drain(sold);
  EXPECT_EQ(names(), (names_list{"sales_v1_2"}));
  EXPECT_EQ(store.look()["sales_v1_2"], (pieces_map{{"x", 10}}));
}

TEST_F(table_projection, is_built_again_right_after_a_restart) {
  for (int i = 0; i < 3; ++i) sell(store, "a", "x");
  {
    sales_of<1> sold{store, options()};
    drain(sold);
  }
  sales_of<1> sold{store, one_by_one()};
  ASSERT_TRUE(sold.rebuild());
  while (sold.label() != "v1_2") {
    ASSERT_TRUE(sold.poll());
    EXPECT_EQ(store.look()["sales_" + sold.label()], (pieces_map{{"x", 3}}));
  }
}

TEST_F(table_projection, continues_a_rebuild_no_further_than_the_live_tables) {
  for (int i = 0; i < 3; ++i) sell(store, "a", "x");
  {
    thanking<1> sold{store, one_by_one()};
    drain(sold);
    ASSERT_TRUE(sold.rebuild());
    ASSERT_TRUE(sold.poll());
  }
  for (int i = 0; i < 4; ++i) sell(store, "a", "x");
  thanking<1> sold{store, options()};
  drain(sold);
  EXPECT_EQ(sold.label(), "v1_2");
  EXPECT_EQ(thanks(), 7U);  // as many by the old one as were in its tables
}

TEST_F(table_projection, switches_runners_that_wait_to_the_new_tables) {
  sales_of<1> first{store, options()};
  sales_of<1> second{store, options()};
  drain(first);
  drain(second);
  ASSERT_TRUE(first.rebuild());
  drain(first);
  auto const receipt = sell(store, "a", "x");
  drain(first);
  EXPECT_TRUE(second.wait(receipt, 10ms));
  EXPECT_EQ(second.label(), "v1_2");
  clock.advance(1s);
  sell(store, "a", "x");
  EXPECT_EQ(drain(second), 0U);
  clock.advance(6s);
  EXPECT_EQ(drain(second), 1U);
  EXPECT_EQ(names(), (names_list{"sales_v1_2"}));
}

TEST_F(table_projection, of_a_higher_version_is_built_beside_and_takes_the_place) {
  for (int i = 0; i < 4; ++i) sell(store, "a", "x");
  auto small = options();
  small.batch_events = small.catch_up_events = 1;
  sales_of<1> old{store, small};
  drain(old);
  sales_of<2> next{store, small};
  ASSERT_TRUE(next.poll());
  EXPECT_EQ(names(), (names_list{"sales_v1", "sales_v2"}));
  EXPECT_EQ(next.label(), "v1");
  sell(store, "a", "x");
  drain(old);  // the live one goes on
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"x", 5}}));
  drain(next);
  EXPECT_EQ(names(), (names_list{"sales_v2"}));
  EXPECT_EQ(store.look()["sales_v2"], (pieces_map{{"x", 10}}));
  EXPECT_EQ(next.label(), "v2");
  sell(store, "a", "x");
  drain(old);
  auto const refused = old.poll();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, evsrc::errc::newer_version);
  EXPECT_EQ(names(), (names_list{"sales_v2"}));
  EXPECT_EQ(store.look()["sales_v2"], (pieces_map{{"x", 10}}));
  drain(next);
  EXPECT_EQ(store.look()["sales_v2"], (pieces_map{{"x", 12}}));
}

TEST_F(table_projection, of_a_lower_version_comes_back_only_on_purpose) {
  sell(store, "a", "x");
  {
    sales_of<1> sold{store, options()};
    drain(sold);
  }
  {
    sales_of<2> sold{store, options()};
    drain(sold);
  }
  sales_of<1> sold{store, options()};
  EXPECT_EQ(sold.poll().error().code, evsrc::errc::newer_version);
  EXPECT_NE(to_string(sold.explain()).find("its tables are of model_version 2, this program has 1"),
            std::string::npos);
  ASSERT_TRUE(sold.rebuild());
  drain(sold);
  EXPECT_EQ(names(), (names_list{"sales_v1_3"}));
  EXPECT_EQ(sold.label(), "v1_3");
  EXPECT_FALSE(sold.is_rebuilding());
}

TEST_F(table_projection, of_a_lower_version_that_came_back_makes_way_for_a_higher_one) {
  sell(store, "a", "x");
  {
    sales_of<2> sold{store, options()};
    drain(sold);
  }
  sales_of<1> sold{store, options()};
  ASSERT_TRUE(sold.rebuild());
  drain(sold);
  EXPECT_EQ(names(), (names_list{"sales_v1"}));
  sales_of<2> next{store, options()};
  drain(next);
  EXPECT_EQ(names(), (names_list{"sales_v2_3"}));
  sell(store, "a", "x");
  EXPECT_EQ(refusal_of(sold), evsrc::errc::newer_version);
  EXPECT_EQ(names(), (names_list{"sales_v2_3"}));
}

TEST_F(table_projection, of_a_lower_version_comes_back_whatever_is_rebuilt_meanwhile) {
  for (int i = 0; i < 4; ++i) sell(store, "a", "x");
  sales_of<2> newer{store, options()};
  drain(newer);
  sales_of<1> sold{store, one_by_one()};
  ASSERT_TRUE(sold.rebuild());
  ASSERT_TRUE(sold.poll());
  ASSERT_TRUE(newer.rebuild());
  sell(store, "a", "x");
  drain(newer);
  EXPECT_EQ(newer.label(), "v2_2");
  poll_until(sold, "v1");
  EXPECT_EQ(names(), (names_list{"sales_v1"}));
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"x", 5}}));
}

TEST_F(table_projection, of_a_lower_version_comes_back_over_what_was_there_when_it_was_told) {
  for (int i = 0; i < 4; ++i) sell(store, "a", "x");
  {
    sales_of<2> newer{store, options()};
    drain(newer);
  }
  sales_of<1> sold{store, one_by_one()};
  ASSERT_TRUE(sold.rebuild());
  ASSERT_TRUE(sold.poll());
  sales_of<3> newest{store, options()};
  drain(newest);
  EXPECT_EQ(refusal_of(sold), evsrc::errc::newer_version);
  EXPECT_EQ(store.look()["live"], (pieces_map{{"sales_v3", 1}}));
  ASSERT_TRUE(sold.rebuild());  // over this one, too
  poll_until(sold, "v1");
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"x", 4}}));
  EXPECT_FALSE(store.look().contains("sales_v3"));
}

TEST_F(table_projection, of_a_lower_version_is_asked_for_again_after_a_restart) {
  for (int i = 0; i < 4; ++i) sell(store, "a", "x");
  {
    sales_of<2> newer{store, options()};
    drain(newer);
  }
  {
    sales_of<1> sold{store, one_by_one()};
    ASSERT_TRUE(sold.rebuild());
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(sold.poll());
  }
  sales_of<1> sold{store, options()};
  EXPECT_EQ(refusal_of(sold), evsrc::errc::newer_version);
  ASSERT_TRUE(sold.rebuild());
  EXPECT_EQ(sold.poll(), 3U);  // two are in already, the switch counts as one
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"x", 4}}));
}

// A program that builds chose what it replaces long ago.
TEST_F(table_projection, of_a_higher_version_catches_up_with_tables_that_were_built_again) {
  for (int i = 0; i < 5; ++i) sell(store, "a", "x");
  sales_of<1> old{store, options()};
  drain(old);
  sales_of<2> next{store, one_by_one()};
  ASSERT_TRUE(next.poll());
  ASSERT_TRUE(old.rebuild());
  drain(old);
  EXPECT_EQ(old.label(), "v1_2");
  auto const receipt = sell(store, "a", "x");
  ASSERT_TRUE(old.wait(receipt, 1s));
  poll_until(next, "v2");
  EXPECT_EQ(store.look()["sales_v2"], (pieces_map{{"x", 12}}));
  EXPECT_EQ(names(), (names_list{"sales_v2"}));
}

TEST_F(table_projection, goes_on_until_the_moment_of_the_switch) {
  for (int i = 0; i < 5; ++i) sell(store, "a", "x");
  sales_of<1> old{store, options()};
  drain(old);
  sell(store, "a", "x");
  sales_of<2> next{store, options()};
  EXPECT_EQ(next.poll(), 5U);  // as far as the old one, which has more to do
  EXPECT_EQ(next.label(), "v1");
  store.after_checkpoint = [&](std::string_view name) {
    if (name != "sales_table/v1") return;
    store.after_checkpoint = {};
    drain(old);
  };
  poll_until(next, "v2");
  EXPECT_FALSE(store.after_checkpoint);
  EXPECT_EQ(store.look()["sales_v2"], (pieces_map{{"x", 12}}));
}

TEST_F(table_projection, goes_on_from_the_start_until_the_moment_of_the_switch) {
  sales_of<1> old{store, options()};
  drain(old);
  EXPECT_TRUE(store.find_checkpoint("sales_table/v1")->is_start());
  sell(store, "a", "x");
  sales_of<2> next{store, options()};
  before_a_change_beside("sales_v2", [&] { EXPECT_EQ(drain(old), 1U); });
  poll_until(next, "v2");
  EXPECT_FALSE(store.at_change);
  EXPECT_EQ(store.look()["sales_v2"], (pieces_map{{"x", 2}}));
}

TEST_F(table_projection, is_switched_at_the_start) {
  sales_of<1> old{store, options()};
  drain(old);
  sell(store, "a", "x");
  sales_of<2> next{store, options()};
  drain(next);
  EXPECT_EQ(names(), (names_list{"sales_v2"}));
  EXPECT_EQ(store.look()["sales_v2"], (pieces_map{{"x", 2}}));
}

TEST_F(table_projection, of_a_lower_version_is_not_built_to_the_end_where_a_higher_one_is_live) {
  for (int i = 0; i < 4; ++i) sell(store, "a", "x");
  sales_of<1> old{store, options()};
  drain(old);
  sales_of<2> slow{store, one_by_one()};
  ASSERT_TRUE(slow.poll());
  sales_of<3> newest{store, options()};
  drain(newest);
  sell(store, "a", "x");
  drain(newest);
  EXPECT_EQ(refusal_of(slow), evsrc::errc::newer_version);
  EXPECT_EQ(slow.label(), "v3");
  EXPECT_EQ(store.look()["live"], (pieces_map{{"sales_v3", 1}}));
  EXPECT_EQ(store.look()["sales_v3"], (pieces_map{{"x", 15}}));
  slow.resume();
  EXPECT_EQ(refusal_of(slow), evsrc::errc::newer_version);
}

TEST_F(table_projection, of_a_lower_version_refuses_in_the_middle_of_its_switch) {
  sell(store, "a", "x");
  sales_of<1> old{store, options()};
  drain(old);
  sales_of<2> slow{store, one_by_one()};
  sales_of<3> newest{store, options()};
  bool is_last = false;
  // The second change is that of the one event, the third the switch.
  before_a_change_beside("sales_v2", [&] {
    before_a_change_beside("sales_v2", [&] {
      drain(newest);
      is_last = true;
    });
  });
  for (int i = 0; i < 10 && !is_last; ++i) static_cast<void>(slow.poll());
  ASSERT_TRUE(is_last);
  EXPECT_EQ(refusal_of(slow), evsrc::errc::newer_version);
  EXPECT_EQ(store.look()["live"], (pieces_map{{"sales_v3", 1}}));
  EXPECT_EQ(store.look()["sales_v3"], (pieces_map{{"x", 3}}));
}

TEST_F(table_projection, of_a_higher_version_takes_the_place_of_one_that_came_first_by_a_moment) {
  for (int i = 0; i < 3; ++i) sell(store, "a", "x");
  sales_of<1> first{store, options()};
  sales_of<2> second{store, options()};
  store.at_change = [&] {
    store.at_change = {};
    EXPECT_EQ(drain(first), 3U);
  };
  EXPECT_EQ(second.poll().error().code, evsrc::errc::unavailable);
  poll_until(second, "v2");
  EXPECT_EQ(names(), (names_list{"sales_v2"}));
  EXPECT_EQ(store.look()["sales_v2"], (pieces_map{{"x", 6}}));
  sell(store, "a", "x");
  EXPECT_EQ(refusal_of(first), evsrc::errc::newer_version);
}

TEST_F(table_projection, of_a_lower_version_refuses_where_a_higher_one_came_first_by_a_moment) {
  for (int i = 0; i < 3; ++i) sell(store, "a", "x");
  sales_of<1> second{store, options()};
  sales_of<2> first{store, options()};
  store.at_change = [&] {
    store.at_change = {};
    EXPECT_EQ(drain(first), 3U);
  };
  EXPECT_EQ(second.poll().error().code, evsrc::errc::unavailable);
  EXPECT_EQ(refusal_of(second), evsrc::errc::newer_version);
  EXPECT_EQ(second.label(), "v2");
  EXPECT_EQ(names(), (names_list{"sales_v2"}));
  EXPECT_EQ(store.look()["sales_v2"], (pieces_map{{"x", 6}}));
}

/// A version that is live with a parked stream, until one above it takes its place.
struct replaced_projection_test : table_projection_test {
  thanking<1> old{store, parking()};
  std::optional<sales_of<2>> next;

  void SetUp() override {
    sell(store, "a", "x");
    sell(store, "b", "bomb");
    drain(old);
    ASSERT_EQ(old.explain().parked.size(), 1U);
  }
  void replace() {
    sales::is_armed = false;
    next.emplace(store, options());
    poll_until(*next, "v2");
  }
  /// What the replaced version did since would be seen here.
  void expect_only_next() {
    EXPECT_EQ(store.look()["live"], (pieces_map{{"sales_v2", 1}}));
    EXPECT_EQ(names(), (names_list{"sales_v2"}));
    EXPECT_EQ(thanks(), 1U);
  }
};
using replaced_projection = replaced_projection_test;

TEST_F(replaced_projection, stays_out_when_it_hears_of_it_from_a_redrive) {
  replace();
  for (int i = 0; i < 2; ++i) {
    auto const told = old.redrive({"shop", "b"});
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().code, i == 0 ? evsrc::errc::unavailable : evsrc::errc::newer_version);
  }
  sell(store, "a", "y");
  EXPECT_EQ(refusal_of(old), evsrc::errc::newer_version);
  expect_only_next();
}

TEST_F(replaced_projection, forgets_a_rebuild_that_was_asked_for_before) {
  ASSERT_TRUE(old.rebuild());
  replace();
  EXPECT_EQ(old.redrive({"shop", "b"}).error().code, evsrc::errc::unavailable);
  sell(store, "a", "y");
  EXPECT_EQ(refusal_of(old), evsrc::errc::newer_version);
  expect_only_next();
}

TEST_F(replaced_projection, forgets_a_rebuild_when_its_owner_is_fenced_for_the_switch) {
  sales::is_armed = false;
  sell(store, "a", "x");
  next.emplace(store, options());
  EXPECT_TRUE(next->poll());
  // Where it would switch the live tables have moved on, so it takes them from their owner.
  store.after_checkpoint = [&](std::string_view) {
    store.after_checkpoint = {};
    drain(old);
  };
  EXPECT_TRUE(next->poll());
  EXPECT_EQ(store.find_owner("sales_table/v1")->epoch, 2U);
  EXPECT_EQ(store.look()["live"], (pieces_map{{"sales_v1", 1}}));
  ASSERT_TRUE(old.rebuild());
  EXPECT_EQ(old.redrive({"shop", "b"}).error().code, evsrc::errc::unavailable);
  ASSERT_EQ(old.poll(), 0U);
  poll_until(*next, "v2");
  EXPECT_EQ(refusal_of(old), evsrc::errc::newer_version);
  EXPECT_EQ(names(), (names_list{"sales_v2"}));
}

TEST_F(table_projection, goes_on_with_a_rebuild_though_its_first_look_failed) {
  for (int i = 0; i < 4; ++i) sell(store, "a", "x");
  {
    sales_of<1> first{store, options()};
    drain(first);
  }
  sales_of<1> sold{store, one_by_one()};
  ASSERT_TRUE(sold.rebuild());
  ASSERT_TRUE(sold.poll());
  ASSERT_TRUE(sold.is_rebuilding());
  clock.advance(1h);
  sales_of<1> heir{store, options()};
  ASSERT_EQ(heir.poll(), 0U);
  clock.advance(1h);
  // It takes over, and then cannot see what the owner before did last.
  store.at_owner = [&](std::string_view) {
    store.refuses_read = [](evsrc::stream_id const& stream) { return stream.key == "sales_table"; };
  };
  auto const epoch = store.inner().find_owner("sales_table/v1")->epoch;
  EXPECT_EQ(heir.poll().error().code, evsrc::errc::unavailable);
  EXPECT_EQ(store.inner().find_owner("sales_table/v1")->epoch, epoch + 1);
  store.at_owner = {};
  store.refuses_read = {};
  ASSERT_EQ(heir.poll(), 0U) << "the tables under the new label have an owner";
  EXPECT_TRUE(heir.is_rebuilding());
  clock.advance(1h);
  poll_until(heir, "v1_2");
  EXPECT_EQ(store.look()["sales_v1_2"], (pieces_map{{"x", 4}}));
}

TEST_F(table_projection, that_waited_stays_out_where_a_higher_version_was_first_by_a_moment) {
  for (int i = 0; i < 3; ++i) sell(store, "a", "x");
  auto old = std::make_unique<thanking<1>>(store, options());
  drain(*old);
  thanking<1> heir{store, options()};
  ASSERT_EQ(heir.poll(), 0U);
  thanking<2> next{store, options()};
  // Between its look at what is live and its look at the owner another version takes the place.
  store.at_owner = [&](std::string_view) {
    store.at_owner = {};
    poll_until(next, "v2");
  };
  EXPECT_EQ(heir.poll().error().code, evsrc::errc::newer_version);
  for (int i = 0; i < 3; ++i) {
    heir.resume();
    EXPECT_EQ(heir.poll().error().code, evsrc::errc::newer_version);
  }
  EXPECT_EQ(names(), (names_list{"sales_v2"}));
}

// The tables that it takes over last are those of a version that is gone by then.
TEST_F(table_projection, that_waited_stays_out_where_two_switches_came_first_by_a_moment) {
  for (int i = 0; i < 3; ++i) sell(store, "a", "x");
  auto first = std::make_unique<thanking<1>>(store, options());
  drain(*first);
  thanking<1> heir{store, options()};
  ASSERT_EQ(heir.poll(), 0U);
  thanking<2> next{store, options()};
  store.at_owner = [&](std::string_view) {
    store.at_owner = [&](std::string_view name) {
      if (name != "sales_table/v1_2") return;
      store.at_owner = {};
      poll_until(next, "v2");
    };
    auto const then = std::exchange(store.at_owner, {});
    ASSERT_TRUE(first->rebuild());
    poll_until(*first, "v1_2");
    first.reset();
    store.at_owner = then;
  };
  EXPECT_EQ(heir.poll().error().code, evsrc::errc::newer_version);
  EXPECT_FALSE(store.at_owner);
  EXPECT_EQ(names(), (names_list{"sales_v2"}));
}

// What it would build has the label of what another one has built since.
TEST_F(table_projection, rebuilds_nothing_over_what_its_heir_has_built) {
  for (int i = 0; i < 3; ++i) sell(store, "a", "x");
  thanking<1> idle{store, options()};
  drain(idle);
  {
    thanking<1> heir{store, options()};
    ASSERT_EQ(heir.poll(), 0U);
    clock.advance(1h);
    drain(heir);
    ASSERT_TRUE(heir.rebuild());
    poll_until(heir, "v1_2");
    sell(store, "a", "x");
    drain(heir);
  }
  sell(store, "a", "x");
  ASSERT_TRUE(idle.rebuild());
  for (int i = 0; i < 10; ++i) static_cast<void>(idle.poll());
  EXPECT_EQ(idle.label(), "v1_2");
  EXPECT_EQ(store.look()["sales_v1_2"], (pieces_map{{"x", 5}}));
  EXPECT_EQ(thanks(), 5U);
}

TEST_F(table_projection, stays_stopped_where_a_redrive_finds_another_owner) {
  sell(store, "b", "bomb");
  auto with = parking();
  thanking<1> first{store, with};
  drain(first);
  with.on_failure = evsrc::failure_policy::stop;
  with.patience = 1ms;
  thanking<1> stops{store, with};
  ASSERT_EQ(stops.poll(), 0U);
  clock.advance(1h);
  ASSERT_EQ(stops.poll(), 0U);
  sell(store, "a", "refused");
  auto const why = stops.poll().error().code;
  thanking<1> last{store, with};
  ASSERT_EQ(last.poll(), 0U);
  clock.advance(1h);
  static_cast<void>(last.poll());
  EXPECT_EQ(stops.redrive({"shop", "b"}).error().code, evsrc::errc::unavailable);
  EXPECT_EQ(stops.poll().error().code, why);
  EXPECT_FALSE(stops.explain().is_owner);
}

TEST_F(table_projection, tells_the_label_of_a_switch_whose_answer_was_lost) {
  sell(store, "a", "x");
  sales_of<1> sold{store, options()};
  drain(sold);
  ASSERT_TRUE(sold.rebuild());
  store.at_change = [&] { store.lose_next_answer = store.look().contains("sales_v1_2"); };
  for (int i = 0; i < 3 && store.look().contains("sales_v1"); ++i) static_cast<void>(sold.poll());
  store.at_change = {};
  store.lose_next_answer = false;
  drain(sold);
  EXPECT_EQ(names(), (names_list{"sales_v1_2"}));
  EXPECT_EQ(sold.label(), "v1_2");
}

TEST_F(table_projection, has_the_effects_of_the_live_model_once) {
  for (int i = 0; i < 5; ++i) sell(store, "a", "x");
  auto small = options();
  small.batch_events = small.catch_up_events = 2;
  thanking<1> sold{store, small};
  drain(sold);
  EXPECT_EQ(thanks(), 5U);
  ASSERT_TRUE(sold.rebuild());
  ASSERT_TRUE(sold.poll());
  sell(store, "a", "x");
  drain(sold);
  EXPECT_FALSE(sold.is_rebuilding());
  EXPECT_EQ(thanks(), 6U);
  sell(store, "a", "x");
  drain(sold);
  EXPECT_EQ(thanks(), 7U);
  EXPECT_EQ(store.look()["sales_v1_2"], (pieces_map{{"x", 7}}));
}

TEST_F(table_projection, is_asked_once_for_effects_that_fill_several_commits) {
  constexpr std::size_t count = 3 * evsrc::limits::commit_once;
  for (std::size_t i = 0; i != count; ++i) sell(store, "a", "x");
  auto large = options();
  large.batch_events = evsrc::limits::page_events;
  evsrc::projection<counting_table, table_store> sold{store, large};
  counting_table::asked = 0;
  drain(sold);
  EXPECT_EQ(thanks(), count);
  EXPECT_EQ(counting_table::asked, count);
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"x", count}}));
}

TEST_F(table_projection, owes_the_effects_of_what_the_old_version_did_not_reach) {
  for (int i = 0; i < 3; ++i) sell(store, "a", "x");
  {
    thanking<1> old{store, options()};
    drain(old);
  }
  for (int i = 0; i < 3; ++i) sell(store, "a", "x");
  thanking<2> next{store, options()};
  drain(next);
  EXPECT_EQ(next.label(), "v2");
  EXPECT_EQ(thanks(), 6U);
  EXPECT_EQ(store.look()["sales_v2"], (pieces_map{{"x", 12}}));
}

TEST_F(table_projection, applies_events_whose_effects_are_in_already) {
  for (int i = 0; i < 4; ++i) sell(store, "a", "x");
  {
    thanking<1> sold{store, options()};
    drain(sold);
  }
  // As if the tables and their checkpoint had been put back to an earlier moment.
  auto const first_two = store.query({.max_events = 2});
  evsrc::commit back;
  back.checkpoints.push_back(
      {"sales_table/v1", *store.find_checkpoint("sales_table/v1"), first_two->next()});
  ASSERT_TRUE(store.commit(std::move(back),
                           [](tables& t) -> evsrc::result<void> {
                             t["sales_v1"]["x"] = 2;
                             return {};
                           },
                           {}));
  sell(store, "a", "x");
  thanking<1> sold{store, options()};
  drain(sold);
  EXPECT_EQ(thanks(), 5U);
  EXPECT_EQ(store.look()["sales_v1"], (pieces_map{{"x", 5}}));
}

TEST_F(table_projection, takes_larger_batches_while_it_is_behind) {
  for (int i = 0; i < 20; ++i) sell(store, "a", "x");
  auto with = options();
  with.batch_events = 2;
  with.catch_up_events = 12;
  sales_of<1> sold{store, with};
  EXPECT_EQ(sold.poll(), 2U);
  EXPECT_EQ(sold.poll(), 12U);
  EXPECT_EQ(sold.poll(), 6U);
  for (int i = 0; i < 5; ++i) sell(store, "a", "x");
  EXPECT_EQ(sold.poll(), 2U);
}

TEST_F(table_projection, refuses_a_checkpoint_that_is_not_of_this_store) {
  sell(store, "a", "x");
  {
    sales_of<1> sold{store, options()};
    drain(sold);
  }
  table_store other;
  sell(other, "a", "x");
  store.forged_checkpoint = other.head().value();
  sales_of<1> sold{store, options()};
  EXPECT_EQ(sold.poll().error().code, evsrc::errc::checkpoint_ahead);
  EXPECT_EQ(sold.explain().standing, evsrc::standing::stopped);
  EXPECT_NE(to_string(sold.explain()).find("stopped: checkpoint_ahead"), std::string::npos);
  store.forged_checkpoint.reset();
}

TEST_F(table_projection, moves_on_a_thread_and_rebuilds_meanwhile) {
  sales_of<1> sold{store, {.batch_events = 5}};
  evsrc::receipt last;
  {
    auto const thread = sold.start();
    for (int i = 0; i < 100; ++i) {
      last = sell(store, "a", "x");
      if (i == 20 || i == 60) {
        ASSERT_TRUE(sold.rebuild());
      }
      if (i % 7 == 0) {
        ASSERT_TRUE(sold.wait(last, 30s));
      }
    }
    ASSERT_TRUE(sold.wait(last, 30s));
  }
  drain(sold);
  auto const tables_now = store.look();
  ASSERT_EQ(names().size(), 1U);
  EXPECT_EQ(tables_now.at(names()[0]), (pieces_map{{"x", 100}}));
}

}  // namespace
