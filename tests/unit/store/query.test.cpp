// SPDX-License-Identifier: Apache-2.0
// Tests of the rule by which a query matches.
#include "evsrc/store/query.hpp"

#include <gtest/gtest.h>

namespace {

using evsrc::event_tag;
using evsrc::matches;
using evsrc::query;

std::vector<event_tag> const tags{{"sku", "1"}, {"sku", "2"}, {"row", "a"}};

TEST(query, without_items_matches_every_event) {
  EXPECT_TRUE(matches(query{}, "order.created", tags));
  EXPECT_TRUE(matches(query{}, "", {}));
}

TEST(query, with_an_empty_item_matches_every_event) {
  EXPECT_TRUE(matches(query{{{}}}, "order.created", {}));
}

TEST(query, with_names_matches_any_of_them) {
  query const either{{{{"order.created", "order.made"}, {}}}};
  EXPECT_TRUE(matches(either, "order.created", tags));
  EXPECT_TRUE(matches(either, "order.made", {}));
  EXPECT_FALSE(matches(either, "order", tags));
  EXPECT_FALSE(matches(either, "order.created.v2", tags));
  EXPECT_FALSE(matches(either, "Order.created", tags));
}

TEST(query, with_tags_matches_events_that_have_all) {
  EXPECT_TRUE(matches(query{{{{}, {{"sku", "2"}, {"row", "a"}}}}}, "any", tags));
  EXPECT_FALSE(matches(query{{{{}, {{"sku", "2"}, {"row", "b"}}}}}, "any", tags));
  EXPECT_FALSE(matches(query{{{{}, {{"1", "sku"}}}}}, "any", tags));
  EXPECT_FALSE(matches(query{{{{}, {{"sku", "1"}}}}}, "any", {}));
}

TEST(query, with_names_and_tags_needs_both) {
  query const both{{{{"order.created"}, {{"sku", "1"}}}}};
  EXPECT_TRUE(matches(both, "order.created", tags));
  EXPECT_FALSE(matches(both, "order.updated", tags));
  EXPECT_FALSE(matches(both, "order.created", {{"row", "a"}}));
}

TEST(query, matches_where_one_of_its_items_does) {
  query const either{{{{"order.created"}, {}}, {{}, {{"sku", "2"}}}}};
  EXPECT_TRUE(matches(either, "order.created", {}));
  EXPECT_TRUE(matches(either, "order.updated", tags));
  EXPECT_FALSE(matches(either, "order.updated", {}));
}

}  // namespace
