// SPDX-License-Identifier: Apache-2.0
// Tests of outgoing messages.
#include "evsrc/core/message.hpp"

#include <gtest/gtest.h>

namespace {

TEST(outgoing_message, is_json_due_at_once_unless_told) {
  evsrc::outgoing_message const message{{"m-1"}, "orders"};
  EXPECT_EQ(message.content_type, "application/json");
  EXPECT_EQ(message.not_before, evsrc::timestamp{});
  EXPECT_EQ(message.type_version, 1U);
  EXPECT_TRUE(message.key.empty());
}

TEST(outgoing_message, compares_every_part) {
  evsrc::outgoing_message const message{{"m-1"}, "orders", "42"};
  auto other = message;
  EXPECT_EQ(other, message);
  other.properties.emplace_back("region", "eu");
  EXPECT_NE(other, message);
}

}  // namespace
