// SPDX-License-Identifier: Apache-2.0
// The power goes at every write and sync of a bus in turn; what is found afterwards keeps what was
// promised of sends, settlements, transactions and commits.
#include <gtest/gtest.h>

#include "bus_power_loss_run.hpp"
#include "power_cuts.hpp"

namespace evsrc_test {
namespace {

using evsrc::sqlite::durability;

cut_report cut_bus(bus_work kind, durability level, std::string const& ignored_syncs = "") {
  // Making the file and the queues is the same for all: cut there in the life of sends alone.
  std::uint64_t first = 1;
  if (kind != bus_work::send) {
    work_folder const folder;
    simulated_disk disk;
    first = live(disk, folder.path(), kind, level).operations_before;
  }
  return cut_everywhere(
      std::string{to_string(kind)}, ignored_syncs,
      [&](simulated_disk& disk, auto const& folder) { return live(disk, folder, kind, level); },
      [](bus_life const& lived, auto const& folder) { return find_fault(lived, folder); }, first);
}

class bus_power_loss : public ::testing::TestWithParam<std::tuple<bus_work, durability>> {};

TEST_P(bus_power_loss, tears_nothing_and_loses_nothing_that_was_acknowledged) {
  auto const [kind, level] = GetParam();
  auto const report = cut_bus(kind, level);
  EXPECT_EQ(report.first_fault, "");
  EXPECT_GT(report.cuts, 20U);
  RecordProperty("cuts", std::to_string(report.cuts));
  RecordProperty("images", std::to_string(report.images));
}

std::string name_of(::testing::TestParamInfo<std::tuple<bus_work, durability>> const& of) {
  return std::string{to_string(std::get<0>(of.param))} +
         (std::get<1>(of.param) == durability::fsync ? "_fsync" : "_os");
}

INSTANTIATE_TEST_SUITE_P(every_work, bus_power_loss,
                         ::testing::Combine(::testing::ValuesIn(all_bus_work),
                                            ::testing::Values(durability::fsync)),
                         name_of);
// Without syncs acknowledged work may be lost, but nothing is torn: what is many rows tells.
INSTANTIATE_TEST_SUITE_P(work_in_commits, bus_power_loss,
                         ::testing::Combine(::testing::Values(bus_work::settle_commit),
                                            ::testing::Values(durability::os)),
                         name_of);

// What the run above proves, it proves only if it can fail.
TEST(bus_power_loss_defect, a_removed_sync_of_the_log_is_seen) {
  auto const report = cut_bus(bus_work::send, durability::fsync, "-wal");
  EXPECT_NE(report.first_fault, "");
}

}  // namespace
}  // namespace evsrc_test
