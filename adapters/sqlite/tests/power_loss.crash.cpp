// SPDX-License-Identifier: Apache-2.0
// The power goes at every write and sync in turn; what is found afterwards keeps the guarantees.
#include <gtest/gtest.h>

#include <cstdlib>

#include "power_loss_run.hpp"

namespace evsrc_test {
namespace {

using evsrc::sqlite::durability;

/// Images tried for each cut; EVSRC_SOAK multiplies.
std::uint64_t images_per_cut() {
  char const* const factor = std::getenv("EVSRC_SOAK");
  return factor == nullptr ? 1 : std::max<std::uint64_t>(std::strtoull(factor, nullptr, 10), 1);
}

struct cut_report {
  std::uint64_t cuts = 0;
  std::uint64_t images = 0;
  std::string first_fault;
};

/// Lives one life for each operation that it has, and looks at what each power loss leaves.
cut_report cut_everywhere(commit_kind kind, durability level, std::string const& ignored_syncs) {
  cut_report report;
  std::uint64_t operations = 1;
  for (std::uint64_t at = 1; at <= operations && report.first_fault.empty(); ++at) {
    work_folder const folder;
    simulated_disk disk;
    disk.ignore_syncs_of(ignored_syncs);
    disk.cut_power_at(at);
    auto const lived = live(disk, folder.path(), kind, level);
    operations = disk.is_cut() ? at + 1 : at;
    ++report.cuts;
    for (std::uint64_t round = 0; round != images_per_cut(); ++round) {
      for (auto const what_is_lost : all_losses) {
        auto const seed = at * 1'000 + round;
        work_folder const image;
        disk.write_image(image.path(), what_is_lost, seed);
        ++report.images;
        auto const fault = find_fault(lived, image.path());
        if (fault.empty() || !report.first_fault.empty()) continue;
        report.first_fault = std::string{to_string(kind)} + ", cut at operation " +
                             std::to_string(at) + ", loss " +
                             std::to_string(static_cast<int>(what_is_lost)) + ", seed " +
                             std::to_string(seed) + ": " + fault;
      }
    }
  }
  return report;
}

class power_loss : public ::testing::TestWithParam<std::tuple<commit_kind, durability>> {};

TEST_P(power_loss, leaves_whole_commits_and_everything_that_was_acknowledged) {
  auto const [kind, level] = GetParam();
  auto const report = cut_everywhere(kind, level, "");
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
  auto const report = cut_everywhere(commit_kind::one_event, durability::fsync, "-wal");
  EXPECT_NE(report.first_fault.find("lost"), std::string::npos) << report.first_fault;
}

TEST(power_loss_defect, a_removed_sync_of_the_file_breaks_it) {
  auto const report = cut_everywhere(commit_kind::several_streams, durability::os, ".db");
  EXPECT_NE(report.first_fault, "");
}

}  // namespace
}  // namespace evsrc_test
