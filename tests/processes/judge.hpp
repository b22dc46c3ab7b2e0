// SPDX-License-Identifier: Apache-2.0
// Compares what is in the file with what a quiet run of the same shipments makes.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "stage.hpp"
#include "traffic.hpp"

namespace evsrc_test {

struct stored_event {
  std::string name;
  std::uint32_t version = 0;
  std::string payload;
  friend bool operator==(stored_event const&, stored_event const&) = default;
};
using streams_of_events = std::map<std::string, std::vector<stored_event>>;  // "category/key"

struct whole_log {
  streams_of_events streams{};
  std::vector<stored_event> shipments{};  ///< in order of commit
  std::string flaw{};
};
/// The whole log event by event, and each stream again by itself: positions grow, versions count.
[[nodiscard]] whole_log read_log(evsrc::event_store& store);

/// The streams of books that one consumer for each queue makes of these shipments, in memory,
/// with nobody in its way.
[[nodiscard]] evsrc::result<streams_of_events> quiet_run(std::vector<stored_event> const& shipments,
                                                         std::uint64_t seed);

/// Empty where the file holds what was acknowledged, each effect once, those of parcels in the
/// order in which they were shipped. Else a text that begins with the check that failed:
/// the_file_is_sound, the_log_is_whole, commands_take_effect_once, acknowledged_is_there,
/// nothing_waits, nothing_is_invented, messages_take_effect_once, no_message_is_lost,
/// keys_are_in_order.
[[nodiscard]] std::string find_flaw(evsrc::sqlite::event_store& store, shared_stage const& stage,
                                    std::uint64_t seed);

}  // namespace evsrc_test
