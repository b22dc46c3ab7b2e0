// SPDX-License-Identifier: Apache-2.0
// One life for each operation that it has, ended by a power loss there.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "simulated_disk.hpp"
#include "work_folder.hpp"

namespace evsrc_test {

/// Images tried for each cut; EVSRC_SOAK multiplies.
inline std::uint64_t images_per_cut() {
  char const* const factor = std::getenv("EVSRC_SOAK");
  return factor == nullptr ? 1 : std::max<std::uint64_t>(std::strtoull(factor, nullptr, 10), 1);
}

struct cut_report {
  std::uint64_t cuts = 0;
  std::uint64_t images = 0;
  std::string first_fault;
};

/// `live(disk, folder)` answers what `find_fault(lived, folder)` looks at for each power loss, from
/// that at operation `first` on.
template <class Live, class FindFault>
cut_report cut_everywhere(std::string const& what, std::string const& ignored_syncs, Live live,
                          FindFault find_fault, std::uint64_t first = 1) {
  cut_report report;
  std::uint64_t operations = first;
  for (std::uint64_t at = first; at <= operations && report.first_fault.empty(); ++at) {
    work_folder const folder;
    simulated_disk disk;
    disk.ignore_syncs_of(ignored_syncs);
    disk.cut_power_at(at);
    auto const lived = live(disk, folder.path());
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
        report.first_fault = what;
        report.first_fault.append(", cut at operation ").append(std::to_string(at));
        report.first_fault.append(", loss ").append(std::to_string(static_cast<int>(what_is_lost)));
        report.first_fault.append(", seed ")
            .append(std::to_string(seed))
            .append(": ")
            .append(fault);
      }
    }
  }
  return report;
}

}  // namespace evsrc_test
