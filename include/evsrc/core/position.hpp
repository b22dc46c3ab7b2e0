// SPDX-License-Identifier: Apache-2.0
// Where an event stands in its store.
#pragma once

#include <compare>
#include <cstdint>

namespace evsrc::inline v0 {

/// Identifies an event within one store, for display and tie-breaking (G7): unique, increasing,
/// not dense, never reused. Whatever means "up to here" takes a `cursor` instead.
struct position {
  std::uint64_t value = 0;

  friend auto operator<=>(position const&, position const&) = default;
};

/// The number of events in a stream; 0 means that there is no such stream (G6).
using stream_version = std::uint64_t;

}  // namespace evsrc::inline v0
