// SPDX-License-Identifier: Apache-2.0
// Tests of results and of leaving a function with an error.
#include "evsrc/core/result.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace {

using evsrc::errc;
using evsrc::result;

result<int> half(int value) {
  if (value % 2 != 0) return evsrc::fail(errc::invalid_argument, "value: odd", "half");
  return value / 2;
}

result<> check(int value, int& evaluations) {
  ++evaluations;
  if (value < 0) return evsrc::fail(errc::limit_exceeded, "value: negative");
  return {};
}

result<std::unique_ptr<int>> checked(int value, int& evaluations) {
  EVSRC_TRY(check(value, evaluations));
  return std::make_unique<int>(value);
}

TEST(result, holds_a_value_or_an_error) {
  EXPECT_EQ(half(4), 2);
  auto const odd = half(3);
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error(), (evsrc::error{errc::invalid_argument, "value: odd", "half"}));
}

TEST(result, carries_a_whole_error) {
  evsrc::error const failure{errc::io_failed, "m", "o", 5, evsrc::effect::unknown};
  result<int> const failed = evsrc::fail(failure);
  EXPECT_EQ(failed.error(), failure);
}

TEST(result, goes_on_after_try_where_there_is_no_error) {
  int evaluations = 0;
  auto const outcome = checked(7, evaluations);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(**outcome, 7);
  EXPECT_EQ(evaluations, 1);
}

TEST(result, leaves_with_the_error_into_a_result_of_another_type) {
  int evaluations = 0;
  auto const outcome = checked(-1, evaluations);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "value: negative");
  EXPECT_EQ(evaluations, 1);
}

}  // namespace
