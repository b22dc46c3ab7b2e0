// SPDX-License-Identifier: Apache-2.0
// The judges of the storm and of the restarts find what they are there to find: each planted
// defect, by the check that names it; and nothing where nothing is planted.
#include <gtest/gtest.h>

#include "restarts.hpp"
#include "shares.hpp"

namespace evsrc_test {
namespace {

using namespace std::chrono_literals;

traffic_options options_of(planted defect) {
  traffic_options how;
  how.defect = defect;
  how.patience = 60s;
  return how;
}

/// A second in which handlers fail, messages and commands are repeated, and processes are killed.
std::string flaw_of_storm(planted defect) {
  fleet all("a second of storm, " + std::string(to_string(defect)), options_of(defect), 30,
            &consume);
  for (std::size_t process = 0; process < process_count; ++process) all.start(process);
  all.stage().is_rough = true;
  for (auto const& kind : {fleet::consumers, fleet::producers}) {
    if (!all.watch(500ms)) break;
    auto const killed = kind[all.draw() % kind.size()];
    all.kill(killed);
    all.start(killed);
  }
  return all.settle_and_judge(true);
}

/// What stands in the file, whatever a process told of it first.
std::string flaw_of_file(planted defect) {
  fleet all("two hundred commits, " + std::string(to_string(defect)), options_of(defect), 30,
            &consume);
  for (std::size_t process = 0; process < process_count; ++process) all.start(process);
  constexpr std::uint64_t enough = 200;
  auto const is_short = [&] {
    auto const made = all.commits();
    return made[0] < enough || made[1] < enough;
  };
  while (is_short() && all.watch(20ms)) {
  }
  return all.judge_as_it_is();
}

std::string flaw_of_restarts(planted defect) {
  restarts rolling("thirty restarts, " + std::string(to_string(defect)), options_of(defect));
  if (auto flaw = rolling.run(30); !flaw.empty()) return flaw;
  return rolling.all().settle_and_judge(false);
}

/// The scheduler may keep a defect from showing; whatever shows is what was planted.
void expect_caught(std::string (*flaw_of)(planted), planted defect, std::string const& check) {
  constexpr int runs_max = 10;
  std::string flaw;
  for (int runs = 0; runs < runs_max && flaw.empty(); ++runs) flaw = flaw_of(defect);
  std::cout << "  " << flaw << std::endl;
  EXPECT_NE(flaw.find(check + ": "), std::string::npos) << check << " does not see the defect";
}

TEST(planted_process_defects, are_not_seen_where_nothing_is_planted) {
  EXPECT_EQ(flaw_of_storm(planted::nothing), "");
  EXPECT_EQ(flaw_of_restarts(planted::nothing), "");
}

TEST(planted_process_defects, a_commit_that_was_acknowledged_and_not_made_is_caught) {
  expect_caught(&flaw_of_storm, planted::lost_append, "acknowledged_is_there");
  expect_caught(&flaw_of_file, planted::lost_append, "acknowledged_is_there");
}

TEST(planted_process_defects, a_command_repeated_without_its_key_is_caught) {
  expect_caught(&flaw_of_storm, planted::key_dropped, "commands_take_effect_once");
  expect_caught(&flaw_of_file, planted::key_dropped, "commands_take_effect_once");
}

TEST(planted_process_defects, an_inbox_that_forgets_is_caught) {
  expect_caught(&flaw_of_storm, planted::inbox_forgets, "messages_take_effect_once");
}

TEST(planted_process_defects, an_inbox_that_is_not_read_is_caught) {
  expect_caught(&flaw_of_storm, planted::inbox_not_read, "messages_take_effect_once");
}

TEST(planted_process_defects, a_settlement_ahead_of_its_effects_is_caught) {
  expect_caught(&flaw_of_storm, planted::settles_early, "no_message_is_lost");
}

TEST(planted_process_defects, a_follower_that_overtakes_is_caught) {
  expect_caught(&flaw_of_storm, planted::follower_overtakes, "keys_are_in_order");
}

TEST(planted_process_defects, deliveries_that_are_wasted_are_caught) {
  expect_caught(&flaw_of_restarts, planted::takes_too_many, "nothing_is_dead_lettered");
}

TEST(planted_process_defects, messages_that_are_received_ahead_are_caught) {
  expect_caught(&flaw_of_restarts, planted::prefetches, "nothing_is_dead_lettered");
}

TEST(shares_of_processes, are_judged_by_a_tenth_where_there_are_enough_commits) {
  auto const flaw_of = [](shares::counts const& made) {
    shares seen;
    seen.add({}, made, {});
    return seen.find_flaw();
  };
  EXPECT_EQ(flaw_of({380, 20, 2'000, 4'000}), "");
  EXPECT_EQ(flaw_of({381, 19, 2'000, 4'000}),
            "nobody_starves: process 1 made 19 commits, its share was 200");
  EXPECT_EQ(flaw_of({2'000, 4'000, 200, 199}),
            "nobody_starves: process 2's kind made 398 commits, too few to judge");
}

}  // namespace
}  // namespace evsrc_test
