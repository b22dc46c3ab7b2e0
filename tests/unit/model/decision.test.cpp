// SPDX-License-Identifier: Apache-2.0
// Answers of decide.
#include "evsrc/model/decision.hpp"

#include <gtest/gtest.h>

namespace decision_test {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
  int by = 0;
};
struct closed {
  static constexpr evsrc::event_name wire_name{"door.closed", 1};
};
struct painted {
  static constexpr evsrc::event_name wire_name{"door.painted", 1};
};
struct door {
  static constexpr evsrc::category category{"door"};
  using events = evsrc::events<opened, closed>;
  void apply(opened const&) {}
  void apply(closed const&) {}
};
struct locked {
  int attempts = 0;
};
struct no_door {};

using decided = evsrc::decision<door, locked, no_door>;

TEST(decision, comes_from_one_event) {
  decided const made = opened{7};

  ASSERT_EQ(made.events().size(), 1U);
  EXPECT_EQ(std::get<opened>(made.events()[0]).by, 7);
  EXPECT_FALSE(made.is_rejected());
}

TEST(decision, keeps_the_order_of_several_events) {
  decided const made = evsrc::emit(closed{}, opened{1}, closed{});

  ASSERT_EQ(made.events().size(), 3U);
  EXPECT_TRUE(std::holds_alternative<closed>(made.events()[0]));
  EXPECT_TRUE(std::holds_alternative<opened>(made.events()[1]));
  EXPECT_TRUE(std::holds_alternative<closed>(made.events()[2]));
}

TEST(decision, grows_by_add) {
  decided made;
  made.add(opened{1}).add(closed{});

  EXPECT_EQ(made.events().size(), 2U);
}

TEST(decision, may_be_nothing) {
  decided const made = evsrc::nothing;

  EXPECT_TRUE(made.events().empty());
  EXPECT_FALSE(made.is_rejected());
}

TEST(decision, tells_its_rejection_by_type) {
  decided const made = evsrc::reject(locked{3});

  ASSERT_TRUE(made.is_rejected());
  ASSERT_NE(made.rejection<locked>(), nullptr);
  EXPECT_EQ(made.rejection<locked>()->attempts, 3);
  EXPECT_EQ(made.rejection<no_door>(), nullptr);
  EXPECT_EQ(made.rejection().index(), 0U);
}

TEST(decision, has_no_rejection_where_it_has_events) {
  decided const made = opened{};

  EXPECT_EQ(made.rejection<locked>(), nullptr);
}

TEST(decision, takes_only_what_belongs_to_it) {
  EXPECT_TRUE((std::is_constructible_v<decided, opened>));
  EXPECT_FALSE((std::is_constructible_v<decided, painted>));
  EXPECT_FALSE((std::is_constructible_v<decided, evsrc::emitted<opened, painted>>));
  EXPECT_FALSE((std::is_constructible_v<decided, evsrc::rejected<int>>));
}

}  // namespace decision_test
