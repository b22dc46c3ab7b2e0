// SPDX-License-Identifier: Apache-2.0
// Names that are written down.
#include "evsrc/runtime/recorded_name.hpp"

#include <gtest/gtest.h>

namespace names_test {

struct withdraw {};
struct renamed {
  static constexpr std::string_view json_name = "withdraw_money";
};
template <class T>
struct of {};

}  // namespace names_test

namespace {

struct hidden {};

using evsrc::recorded_name;

TEST(recorded_name, is_the_type_without_its_namespaces) {
  EXPECT_EQ(recorded_name<names_test::withdraw>(), "withdraw");
  EXPECT_EQ(recorded_name<hidden>(), "hidden");
}

TEST(recorded_name, is_what_the_type_says) {
  EXPECT_EQ(recorded_name<names_test::renamed>(), "withdraw_money");
}

TEST(recorded_name, keeps_what_a_template_is_made_of) {
  EXPECT_EQ(recorded_name<names_test::of<int>>(), "of<int>");
}

}  // namespace
