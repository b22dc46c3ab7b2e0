// SPDX-License-Identifier: Apache-2.0
// Who got how much of the commits that processes of one kind made together.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>

#include "fleet.hpp"

namespace evsrc_test {

/// Everybody always wants to commit: who was left alone has at least a tenth of its share among
/// those that do the same work.
class shares {
 public:
  using counts = std::array<std::uint64_t, process_count>;
  /// Below that a share says more about the moment than about who waits for whom.
  static constexpr std::uint64_t fair_min = 200;

  /// Adds what was committed between two counts, of kinds of which nobody was disturbed.
  void add(counts const& before, counts const& after, std::set<std::size_t> const& disturbed) {
    for (auto const& kind : {fleet::producers, fleet::consumers}) {
      if (disturbed.count(kind[0]) + disturbed.count(kind[1]) != 0) continue;
      std::uint64_t sum = 0;
      for (auto const process : kind) sum += after[process] - before[process];
      for (auto const process : kind) {
        got_[process] += after[process] - before[process];
        fair_[process] += sum / kind.size();
      }
    }
  }
  /// True where there are enough commits of that process's kind.
  [[nodiscard]] bool can_judge(std::size_t process) const { return fair_[process] >= fair_min; }
  [[nodiscard]] bool can_judge_all() const {
    return can_judge(fleet::producers[0]) && can_judge(fleet::consumers[0]);
  }
  /// Empty where nobody starved.
  [[nodiscard]] std::string find_flaw() const {
    for (std::size_t process = 0; process < process_count; ++process) {
      auto const name = "process " + std::to_string(process);
      if (!can_judge(process))
        return "nobody_starves: " + name + "'s kind made " + std::to_string(2 * fair_[process]) +
               " commits, too few to judge";
      if (got_[process] * 10 < fair_[process])
        return "nobody_starves: " + name + " made " + std::to_string(got_[process]) +
               " commits, its share was " + std::to_string(fair_[process]);
    }
    return {};
  }
  void print(char const* phase) const {
    std::cout << "  shares, " << phase << ":";
    for (std::size_t process = 0; process < process_count; ++process)
      std::cout << ' ' << process << ": "
                << 100 * got_[process] / std::max<std::uint64_t>(fair_[process], 1) << " % of "
                << fair_[process];
    std::cout << std::endl;
  }

 private:
  counts got_{};
  counts fair_{};
};

}  // namespace evsrc_test
