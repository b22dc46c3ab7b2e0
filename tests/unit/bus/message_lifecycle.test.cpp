// SPDX-License-Identifier: Apache-2.0
// Tests of what every bus decides alike.
#include "evsrc/bus/message_lifecycle.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using evsrc::expiry_time;
using evsrc::no_time_to_live;
using evsrc::timestamp;

timestamp const start{std::chrono::hours{24 * 365 * 50}};

TEST(expiry, is_after_the_shorter_time_to_live) {
  EXPECT_EQ(expiry_time(start, 5s, no_time_to_live), start + 5s);
  EXPECT_EQ(expiry_time(start, no_time_to_live, 7s), start + 7s);
  EXPECT_EQ(expiry_time(start, 5s, 7s), start + 5s);
  EXPECT_EQ(expiry_time(start, 7s, 5s), start + 5s);
}

TEST(expiry, is_never_without_one_or_beyond_what_a_timestamp_holds) {
  using std::chrono::milliseconds;
  EXPECT_EQ(expiry_time(start, no_time_to_live, no_time_to_live), timestamp::max());
  EXPECT_EQ(expiry_time(start, milliseconds::max() - 1ms, no_time_to_live), timestamp::max());
  EXPECT_EQ(expiry_time(timestamp::max(), 1ms, no_time_to_live), timestamp::max());
  auto const room = std::chrono::floor<milliseconds>(timestamp::max() - start);
  EXPECT_EQ(expiry_time(start, room, no_time_to_live), timestamp::max());
  EXPECT_EQ(expiry_time(start, room - 1ms, no_time_to_live), start + (room - 1ms));
  EXPECT_EQ(expiry_time(timestamp::min(), 1ms, no_time_to_live), timestamp::min() + 1ms);
}

TEST(expiry, comes_with_its_moment) {
  EXPECT_FALSE(evsrc::is_expired(start, start - 1us));
  EXPECT_TRUE(evsrc::is_expired(start, start));
  EXPECT_TRUE(evsrc::is_expired(start, start + 1us));
  EXPECT_FALSE(evsrc::is_expired(timestamp::max(), timestamp::max()));
}

TEST(message_lifecycle, schedules_what_lies_in_the_future) {
  EXPECT_FALSE(evsrc::is_scheduled({}, start));
  EXPECT_FALSE(evsrc::is_scheduled({.enqueue_at = start}, start));
  EXPECT_TRUE(evsrc::is_scheduled({.enqueue_at = start + 1us}, start));
}

TEST(message_lifecycle, knows_what_lacks_a_session) {
  EXPECT_TRUE(evsrc::lacks_session({}, true));
  EXPECT_FALSE(evsrc::lacks_session({}, false));
  EXPECT_FALSE(evsrc::lacks_session({.session_id = "s"}, true));
}

TEST(message_lifecycle, detects_duplicates_by_the_message_id) {
  EXPECT_EQ(evsrc::duplicate_key({.id = {"m"}, .session_id = "s"}), "m");
  EXPECT_EQ(evsrc::duplicate_key({}), "");
}

TEST(message_lifecycle, ends_with_the_last_delivery) {
  EXPECT_FALSE(evsrc::is_exhausted(9, 10));
  EXPECT_TRUE(evsrc::is_exhausted(10, 10));
  EXPECT_TRUE(evsrc::is_exhausted(11, 10));
}

TEST(message_lifecycle, writes_modifications) {
  evsrc::message kept{.properties = {{"a", std::int64_t{1}}, {"b", true}}};
  modify(kept, {{"b", false}, {"c", std::string{"x"}}});
  evsrc::property_list const expected{
      {"a", std::int64_t{1}}, {"b", false}, {"c", std::string{"x"}}};
  EXPECT_EQ(kept.properties, expected);
}

TEST(message_lifecycle, writes_reason_and_description_in_place_of_earlier_ones) {
  evsrc::message kept{.properties = {{"a", true}}};
  mark_dead_letter(kept, "first", "once");
  EXPECT_EQ(find_text(kept.properties, "DeadLetterReason"), "first");
  EXPECT_EQ(find_text(kept.properties, "DeadLetterErrorDescription"), "once");
  mark_dead_letter(kept, "second", "");
  EXPECT_EQ(find_text(kept.properties, "DeadLetterReason"), "second");
  EXPECT_EQ(kept.properties.size(), 2U);
}

}  // namespace
