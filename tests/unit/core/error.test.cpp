// SPDX-License-Identifier: Apache-2.0
// Tests of error codes, their text and which of them may pass.
#include "evsrc/core/error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace {

using evsrc::effect;
using evsrc::errc;
using evsrc::error;

constexpr auto last_code = static_cast<int>(errc::quota_exceeded);

std::vector<errc> all_codes() {
  std::vector<errc> codes;
  for (int i = 1; i <= last_code; ++i) codes.push_back(static_cast<errc>(i));
  return codes;
}

TEST(error, has_a_name_of_its_own_for_every_code) {
  std::set<std::string_view> names;
  for (auto const code : all_codes()) {
    auto const name = to_string(code);
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), name.npos) << name;
    EXPECT_NE(name, "unlisted");
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(to_string(errc::version_conflict), "version_conflict");
  EXPECT_EQ(to_string(errc::io_failed), "io_failed");
}

TEST(error, names_codes_and_effects_that_are_not_listed) {
  EXPECT_EQ(to_string(static_cast<errc>(0)), "unlisted");
  EXPECT_EQ(to_string(static_cast<errc>(last_code + 1)), "unlisted");
  EXPECT_EQ(to_string(static_cast<effect>(3)), "unlisted");
}

TEST(error, names_every_effect) {
  EXPECT_EQ(to_string(effect::none), "none");
  EXPECT_EQ(to_string(effect::applied), "applied");
  EXPECT_EQ(to_string(effect::unknown), "unknown");
}

TEST(error, reads_as_one_line) {
  EXPECT_EQ(to_string(error{errc::version_conflict, "stream account-42 is at 3, expected 2",
                            "sqlite.commit"}),
            "version_conflict: stream account-42 is at 3, expected 2 (sqlite.commit)");
  EXPECT_EQ(to_string(error{errc::not_found, "no such stream"}), "not_found: no such stream");
}

TEST(error, shows_the_native_code_and_an_effect) {
  error const failure{errc::io_failed, "COMMIT failed", "sqlite.commit", 10, effect::unknown};
  EXPECT_EQ(to_string(failure),
            "io_failed: COMMIT failed (sqlite.commit, native code 10, effect unknown)");
  EXPECT_EQ(to_string(error{errc::disk_full, "full", {}, 13}), "disk_full: full (native code 13)");
  EXPECT_EQ(to_string(error{errc::timed_out, "late", {}, 0, effect::applied}),
            "timed_out: late (effect applied)");
}

TEST(error, is_retryable_where_the_same_call_may_succeed_later) {
  std::set<errc> const may_pass{errc::overloaded, errc::timed_out,      errc::unavailable,
                                errc::disk_full,  errc::session_locked, errc::quota_exceeded};
  for (auto const code : all_codes()) {
    EXPECT_EQ(is_retryable(code), may_pass.contains(code)) << to_string(code);
  }
  EXPECT_FALSE(is_retryable(static_cast<errc>(0)));
}

TEST(error, is_never_retryable_once_something_may_have_happened) {
  for (auto const code : all_codes()) {
    EXPECT_EQ(is_retryable(error{code, "m"}), is_retryable(code)) << to_string(code);
    EXPECT_FALSE(is_retryable(error{code, "m", {}, 0, effect::unknown})) << to_string(code);
    EXPECT_FALSE(is_retryable(error{code, "m", {}, 0, effect::applied})) << to_string(code);
  }
}

TEST(error, compares_every_field) {
  error const one{errc::io_failed, "m", "o", 1, effect::unknown};
  EXPECT_EQ(one, (error{errc::io_failed, "m", "o", 1, effect::unknown}));
  EXPECT_NE(one, (error{errc::closed, "m", "o", 1, effect::unknown}));
  EXPECT_NE(one, (error{errc::io_failed, "x", "o", 1, effect::unknown}));
  EXPECT_NE(one, (error{errc::io_failed, "m", "x", 1, effect::unknown}));
  EXPECT_NE(one, (error{errc::io_failed, "m", "o", 2, effect::unknown}));
  EXPECT_NE(one, (error{errc::io_failed, "m", "o", 1, effect::none}));
}

}  // namespace
