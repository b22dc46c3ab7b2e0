// SPDX-License-Identifier: Apache-2.0
// Points in time: UTC, microseconds.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace evsrc::inline v0 {

/// UTC with microseconds; the whole range from year 0000 to 9999 has a text form. The type is the
/// standard library's: call `evsrc::to_string(time)` by its full name.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// RFC 3339 in UTC, always 27 characters: "2010-12-01T08:26:00.000000Z". Outside the years 0000 to
/// 9999 the nearest moment inside.
[[nodiscard]] std::string to_string(timestamp time);
/// As `to_string`, into `out` (27 characters, no terminator).
void write_timestamp(timestamp time, char* out) noexcept;
/// Reads RFC 3339 with any offset and 0 to 9 fraction digits (beyond microseconds cut off); a text
/// without an offset is read as UTC; 'T' or a space between date and time, letters of any case.
/// nullopt for all else, impossible dates and moments outside the years 0000 to 9999 included; a
/// leap second (":60") reads as the next second.
[[nodiscard]] std::optional<timestamp> parse_timestamp(std::string_view text) noexcept;

}  // namespace evsrc::inline v0
