// SPDX-License-Identifier: Apache-2.0
// What a specification saw, as text: the part of it that is the same for all types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/result.hpp"
#include "evsrc/testing/verdict.hpp"

namespace evsrc::testing::inline v0::detail {

/// One event or rejection: what it is called, and its fields.
struct spec_line {
  std::string name;
  std::string json;
  std::string failure{};  ///< why it cannot be encoded: equal to nothing
};

[[nodiscard]] inline std::string text_of(spec_line const& line) {
  return line.name + " " + line.json;
}

/// How a command came out.
struct spec_record {
  /// `broken`: what was given cannot be read, so that nothing may be expected of it.
  enum class outcome : std::uint8_t { events, rejected, invalid, passed_over, broken };

  std::string command;  ///< name and fields, for messages
  outcome what = outcome::events;
  std::vector<spec_line> lines{};   ///< the events, or the rejection
  std::string failure{};            ///< why it is invalid, passed over or broken
  std::string_view noun = "event";  ///< what a line is
};

/// Makes the outcome invalid where a line cannot be encoded, as a commit would be refused.
void refuse_unencoded(spec_record& got);

[[nodiscard]] verdict judge_events(spec_record const& got, std::vector<spec_line> const& expected);
[[nodiscard]] verdict judge_rejection(spec_record const& got, spec_line const& expected);
/// Of this type, whatever its fields are.
[[nodiscard]] verdict judge_rejection_name(spec_record const& got, std::string_view expected);
[[nodiscard]] verdict judge_passed_over(spec_record const& got);
[[nodiscard]] verdict judge_invalid(spec_record const& got, std::string_view expected_part);

/// Says on stderr which command was never judged, and aborts.
[[noreturn]] void abort_unjudged(spec_record const& got) noexcept;

}  // namespace evsrc::testing::inline v0::detail
