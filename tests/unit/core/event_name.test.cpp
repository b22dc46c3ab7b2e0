// SPDX-License-Identifier: Apache-2.0
// Tests of wire names.
#include "evsrc/core/event_name.hpp"

#include <gtest/gtest.h>

namespace {

using evsrc::category;
using evsrc::event_name;

TEST(event_name, is_a_constant) {
  static constexpr event_name released{"inventory.released", 2, "inventory.release"};
  static_assert(released.name == "inventory.released");
  static_assert(released.version == 2);
  static_assert(released.former == "inventory.release");
}

TEST(event_name, has_no_former_name_unless_given) {
  static constexpr event_name deposited{"account.deposited", 1};
  static_assert(deposited.former.empty());
}

TEST(event_name, compares_every_field) {
  constexpr event_name name{"a", 1, "b"};
  EXPECT_EQ(name, (event_name{"a", 1, "b"}));
  EXPECT_NE(name, (event_name{"x", 1, "b"}));
  EXPECT_NE(name, (event_name{"a", 2, "b"}));
  EXPECT_NE(name, (event_name{"a", 1}));
}

TEST(category, is_a_constant) {
  static constexpr category account{"account"};
  static_assert(account.name == "account");
  static_assert(account == category{"account"});
  static_assert(account != category{"order"});
}

}  // namespace
