// SPDX-License-Identifier: Apache-2.0
// Rules that values state about themselves.
#include "evsrc/model/validation.hpp"

#include <gtest/gtest.h>

namespace validation_test {

struct withdraw {
  int cents = 0;
  [[nodiscard]] evsrc::result<> validate() const {
    if (cents > 0) return {};
    return evsrc::invalid("cents", "must be above zero, is " + std::to_string(cents));
  }
};
struct anything {};

TEST(validation, passes_what_has_no_rules) { EXPECT_TRUE(evsrc::check_valid(anything{})); }

TEST(validation, passes_what_keeps_its_rules) { EXPECT_TRUE(evsrc::check_valid(withdraw{1})); }

TEST(validation, names_the_field_that_breaks_a_rule) {
  auto const checked = evsrc::check_valid(withdraw{-3});

  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, evsrc::errc::invalid_argument);
  EXPECT_EQ(checked.error().message, "cents: must be above zero, is -3");
}

}  // namespace validation_test
