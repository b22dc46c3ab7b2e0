// SPDX-License-Identifier: Apache-2.0
// Four processes on one file: stopped, killed, their clocks set, their messages repeated and
// redriven. The final state is that of the quiet run. Short by default; EVSRC_SOAK takes two
// minutes, with every commit synced.
#include <gtest/gtest.h>

#include "fleet.hpp"
#include "shares.hpp"

namespace evsrc_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

class storm {
 public:
  storm(std::string const& name, std::uint64_t commits_per_checkpoint)
      : is_long_(soak_factor() > 1),
        round_(is_long_ ? 3'000ms : 1'000ms),
        all_(name, options_of(commits_per_checkpoint, is_long_), is_long_ ? 10 : 30, &consume),
        three_leases_(3 * 5'000ms / all_.stage().speed) {}

  void run() {
    for (std::size_t process = 0; process < process_count; ++process) all_.start(process);
    be_calm();
    all_.stage().is_rough = true;
    shares seen;
    for (int round = is_long_ ? 40 : 6; round > 0 && all_.flaw().empty(); --round)
      be_rough(draw_two(round), seen);
    // Whoever shares the machine: each kind is left alone until its share can be judged.
    constexpr int more_max = 60;
    for (int more = 0; more < more_max && !seen.can_judge_all() && all_.flaw().empty(); ++more)
      be_rough(drawn(seen.can_judge(fleet::producers[0]) ? fleet::producers : fleet::consumers),
               seen);
    all_.print_figures("and the storm");
    judge_shares("undisturbed ones in the storm", seen);
    EXPECT_EQ(all_.settle_and_judge(true), "");
    all_.print_figures("to the end");
    if (all_.how().commits_per_checkpoint != 0) judge_checkpoints();
  }

 private:
  static traffic_options options_of(std::uint64_t commits_per_checkpoint, bool is_long) {
    traffic_options how;
    how.commits_per_checkpoint = commits_per_checkpoint;
    if (is_long) how.durability = evsrc::sqlite::durability::fsync;
    return how;
  }
  void be_calm() {
    ASSERT_TRUE(all_.watch(500ms)) << all_.flaw();  // all have opened the file
    shares seen;
    constexpr int looks_max = 30;
    for (int looks = 0; looks == 0 || (looks < looks_max && !seen.can_judge_all()); ++looks) {
      auto const before = all_.commits();
      ASSERT_TRUE(all_.watch(is_long_ ? 20s : 2s)) << all_.flaw();
      seen.add(before, all_.commits(), {});
    }
    all_.print_figures("calm");
    judge_shares("calm", seen);
  }
  void judge_shares(char const* phase, shares const& seen) {
    seen.print(phase);
    if (!all_.flaw().empty()) return;  // which is told, and may have ended all of it early
    EXPECT_EQ(seen.find_flaw(), "") << phase;
  }

  /// One may fail while others read; that all did would be no run with checkpoints.
  void judge_checkpoints() {
    for (auto const process : fleet::producers) {
      auto const done = all_.stage().of[process].checkpoints.load();
      std::cout << "  checkpoints of process " << process << ": " << done << std::endl;
      EXPECT_GT(done, 0U) << "process " << process;
    }
  }

  using two_of_them = std::array<std::size_t, 2>;
  [[nodiscard]] two_of_them drawn(two_of_them of) {
    if (all_.draw() % 2 == 0) std::swap(of[0], of[1]);
    return of;
  }
  /// In one round of three nobody but producers is disturbed, in another nobody but consumers.
  [[nodiscard]] two_of_them draw_two(int round) {
    if (round % 3 == 0) return drawn(fleet::producers);
    if (round % 3 == 1) return drawn(fleet::consumers);
    auto const one = all_.draw() % process_count;
    return {one, (one + 1 + all_.draw() % (process_count - 1)) % process_count};
  }
  /// One is stopped for three leases, another is killed, and a clock jumps.
  void be_rough(two_of_them const& stopped_and_killed, shares& seen) {
    auto const [stopped, killed] = stopped_and_killed;
    let_a_clock_jump();
    auto const before = all_.commits();
    auto const kill_at = milliseconds(all_.draw() % static_cast<std::uint64_t>(round_.count()));
    auto const until = [&](milliseconds from, milliseconds to) {
      static_cast<void>(all_.watch(to - from));
    };
    auto const kill_one = [this, one = killed] {
      all_.kill(one);
      all_.start(one);
    };
    all_.stop(stopped);
    if (kill_at < three_leases_) {
      until(0ms, kill_at);
      kill_one();
      until(kill_at, three_leases_);
      all_.go_on(stopped);
      until(three_leases_, round_);
    } else {
      until(0ms, three_leases_);
      all_.go_on(stopped);
      until(three_leases_, kill_at);
      kill_one();
      until(kill_at, round_);
    }
    seen.add(before, all_.commits(), {stopped, killed});
  }

  /// In four rounds: one of a producer and one of a consumer, forwards and back. The one before it
  /// is set right.
  void let_a_clock_jump() {
    constexpr std::array<std::chrono::microseconds, 2> jumps{1h, -1h};
    all_.stage().of[jumped_].clock_offset_us = 0;
    auto const& kind = jumps_ / jumps.size() % 2 == 0 ? fleet::producers : fleet::consumers;
    jumped_ = kind[all_.draw() % kind.size()];
    all_.stage().of[jumped_].clock_offset_us = jumps[jumps_++ % jumps.size()].count();
  }

  bool is_long_;
  milliseconds round_;
  fleet all_;
  milliseconds three_leases_;
  std::size_t jumps_ = 0;   ///< of clocks, so far
  std::size_t jumped_ = 0;  ///< whose clock the last one was
};

TEST(four_processes, come_through_a_storm_as_through_a_quiet_run) { storm("storm", 0).run(); }

TEST(four_processes, come_through_a_storm_with_a_checkpoint_every_hundred_commits) {
  storm("storm with checkpoints", 100).run();
}

}  // namespace
}  // namespace evsrc_test
