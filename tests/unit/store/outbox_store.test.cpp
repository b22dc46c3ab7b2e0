// SPDX-License-Identifier: Apache-2.0
// Slots are part of what is stored: they never change.
#include "evsrc/store/outbox_store.hpp"

#include <gtest/gtest.h>

#include <set>

namespace evsrc {
namespace {

TEST(outbox_slot, stays_what_it_was_when_rows_were_written) {
  EXPECT_EQ(outbox_slot("orders", ""), 58U);
  EXPECT_EQ(outbox_slot("orders", "customer-7"), 54U);
  EXPECT_EQ(outbox_slot("events", "42"), 34U);
}

TEST(outbox_slot, tells_where_the_destination_ends) {
  EXPECT_NE(outbox_slot("ab", "c"), outbox_slot("a", "bc"));
}

TEST(outbox_slot, spreads_keys_over_all_slots) {
  std::set<std::size_t> used;
  for (int i = 0; i != 1'000; ++i) used.insert(outbox_slot("orders", std::to_string(i)));
  EXPECT_EQ(used.size(), outbox_slots);
  EXPECT_LT(*used.rbegin(), outbox_slots);
}

}  // namespace
}  // namespace evsrc
