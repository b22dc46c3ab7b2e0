// SPDX-License-Identifier: Apache-2.0
// Everything that was seen of messages in a history, received or standing at the end.
#pragma once

#include <string>
#include <vector>

#include "evsrc/testing/bus_history.hpp"

namespace evsrc::testing::inline v0::detail {

struct sighting {
  std::string const* entity = nullptr;
  recorded_receive const* by = nullptr;  ///< null: standing at the end
  seen_message const* message = nullptr;
};
[[nodiscard]] std::string text(sighting const& one);

/// In the order of the history's receives, then of what stands.
[[nodiscard]] std::vector<sighting> sightings(bus_history const& what);

[[nodiscard]] bool is_dead_letter_queue(std::string const& entity);
/// The entity itself, also of its dead-letter queue.
[[nodiscard]] std::string home_of(std::string const& entity);
[[nodiscard]] std::string dead_letters_of(std::string const& entity);

}  // namespace evsrc::testing::inline v0::detail
