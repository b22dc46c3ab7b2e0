// SPDX-License-Identifier: Apache-2.0
// A history as bytes, for the pipe from a forked process; the format is promised to nobody.
#pragma once

#include <string>
#include <string_view>

#include "evsrc/testing/history.hpp"

namespace evsrc::testing::inline v0::detail {

/// What one process brings home: `flaw` says why it could not finish.
struct process_report {
  std::string flaw{};
  history kept{};
};

[[nodiscard]] std::string encode(process_report const& report);
/// A report that is cut off is a flaw.
[[nodiscard]] process_report decode_report(std::string_view bytes);

}  // namespace evsrc::testing::inline v0::detail
