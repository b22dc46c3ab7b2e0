// SPDX-License-Identifier: Apache-2.0
// Where an input of a saga comes from, and what became of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "evsrc/core/event_record.hpp"
#include "evsrc/core/message.hpp"

namespace evsrc::inline v0 {

/// What is known of an input beside its fields.
struct saga_cause {
  std::string id;             ///< unique for ever: an input takes effect once per saga instance
  std::string correlation{};  ///< empty: the id
  std::string user{};
  std::string trace_parent{};
};
/// @errors malformed: its metadata
[[nodiscard]] result<saga_cause> cause_of(event_view const& event);
/// The id is that of the first message where this is a copy of it.
[[nodiscard]] saga_cause cause_of(message const& input);

/// What became of an input. It is recorded under its id, in the commit of its effects.
enum class saga_outcome : std::uint8_t {
  reacted,      ///< `react` was asked; what it answered is in the commit
  repeated,     ///< it was here before: nothing is added
  passed_over,  ///< the saga has ended
  stale,        ///< a time-out that was cancelled or set anew
  unaddressed,  ///< `key_of` gave an empty key: it is for no instance
};
[[nodiscard]] std::string_view to_string(saga_outcome what) noexcept;

}  // namespace evsrc::inline v0
