// SPDX-License-Identifier: Apache-2.0
// Tests of typed properties.
#include "evsrc/core/property.hpp"

#include <gtest/gtest.h>

namespace {

using evsrc::property_list;

property_list one_of_each() {
  return {{"null", std::monostate{}},
          {"bool", true},
          {"integer", std::int64_t{-5}},
          {"real", 0.1},
          {"text", std::string("a\0b", 3)},
          {"time", evsrc::timestamp{std::chrono::microseconds(1'000'001)}},
          {"id", *evsrc::parse_uuid("0190a5c8-7f3e-7c21-8000-0123456789ab")},
          {"raw", evsrc::bytes{std::byte{0}, std::byte{255}}},
          {"", std::string(300, 'x')}};
}

TEST(property_list, comes_back_from_its_compact_form) {
  std::string encoded;
  evsrc::encode_properties(one_of_each(), encoded);
  auto const decoded = evsrc::decode_properties(encoded);
  ASSERT_TRUE(decoded) << to_string(decoded.error());
  EXPECT_EQ(*decoded, one_of_each());
}

TEST(property_list, takes_no_bytes_where_it_is_empty) {
  std::string encoded;
  evsrc::encode_properties({}, encoded);
  EXPECT_TRUE(encoded.empty());
  EXPECT_EQ(evsrc::decode_properties(encoded), property_list{});
}

TEST(property_list, is_malformed_cut_off_anywhere_or_with_more_behind_it) {
  std::string encoded;
  evsrc::encode_properties(one_of_each(), encoded);
  for (std::size_t size = 1; size != encoded.size(); ++size)
    EXPECT_FALSE(evsrc::decode_properties(std::string_view(encoded).substr(0, size))) << size;
  EXPECT_FALSE(evsrc::decode_properties(encoded + "x"));
  EXPECT_FALSE(evsrc::decode_properties("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
}

TEST(property_list, finds_by_the_exact_name) {
  auto const list = one_of_each();
  ASSERT_NE(evsrc::find_property(list, "integer"), nullptr);
  EXPECT_EQ(*evsrc::find_property(list, "integer"), evsrc::property_value(std::int64_t{-5}));
  EXPECT_EQ(evsrc::find_property(list, "Integer"), nullptr);
  EXPECT_EQ(evsrc::find_text(list, "text").size(), 3U);
  EXPECT_TRUE(evsrc::find_text(list, "integer").empty());
}

TEST(property_list, replaces_what_stands_there) {
  property_list list;
  evsrc::set_property(list, "a", std::int64_t{1});
  evsrc::set_property(list, "b", false);
  evsrc::set_property(list, "a", std::string("two"));
  EXPECT_EQ(list, (property_list{{"a", std::string("two")}, {"b", false}}));
}

}  // namespace
