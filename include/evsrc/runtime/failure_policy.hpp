// SPDX-License-Identifier: Apache-2.0
// What a reader of events does with one that it cannot process.
#pragma once

#include <cstdint>
#include <string_view>

namespace evsrc::inline v0 {

/// An event fails when its handler throws or returns an error, when its bytes do not decode, or
/// when it is of a newer version than the program knows. Nothing that it did is kept (G20).
enum class failure_policy : std::uint8_t {
  stop,      ///< stand still and say why; `resume()` tries the event again
  park_key,  ///< hold the event's stream from there on and go on with the others; see `redrive`;
             ///< it stops where limits::parked_streams are held already
  skip,      ///< record the event and go on
};

[[nodiscard]] std::string_view to_string(failure_policy policy) noexcept;

}  // namespace evsrc::inline v0
