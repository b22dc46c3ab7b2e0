// SPDX-License-Identifier: Apache-2.0
// Fingerprints are stored: their values may never change.
#include "evsrc/runtime/detail/fingerprint.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

using evsrc::detail::fingerprint_of;

TEST(fingerprint, is_the_same_in_every_release) {
  EXPECT_EQ(fingerprint_of(""), "37c9866e8ce052f43aa91cf0cacafdea");
  EXPECT_EQ(fingerprint_of("withdraw 2 42{\"cents\":500}"), "ab22aee38f54b0913a95850effe7f395");
}

TEST(fingerprint, is_thirty_two_hex_digits) {
  EXPECT_EQ(fingerprint_of("a").size(), 32U);
  EXPECT_EQ(fingerprint_of("a").find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(fingerprint, tells_texts_apart_that_differ_in_one_byte_or_in_length) {
  std::set<std::string> seen;
  std::string text;
  for (int length = 0; length < 64; ++length) {
    EXPECT_TRUE(seen.insert(fingerprint_of(text)).second) << length;
    text.push_back('\0');
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto changed = text;
    changed[at] = '\1';
    EXPECT_TRUE(seen.insert(fingerprint_of(changed)).second) << at;
  }
}

}  // namespace
