// SPDX-License-Identifier: Apache-2.0
// Decisions over several streams.
#include "evsrc/model/together.hpp"

#include <gtest/gtest.h>

namespace together_test {

struct confirmed {
  static constexpr evsrc::event_name wire_name{"order.confirmed", 1};
};
struct order {
  static constexpr evsrc::category category{"order"};
  using events = evsrc::events<confirmed>;
  bool is_confirmed = false;
  void apply(confirmed const&) { is_confirmed = true; }
};
struct reserved {
  static constexpr evsrc::event_name wire_name{"stock.reserved", 1};
  int quantity = 0;
};
struct stock {
  static constexpr evsrc::category category{"stock"};
  using events = evsrc::events<reserved>;
  int reserved_count = 0;
  void apply(reserved const& e) { reserved_count += e.quantity; }
};
using both = evsrc::together<order, evsrc::many<stock>>;

TEST(together, holds_one_state_for_a_part_and_a_map_for_many) {
  both state;
  state.get<order>().is_confirmed = true;
  state.get<stock>()["a"].reserved_count = 3;

  EXPECT_TRUE(std::as_const(state).get<order>().is_confirmed);
  EXPECT_EQ(state.at<stock>("a").reserved_count, 3);
}

TEST(together, shows_the_initial_state_for_a_key_that_was_not_loaded) {
  EXPECT_EQ(both{}.at<stock>("missing").reserved_count, 0);
}

TEST(together, names_its_streams_part_by_part) {
  both::keys const keys{"536365", {"85123A", "71053"}};

  EXPECT_EQ(std::get<0>(keys), "536365");
  EXPECT_EQ(std::get<1>(keys).size(), 2U);
}

TEST(together, addresses_events_to_its_parts) {
  evsrc::decision<both> made;
  made.to<stock>("85123A", reserved{2}).to<order>(confirmed{});

  ASSERT_EQ(made.events().size(), 2U);
  auto const& first = std::get<1>(made.events()[0]);
  EXPECT_EQ(first.key, "85123A");
  EXPECT_EQ(std::get<reserved>(first.event).quantity, 2);
  EXPECT_EQ(std::get<0>(made.events()[1]).key, "");
}

TEST(together, takes_no_event_without_an_address) {
  EXPECT_FALSE((std::is_constructible_v<evsrc::decision<both>, confirmed>));
}

}  // namespace together_test
