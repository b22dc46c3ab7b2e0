// SPDX-License-Identifier: Apache-2.0
// The contract of buses, on the bus in an SQLite file at each durability.
#include <gtest/gtest.h>

#include "sqlite_bus_place.hpp"

namespace {

template <evsrc::sqlite::durability Durability>
std::unique_ptr<evsrc::testing::bus_place> make_place() {
  return std::make_unique<evsrc::sqlite_bus_place<Durability>>();
}

}  // namespace

int main(int argc, char** argv) {
  using evsrc::sqlite::durability;
  ::testing::InitGoogleTest(&argc, argv);
  evsrc::testing::register_bus_contract("sqlite_fsync", &make_place<durability::fsync>,
                                        evsrc::sqlite_bus_features);
  evsrc::testing::register_bus_contract("sqlite_os", &make_place<durability::os>,
                                        evsrc::sqlite_bus_features);
  evsrc::testing::register_bus_contract("sqlite_memory", &make_place<durability::memory>, {});
  return RUN_ALL_TESTS();
}
