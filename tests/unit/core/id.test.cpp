// SPDX-License-Identifier: Apache-2.0
// Tests of identifiers that the compiler keeps apart.
#include "evsrc/core/id.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <type_traits>

namespace {

using customer_id = evsrc::strong_id<struct customer_id_tag>;
using order_id = evsrc::strong_id<struct order_id_tag>;
using row_id = evsrc::strong_id<struct row_id_tag, std::int64_t>;

template <class A, class B>
concept comparable = requires(A const& a, B const& b) {
  a == b;
};

TEST(strong_id, does_not_mix_with_another_id) {
  static_assert(!std::is_same_v<customer_id, order_id>);
  static_assert(!std::is_convertible_v<customer_id, order_id>);
  static_assert(!std::is_convertible_v<std::string, customer_id>);
  static_assert(!comparable<customer_id, order_id>);
  static_assert(!comparable<customer_id, std::string>);
}

TEST(strong_id, compares_by_value) {
  EXPECT_EQ(customer_id{"a"}, customer_id{"a"});
  EXPECT_LT(customer_id{"a"}, customer_id{"b"});
  EXPECT_LT(row_id{9}, row_id{10});
}

TEST(stream_id, orders_by_category_then_key) {
  EXPECT_LT((evsrc::stream_id{"a", "z"}), (evsrc::stream_id{"b", "a"}));
  EXPECT_LT((evsrc::stream_id{"a", "a"}), (evsrc::stream_id{"a", "b"}));
  EXPECT_EQ((evsrc::stream_id{"a", "b"}), (evsrc::stream_id{"a", "b"}));
}

TEST(stream_id, shows_category_and_key) {
  EXPECT_EQ(to_string(evsrc::stream_id{"account", "42"}), "account-42");
}

}  // namespace
