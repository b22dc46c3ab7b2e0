// SPDX-License-Identifier: Apache-2.0
// Four processes on one file: stopped, killed, their clocks set, their messages repeated and
// redriven. The final state is that of the quiet run. Short by default; EVSRC_SOAK takes two
// minutes, with every commit synced.
#include <gtest/gtest.h>

#include "fleet.hpp"

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
    for (int round = is_long_ ? 40 : 6; round > 0 && all_.flaw().empty(); --round) be_rough();
    all_.print_figures("and the storm");
    print_shares("undisturbed ones in the storm");
    EXPECT_EQ(all_.settle_and_judge(true), "");
    all_.print_figures("to the end");
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
    auto const before = all_.commits();
    ASSERT_TRUE(all_.watch(is_long_ ? 20s : 2s)) << all_.flaw();
    note_shares(before, {});
    all_.print_figures("calm");
    print_shares("calm");
    fair_ = {};
    got_ = {};
  }
  /// One is stopped for three leases, another is killed, and a clock jumps.
  void be_rough() {
    auto const stopped = all_.draw() % process_count;
    auto const killed = (stopped + 1 + all_.draw() % (process_count - 1)) % process_count;
    auto& offset = all_.stage().of[all_.draw() % process_count].clock_offset_us;
    constexpr std::array<std::chrono::microseconds, 3> jumps{-1h, 0h, 1h};
    offset = jumps[all_.draw() % jumps.size()].count();
    auto const before = all_.commits();
    auto const kill_at = milliseconds(all_.draw() % static_cast<std::uint64_t>(round_.count()));
    auto const until = [&](milliseconds from, milliseconds to) {
      static_cast<void>(all_.watch(to - from));
    };
    auto const kill_one = [&] {
      all_.kill(killed);
      all_.start(killed);
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
    note_shares(before, {stopped, killed});
  }

  using counts = std::array<std::uint64_t, process_count>;
  /// Everybody always wants to commit: who was left alone has at least a tenth of its share among
  /// those that do the same work.
  void note_shares(counts const& before, std::set<std::size_t> const& disturbed) {
    auto const now = all_.commits();
    for (auto const& kind : {fleet::producers, fleet::consumers}) {
      if (disturbed.count(kind[0]) + disturbed.count(kind[1]) != 0) continue;
      std::uint64_t sum = 0;
      for (auto const process : kind) sum += now[process] - before[process];
      for (auto const process : kind) {
        got_[process] += now[process] - before[process];
        fair_[process] += sum / kind.size();
      }
    }
  }
  void print_shares(char const* phase) {
    constexpr std::uint64_t worth_a_word = 200;
    std::cout << "  shares, " << phase << ":";
    for (std::size_t process = 0; process < process_count; ++process) {
      if (fair_[process] < worth_a_word) continue;
      std::cout << ' ' << process << ": " << 100 * got_[process] / fair_[process] << " %";
      EXPECT_GE(got_[process] * 10, fair_[process]) << "process " << process << ", " << phase;
    }
    std::cout << std::endl;
  }

  bool is_long_;
  milliseconds round_;
  fleet all_;
  milliseconds three_leases_;
  counts got_{};
  counts fair_{};
};

TEST(four_processes, come_through_a_storm_as_through_a_quiet_run) { storm("storm", 0).run(); }

TEST(four_processes, come_through_a_storm_with_a_checkpoint_every_hundred_commits) {
  storm("storm with checkpoints", 100).run();
}

}  // namespace
}  // namespace evsrc_test
