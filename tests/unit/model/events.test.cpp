// SPDX-License-Identifier: Apache-2.0
// Families of events.
#include "evsrc/model/events.hpp"

#include <gtest/gtest.h>

namespace events_test {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct closed {
  static constexpr evsrc::event_name wire_name{"door.closed", 1, "door.shut"};
};
struct painted {
  static constexpr evsrc::event_name wire_name{"door.painted", 1};
};
struct nameless {};
struct named_by_each_value {
  evsrc::event_name wire_name{"door.locked", 1};
};

using family = evsrc::events<opened, closed>;

TEST(events, know_their_members) {
  EXPECT_TRUE(family::contains<opened>);
  EXPECT_FALSE(family::contains<painted>);
  EXPECT_EQ(family::size, 2U);
}

TEST(events, are_numbered_in_their_order) {
  EXPECT_EQ(family::index_of<opened>, 0U);
  EXPECT_EQ(family::index_of<closed>, 1U);
}

TEST(events, need_a_wire_name) {
  EXPECT_TRUE(evsrc::named_event<opened>);
  EXPECT_FALSE(evsrc::named_event<nameless>);
  EXPECT_FALSE(evsrc::named_event<named_by_each_value>);
  EXPECT_FALSE(evsrc::named_event<int>);
}

TEST(events, overlap_where_a_former_name_is_another_ones) {
  constexpr evsrc::event_name now{"a.new", 1, "a.old"};

  EXPECT_TRUE(evsrc::detail::names_overlap(now, {"a.old", 1}));
  EXPECT_TRUE(evsrc::detail::names_overlap({"a.old", 1}, now));
  EXPECT_TRUE(evsrc::detail::names_overlap(now, {"b.new", 1, "a.old"}));
  EXPECT_FALSE(evsrc::detail::names_overlap(now, {"b.new", 1, "b.old"}));
  EXPECT_FALSE(evsrc::detail::names_overlap({"a", 1}, {"b", 1}));
}

}  // namespace events_test
