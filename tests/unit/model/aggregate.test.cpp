// SPDX-License-Identifier: Apache-2.0
// What makes a type an aggregate.
#include "evsrc/model/aggregate.hpp"

#include <gtest/gtest.h>

namespace aggregate_test {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
  std::string house;
  static constexpr auto tags = evsrc::tags(evsrc::tag{"house", &opened::house});
};
struct door {
  static constexpr evsrc::category category{"door"};
  using events = evsrc::events<opened>;
  void apply(opened const&) {}
};
struct dated_door {
  static constexpr evsrc::category category{"door"};
  static constexpr std::uint32_t state_version = 3;
  using events = evsrc::events<opened>;
  void apply(opened const&, evsrc::metadata const&) {}
};
struct house {
  static constexpr evsrc::category category{"house"};
  static constexpr auto scope = evsrc::tagged("house");
  using events = evsrc::events<opened>;
  void apply(opened const&) {}
};
struct no_category {
  using events = evsrc::events<opened>;
  void apply(opened const&) {}
};
struct not_copyable : door {
  not_copyable() = default;
  not_copyable(not_copyable&&) = default;
};

static_assert(evsrc::check_aggregate<door>());
static_assert(evsrc::check_aggregate<dated_door>());
static_assert(evsrc::check_aggregate<house>());

TEST(aggregate, has_a_category_events_and_a_state_that_is_a_value) {
  EXPECT_TRUE(evsrc::aggregate<door>);
  EXPECT_FALSE(evsrc::aggregate<no_category>);
  EXPECT_FALSE(evsrc::aggregate<not_copyable>);
  EXPECT_FALSE(evsrc::aggregate<int>);
}

TEST(aggregate, may_apply_events_with_their_metadata) {
  EXPECT_TRUE((evsrc::applies_with_metadata<dated_door, opened>));
  EXPECT_FALSE((evsrc::applies_with_metadata<door, opened>));
  EXPECT_TRUE((evsrc::applies<dated_door, opened>));
}

TEST(aggregate, is_read_by_a_query_where_it_has_a_scope) {
  EXPECT_TRUE(evsrc::has_query_scope<house>);
  EXPECT_FALSE(evsrc::has_query_scope<door>);
}

TEST(aggregate, has_state_version_one_unless_it_says_another) {
  EXPECT_EQ(evsrc::state_version_of<door>(), 1U);
  EXPECT_EQ(evsrc::state_version_of<dated_door>(), 3U);
}

}  // namespace aggregate_test
