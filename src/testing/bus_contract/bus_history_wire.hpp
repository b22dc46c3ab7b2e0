// SPDX-License-Identifier: Apache-2.0
// A bus's history as bytes, for the pipe from a forked process; the format is promised to nobody.
#pragma once

#include <string>
#include <string_view>

#include "evsrc/testing/bus_history.hpp"

namespace evsrc::testing::inline v0::detail {

/// What one process brings home: `flaw` says why it could not finish.
struct bus_process_report {
  std::string flaw{};
  bus_history kept{};
};

[[nodiscard]] std::string encode(bus_process_report const& report);
/// A report that is cut off is a flaw.
[[nodiscard]] bus_process_report decode_bus_report(std::string_view bytes);

}  // namespace evsrc::testing::inline v0::detail
