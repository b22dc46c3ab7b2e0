// SPDX-License-Identifier: Apache-2.0
// The power goes at every write and sync in turn; what is found afterwards keeps the guarantees.
#include <gtest/gtest.h>

#include "power_cuts.hpp"
#include "power_loss_run.hpp"

namespace evsrc_test {
namespace {

using evsrc::sqlite::durability;

cut_report cut_commits(commit_kind kind, durability level, std::string const& ignored_syncs) {
  return cut_everywhere(
      std::string{to_string(kind)}, ignored_syncs,
      [&](simulated_disk& disk, auto const& folder) { return live(disk, folder, kind, level); },
      [](life const& lived, auto const& folder) { return find_fault(lived, folder); });
}

class power_loss : public ::testing::TestWithParam<std::tuple<commit_kind, durability>> {};

TEST_P(power_loss, leaves_whole_commits_and_everything_that_was_acknowledged) {
  auto const [kind, level] = GetParam();
  auto const report = cut_commits(kind, level, "");
  EXPECT_EQ(report.first_fault, "");
  EXPECT_GT(report.cuts, 100U);
  RecordProperty("cuts", std::to_string(report.cuts));
  RecordProperty("images", std::to_string(report.images));
}

INSTANTIATE_TEST_SUITE_P(every_kind, power_loss,
                         ::testing::Combine(::testing::ValuesIn(all_commit_kinds),
                                            ::testing::Values(durability::fsync, durability::os)),
                         [](auto const& of) {
                           std::string name{to_string(std::get<0>(of.param))};
                           for (auto& c : name) c = c == ' ' ? '_' : c;
                           return name +
                                  (std::get<1>(of.param) == durability::fsync ? "_fsync" : "_os");
                         });

// What the run above proves, it proves only if it can fail.
TEST(power_loss_defect, a_removed_sync_of_the_log_loses_acknowledged_commits) {
  auto const report = cut_commits(commit_kind::one_event, durability::fsync, "-wal");
  EXPECT_NE(report.first_fault.find("lost"), std::string::npos) << report.first_fault;
}

TEST(power_loss_defect, a_removed_sync_of_the_file_breaks_it) {
  auto const report = cut_commits(commit_kind::several_streams, durability::os, ".db");
  EXPECT_NE(report.first_fault, "");
}

}  // namespace
}  // namespace evsrc_test
