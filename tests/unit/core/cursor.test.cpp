// SPDX-License-Identifier: Apache-2.0
// Tests of cursors: their order and their text.
#include "evsrc/core/cursor.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <compare>
#include <limits>

namespace {

using evsrc::cursor;
using evsrc::parse_cursor;

constexpr auto most = std::numeric_limits<std::uint64_t>::max();

TEST(cursor, stands_at_the_start_by_default) {
  cursor const start;
  EXPECT_TRUE(start.is_start());
  EXPECT_EQ(start, cursor{});
  EXPECT_FALSE((cursor{1, 0}).is_start());
}

TEST(cursor, keeps_what_an_adapter_gave) {
  cursor const where{7, 8, 9};
  EXPECT_EQ(where.store(), 7U);
  EXPECT_EQ(where.major(), 8U);
  EXPECT_EQ(where.minor(), 9U);
}

TEST(cursor, puts_the_start_before_every_other) {
  EXPECT_LT(cursor{}, (cursor{1, 0}));
  EXPECT_LT(cursor{}, (cursor{most, most, most}));
  EXPECT_GT((cursor{1, 0}), cursor{});
  EXPECT_TRUE((cursor{} <=> cursor{}) == 0);
}

TEST(cursor, orders_one_store_by_major_then_minor) {
  EXPECT_LT((cursor{1, 1, 9}), (cursor{1, 2, 0}));
  EXPECT_LT((cursor{1, 2, 0}), (cursor{1, 2, 1}));
  EXPECT_GT((cursor{1, most}), (cursor{1, most - 1, most}));
  EXPECT_TRUE(((cursor{1, 2, 3}) <=> (cursor{1, 2, 3})) == 0);
}

TEST(cursor, does_not_order_two_stores) {
  cursor const ours{1, 5};
  cursor const theirs{2, 9};
  EXPECT_TRUE((ours <=> theirs) == std::partial_ordering::unordered);
  EXPECT_FALSE(ours < theirs);
  EXPECT_FALSE(theirs < ours);
  EXPECT_FALSE(ours <= theirs);
  EXPECT_NE(ours, theirs);
}

TEST(cursor, has_a_text_form) {
  EXPECT_EQ(to_string(cursor{}), "start");
  EXPECT_EQ(to_string(cursor{0x9f3c, 26}), "9f3c-1a-0");
  auto const longest = to_string(cursor{most, most, most});
  EXPECT_EQ(longest, "ffffffffffffffff-ffffffffffffffff-ffffffffffffffff");
  EXPECT_EQ(longest.size(), 50U);
}

TEST(cursor, reads_its_text_form) {
  EXPECT_EQ(parse_cursor("start"), cursor{});
  EXPECT_EQ(parse_cursor("9f3c-1a-0"), (cursor{0x9f3c, 26}));
  EXPECT_EQ(parse_cursor("ffffffffffffffff-ffffffffffffffff-ffffffffffffffff"),
            (cursor{most, most, most}));
}

TEST(cursor, refuses_every_other_text) {
  for (auto const* text : {"",
                           "Start",
                           "start ",
                           " start",
                           "-",
                           "--",
                           "1",
                           "1-2",
                           "1-2-",
                           "1--3",
                           "-2-3",
                           "1-2-3-",
                           "1-2-3-4",
                           "1-2-3 ",
                           " 1-2-3",
                           "01-2-3",
                           "1-02-3",
                           "1-2-03",
                           "1-2-00",
                           "A-2-3",
                           "1-2-g",
                           "+1-2-3",
                           "1--2-3",
                           "0x1-2-3",
                           "1_2_3",
                           "0-2-3",
                           "0-0-0",
                           "10000000000000000-2-3",
                           "1-2-10000000000000000"}) {
    EXPECT_FALSE(parse_cursor(text)) << '"' << text << '"';
  }
  EXPECT_FALSE(parse_cursor({"1-2-3\0", 6}));
}

RC_GTEST_PROP(cursor, reads_back_what_it_wrote, (std::uint64_t store, std::uint64_t major)) {
  auto const minor = *rc::gen::arbitrary<std::uint64_t>();
  cursor const where = store == 0 ? cursor{} : cursor{store, major, minor};
  auto const text = to_string(where);
  RC_ASSERT(text.size() <= 50U);
  RC_ASSERT(parse_cursor(text) == where);
}

}  // namespace
