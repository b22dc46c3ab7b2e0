// SPDX-License-Identifier: Apache-2.0
// Tests of what an append expects.
#include "evsrc/store/expected_version.hpp"

#include <gtest/gtest.h>

namespace {

using evsrc::expected_version;

TEST(expected_version, any_holds_for_every_version) {
  EXPECT_TRUE(expected_version::any().holds_for(0));
  EXPECT_TRUE(expected_version::any().holds_for(1));
  EXPECT_TRUE(expected_version::any().holds_for(~std::uint64_t{0}));
}

TEST(expected_version, none_holds_for_no_stream_only) {
  EXPECT_TRUE(expected_version::none().holds_for(0));
  EXPECT_FALSE(expected_version::none().holds_for(1));
}

TEST(expected_version, exists_holds_for_any_stream) {
  EXPECT_FALSE(expected_version::exists().holds_for(0));
  EXPECT_TRUE(expected_version::exists().holds_for(1));
  EXPECT_TRUE(expected_version::exists().holds_for(7));
}

TEST(expected_version, exactly_rejects_a_newer_stream) {
  EXPECT_FALSE(expected_version::exactly(2).holds_for(3));
}

TEST(expected_version, exactly_rejects_an_older_stream_and_none) {
  EXPECT_FALSE(expected_version::exactly(2).holds_for(1));
  EXPECT_FALSE(expected_version::exactly(2).holds_for(0));
  EXPECT_TRUE(expected_version::exactly(2).holds_for(2));
}

TEST(expected_version, exactly_zero_is_none) {
  EXPECT_EQ(expected_version::exactly(0), expected_version::none());
  EXPECT_NE(expected_version::exactly(1), expected_version::none());
}

TEST(expected_version, is_any_by_default_of_kind) {
  static_assert(expected_version::any().what() == expected_version::kind::any);
  static_assert(expected_version::exactly(4).version() == 4);
}

TEST(expected_version, has_a_text_for_messages) {
  EXPECT_EQ(to_string(expected_version::any()), "any version");
  EXPECT_EQ(to_string(expected_version::none()), "no stream");
  EXPECT_EQ(to_string(expected_version::exists()), "an existing stream");
  EXPECT_EQ(to_string(expected_version::exactly(3)), "version 3");
}

}  // namespace
