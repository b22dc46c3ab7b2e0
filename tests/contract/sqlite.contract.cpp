// SPDX-License-Identifier: Apache-2.0
// The contract of event stores, on the store in an SQLite file at each durability.
#include <gtest/gtest.h>

#include "sqlite_place.hpp"

int main(int argc, char** argv) {
  using evsrc::sqlite::durability;
  using evsrc::testing::register_event_store_contract;
  ::testing::InitGoogleTest(&argc, argv);
  register_event_store_contract(
      "sqlite_fsync", [] { return std::make_unique<evsrc::sqlite_place<durability::fsync>>(); },
      evsrc::sqlite_file_features);
  register_event_store_contract(
      "sqlite_os", [] { return std::make_unique<evsrc::sqlite_place<durability::os>>(); },
      evsrc::sqlite_file_features);
  register_event_store_contract(
      "sqlite_memory", [] { return std::make_unique<evsrc::sqlite_memory_place>(); },
      evsrc::sqlite_memory_features);
  return RUN_ALL_TESTS();
}
