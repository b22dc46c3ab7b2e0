// SPDX-License-Identifier: Apache-2.0
// Tests of RFC 3339 text.
#include "evsrc/core/timestamp.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace {

using evsrc::parse_timestamp;
using evsrc::timestamp;
using evsrc::to_string;
using namespace std::chrono_literals;

constexpr timestamp at(int year, unsigned month, unsigned day) {
  return std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} /
                               std::chrono::day{day}};
}

constexpr timestamp first_moment = at(0, 1, 1);
constexpr timestamp last_moment = at(9999, 12, 31) + 24h - 1us;

TEST(timestamp, is_written_with_microseconds_in_utc) {
  EXPECT_EQ(to_string(at(2010, 12, 1) + 8h + 26min), "2010-12-01T08:26:00.000000Z");
  EXPECT_EQ(to_string(at(2010, 12, 1) + 8h + 26min + 5s + 1us), "2010-12-01T08:26:05.000001Z");
  EXPECT_EQ(to_string(timestamp{}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_string(timestamp{} - 1us), "1969-12-31T23:59:59.999999Z");
}

TEST(timestamp, is_written_from_the_first_to_the_last_year) {
  EXPECT_EQ(to_string(first_moment), "0000-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_string(last_moment), "9999-12-31T23:59:59.999999Z");
}

TEST(timestamp, is_written_as_the_nearest_bound_outside_of_them) {
  EXPECT_EQ(to_string(first_moment - 1us), "0000-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_string(timestamp::min()), "0000-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_string(last_moment + 1us), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_string(timestamp::max()), "9999-12-31T23:59:59.999999Z");
}

TEST(timestamp, writes_27_characters_and_not_one_more) {
  std::array<char, 29> buffer;
  buffer.fill('#');
  evsrc::write_timestamp(timestamp{}, buffer.data() + 1);
  EXPECT_EQ((std::string{buffer.data(), buffer.size()}), "#1970-01-01T00:00:00.000000Z#");
}

TEST(timestamp, agrees_with_a_calendar_counted_by_hand_on_every_day) {
  constexpr unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  timestamp day = first_moment;
  std::string expected = "0000-00-00T23:59:59.999999Z";
  auto const put = [&expected](std::size_t where, std::size_t digits, unsigned value) {
    for (; digits > 0; --digits, value /= 10) {
      expected[where + digits - 1] = static_cast<char>('0' + value % 10);
    }
  };
  for (unsigned year = 0; year <= 9999; ++year) {
    bool const leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    put(0, 4, year);
    for (unsigned month = 1; month <= 12; ++month) {
      put(5, 2, month);
      unsigned const length = lengths[month - 1] + (leap && month == 2 ? 1 : 0);
      for (unsigned date = 1; date <= length; ++date, day += 24h) {
        put(8, 2, date);
        auto const last_of_day = day + 24h - 1us;
        ASSERT_EQ(to_string(last_of_day), expected);
        ASSERT_EQ(parse_timestamp(expected), last_of_day) << expected;
      }
      put(8, 2, length + 1);
      ASSERT_FALSE(parse_timestamp(expected)) << expected;
    }
  }
  EXPECT_EQ(day, last_moment + 1us);
}

TEST(timestamp, agrees_with_every_second_of_a_day) {
  auto const day = at(2024, 2, 29);
  for (int second = 0; second < 86'400; ++second) {
    auto const time = day + std::chrono::seconds{second};
    auto const text = to_string(time);
    ASSERT_EQ(std::stoi(text.substr(11, 2)) * 3600 + std::stoi(text.substr(14, 2)) * 60 +
                  std::stoi(text.substr(17, 2)),
              second);
    ASSERT_EQ(parse_timestamp(text), time);
  }
}

TEST(timestamp, reads_zero_to_nine_fraction_digits_and_cuts_off_beyond_microseconds) {
  auto const second = at(2020, 1, 2) + 3h + 4min + 5s;
  EXPECT_EQ(parse_timestamp("2020-01-02T03:04:05Z"), second);
  EXPECT_EQ(parse_timestamp("2020-01-02T03:04:05.1Z"), second + 100ms);
  EXPECT_EQ(parse_timestamp("2020-01-02T03:04:05.12Z"), second + 120ms);
  EXPECT_EQ(parse_timestamp("2020-01-02T03:04:05.123Z"), second + 123ms);
  EXPECT_EQ(parse_timestamp("2020-01-02T03:04:05.1234Z"), second + 123'400us);
  EXPECT_EQ(parse_timestamp("2020-01-02T03:04:05.12345Z"), second + 123'450us);
  EXPECT_EQ(parse_timestamp("2020-01-02T03:04:05.123456Z"), second + 123'456us);
  EXPECT_EQ(parse_timestamp("2020-01-02T03:04:05.1234569Z"), second + 123'456us);
  EXPECT_EQ(parse_timestamp("2020-01-02T03:04:05.12345699Z"), second + 123'456us);
  EXPECT_EQ(parse_timestamp("2020-01-02T03:04:05.123456999Z"), second + 123'456us);
  EXPECT_FALSE(parse_timestamp("2020-01-02T03:04:05.1234569990Z"));
}

TEST(timestamp, cuts_fractions_off_towards_the_past_before_1970_too) {
  EXPECT_EQ(parse_timestamp("1969-12-31T23:59:59.9999999Z"), timestamp{} - 1us);
}

TEST(timestamp, reads_any_offset) {
  auto const utc = at(2020, 1, 1);
  for (int minutes = -(23 * 60 + 59); minutes <= 23 * 60 + 59; ++minutes) {
    auto text = to_string(utc + std::chrono::minutes{minutes}).substr(0, 19);
    int const size = minutes < 0 ? -minutes : minutes;
    for (char const c :
         {minutes < 0 ? '-' : '+', static_cast<char>('0' + size / 600),
          static_cast<char>('0' + size / 60 % 10), ':', static_cast<char>('0' + size % 60 / 10),
          static_cast<char>('0' + size % 10)}) {
      text += c;
    }
    ASSERT_EQ(parse_timestamp(text), utc) << text;
  }
  EXPECT_EQ(parse_timestamp("2020-01-01T00:00:00-00:00"), utc);
  EXPECT_EQ(parse_timestamp("2020-01-01T05:30:00.5+05:30"), utc + 500ms);
}

TEST(timestamp, reads_a_text_without_offset_as_utc) {
  EXPECT_EQ(parse_timestamp("2020-01-01T00:00:00"), at(2020, 1, 1));
  EXPECT_EQ(parse_timestamp("2020-01-01T00:00:00.25"), at(2020, 1, 1) + 250ms);
}

TEST(timestamp, reads_a_space_for_the_t_and_letters_of_any_case) {
  EXPECT_EQ(parse_timestamp("2020-01-01 00:00:00"), at(2020, 1, 1));
  EXPECT_EQ(parse_timestamp("2020-01-01 00:00:00Z"), at(2020, 1, 1));
  EXPECT_EQ(parse_timestamp("2020-01-01t00:00:00z"), at(2020, 1, 1));
}

TEST(timestamp, reads_a_leap_second_as_the_next_second) {
  EXPECT_EQ(parse_timestamp("2016-12-31T23:59:60Z"), at(2017, 1, 1));
  EXPECT_EQ(parse_timestamp("2016-12-31T23:59:60.5Z"), at(2017, 1, 1) + 500ms);
  EXPECT_EQ(parse_timestamp("1990-12-31T15:59:60-08:00"), at(1991, 1, 1));
  EXPECT_FALSE(parse_timestamp("2016-12-31T23:59:61Z"));
  EXPECT_FALSE(parse_timestamp("9999-12-31T23:59:60Z"));
}

TEST(timestamp, refuses_a_moment_that_an_offset_takes_out_of_the_years) {
  EXPECT_EQ(parse_timestamp("0000-01-01T00:00:00-00:01"), first_moment + 1min);
  EXPECT_FALSE(parse_timestamp("0000-01-01T00:00:00+00:01"));
  EXPECT_EQ(parse_timestamp("9999-12-31T23:59:59+00:01"), last_moment + 1us - 1s - 1min);
  EXPECT_FALSE(parse_timestamp("9999-12-31T23:59:59-00:01"));
}

TEST(timestamp, refuses_impossible_dates_and_times) {
  for (auto const* text :
       {"2021-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2020-02-30T00:00:00Z",
        "2020-04-31T00:00:00Z", "2020-00-01T00:00:00Z", "2020-13-01T00:00:00Z",
        "2020-01-00T00:00:00Z", "2020-01-32T00:00:00Z", "2020-01-01T24:00:00Z",
        "2020-01-01T00:60:00Z", "2020-01-01T00:00:99Z", "2020-01-01T00:00:00+24:00",
        "2020-01-01T00:00:00+00:60", "2020-01-01T00:00:00+99:99"}) {
    EXPECT_FALSE(parse_timestamp(text)) << text;
  }
  EXPECT_EQ(parse_timestamp("2000-02-29T00:00:00Z"), at(2000, 2, 29));
}

TEST(timestamp, refuses_every_other_form) {
  for (auto const* text : {"",
                           "2020",
                           "2020-01-01",
                           "2020-01-01T",
                           "2020-01-01T00:00",
                           "2020-01-01T00:00Z",
                           "20200101T000000Z",
                           "2020-01-01T00:00:00.Z",
                           "2020-01-01T00:00:00.",
                           "2020-01-01T00:00:00,5Z",
                           "2020-01-01T00:00:00 Z",
                           "2020-01-01T00:00:00ZZ",
                           "2020-01-01T00:00:00Z ",
                           " 2020-01-01T00:00:00Z",
                           "2020-01-01T00:00:00UTC",
                           "2020-01-01T00:00:00+01",
                           "2020-01-01T00:00:00+0100",
                           "2020-01-01T00:00:00+1:00",
                           "2020-01-01T00:00:00+01:0",
                           "2020-01-01T00:00:00+01:00Z",
                           "2020-01-01T00:00:00+-1:00",
                           "+2020-01-01T00:00:00Z",
                           "-001-01-01T00:00:00Z",
                           "12020-01-01T00:00:00Z",
                           "2020/01/01T00:00:00Z",
                           "2020-1-1T00:00:00.00",
                           "2020-01-01_00:00:00Z",
                           "2020-01-01T00.00.00Z",
                           "2020-01-01T-1:00:00Z",
                           "2020-01-01T 1:00:00Z",
                           "2020-W01-1T00:00:00Z"}) {
    EXPECT_FALSE(parse_timestamp(text)) << '"' << text << '"';
  }
  EXPECT_FALSE(parse_timestamp({"2020-01-01T00:00:00Z\0", 21}));
}

TEST(timestamp, refuses_a_wrong_character_at_every_place) {
  std::string const good = "2020-11-12T13:14:15.123456Z";
  for (std::size_t where = 0; where < good.size(); ++where) {
    for (char const wrong : {'x', '/', ';', '\0', '\xff', '\x19'}) {
      auto text = good;
      text[where] = wrong;
      EXPECT_FALSE(parse_timestamp(text)) << where;
    }
  }
}

RC_GTEST_PROP(timestamp, reads_back_what_it_wrote, ()) {
  auto const us = *rc::gen::inRange<std::int64_t>(first_moment.time_since_epoch().count(),
                                                  last_moment.time_since_epoch().count());
  timestamp const time{std::chrono::microseconds{us}};
  auto const text = to_string(time);
  RC_ASSERT(text.size() == 27U);
  RC_ASSERT(parse_timestamp(text) == time);
}

RC_GTEST_PROP(timestamp, sorts_as_its_text_does, ()) {
  auto const any = rc::gen::inRange<std::int64_t>(first_moment.time_since_epoch().count(),
                                                  last_moment.time_since_epoch().count());
  timestamp const a{std::chrono::microseconds{*any}};
  timestamp const b{std::chrono::microseconds{*any}};
  RC_ASSERT((a < b) == (to_string(a) < to_string(b)));
}

}  // namespace
