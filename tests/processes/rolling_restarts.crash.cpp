// SPDX-License-Identifier: Apache-2.0
// Restarts of consumers under load cost messages deliveries, and none of them its life.
#include <gtest/gtest.h>

#include "fleet.hpp"

namespace evsrc_test {
namespace {

using namespace std::chrono_literals;

TEST(rolling_restarts, dead_letter_nothing) {
  traffic_options how;
  how.max_delivery_count = 10;
  how.repeats = false;
  how.backlog_max = 1'000;  // somebody always has messages in hand
  if (soak_factor() > 1) how.durability = evsrc::sqlite::durability::fsync;
  fleet all("rolling restarts", how, 1, &consume_on_threads);
  for (std::size_t process = 0; process < process_count; ++process) all.start(process);
  ASSERT_TRUE(all.watch(500ms)) << all.flaw();
  for (std::size_t restart = 0; restart < 30; ++restart) {
    auto const process = fleet::consumers[restart % 2];
    // Every third one does not end in time, and is killed.
    if (restart % 3 == 2)
      all.kill(process);
    else
      all.end(process);
    all.start(process);
    ASSERT_TRUE(all.watch(soak_factor() > 1 ? 1'000ms : 200ms)) << all.flaw();
  }
  all.print_figures("30 restarts");
  EXPECT_EQ(all.settle_and_judge(false), "");
  std::uint32_t most = 0;
  for (auto const& notes : all.stage().of) most = std::max(most, notes.most_returns.load());
  std::cout << "  a message came again " << most << " times at most" << std::endl;
}

}  // namespace
}  // namespace evsrc_test
