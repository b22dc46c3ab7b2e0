// SPDX-License-Identifier: Apache-2.0
// The contract of buses, on the bus in memory.
#include <gtest/gtest.h>

#include "memory_bus_place.hpp"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  evsrc::testing::register_bus_contract(
      "memory", [] { return std::make_unique<evsrc::memory_bus_place>(); },
      evsrc::memory_bus_features);
  return RUN_ALL_TESTS();
}
