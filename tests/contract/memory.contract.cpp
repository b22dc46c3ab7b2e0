// SPDX-License-Identifier: Apache-2.0
// The contract of event stores, on the store in memory.
#include <gtest/gtest.h>

#include "memory_place.hpp"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  evsrc::testing::register_event_store_contract(
      "memory", [] { return std::make_unique<evsrc::memory_place>(); }, evsrc::memory_features);
  return RUN_ALL_TESTS();
}
