// SPDX-License-Identifier: Apache-2.0
// Two producing and two consuming processes on one file, and what a test does to them.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "child.hpp"
#include "judge.hpp"
#include "stage.hpp"
#include "traffic.hpp"

namespace evsrc_test {

/// EVSRC_SOAK, the factor of long runs; 1 in short ones.
inline unsigned soak_factor() {
  char const* const factor = std::getenv("EVSRC_SOAK");
  return factor == nullptr ? 1U : std::max(1U, static_cast<unsigned>(std::atoi(factor)));
}
/// EVSRC_SEED repeats what a run drew; when processes meet is up to the machine.
inline std::uint64_t drawn_seed() {
  char const* const given = std::getenv("EVSRC_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

class fleet {
 public:
  using work = void (*)(shared_stage&, std::size_t, traffic_options const&, std::uint64_t);
  static constexpr std::array<std::size_t, 2> producers{0, 1};
  static constexpr std::array<std::size_t, 2> consumers{2, 3};

  /// A folder of its own, removed at the end; the file with its queues is made there.
  fleet(std::string const& name, traffic_options how, std::int64_t speed, work consume_by);
  ~fleet();
  fleet(fleet const&) = delete;
  fleet& operator=(fleet const&) = delete;

  [[nodiscard]] shared_stage& stage() { return *stage_; }
  [[nodiscard]] std::uint64_t draw() { return random_.next(); }
  [[nodiscard]] std::uint64_t seed() const { return random_.seed(); }
  [[nodiscard]] traffic_options const& how() const { return how_; }

  void start(std::size_t process);
  void stop(std::size_t process);
  void go_on(std::size_t process);
  void kill(std::size_t process);
  /// Tells it to end, and waits for that.
  void end(std::size_t process);
  /// Lets real time pass. False where something went wrong: see flaw().
  [[nodiscard]] bool watch(std::chrono::milliseconds time);
  [[nodiscard]] std::string flaw();

  /// Ends the producers, lets consumers and redrives finish, ends those, and judges the file.
  /// Without redrives a dead letter is a flaw. @return the first flaw, which begins with the name
  /// of the check, or nothing
  [[nodiscard]] std::string settle_and_judge(bool redrives);
  /// Kills all, and judges the file as it is.
  [[nodiscard]] std::string judge_as_it_is();
  [[nodiscard]] std::array<std::uint64_t, process_count> commits() const;
  /// What waits now in the queue that holds less. No handle stays open.
  [[nodiscard]] std::uint64_t backlog();
  /// How often a message came again, of the one that did most often.
  [[nodiscard]] std::uint32_t most_returns();
  void print_figures(char const* phase);

 private:
  [[nodiscard]] std::string settle(evsrc::sqlite::event_store& store, lease_clock& time,
                                   bool redrives);

  std::filesystem::path folder_;
  traffic_options how_;
  work consume_by_;
  evsrc::testing::seeded_random random_;
  shared_memory<shared_stage> stage_;
  std::array<child, process_count> processes_;
  std::array<bool, process_count> is_expected_{};
  std::string flaw_;
};

}  // namespace evsrc_test
