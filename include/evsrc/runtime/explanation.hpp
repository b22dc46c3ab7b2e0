// SPDX-License-Identifier: Apache-2.0
// Where a subscription or projection stands, and why it does not move.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evsrc/core/cursor.hpp"
#include "evsrc/core/event_record.hpp"
#include "evsrc/store/owner.hpp"

namespace evsrc::inline v0 {

/// An event that could not be processed.
struct failed_event {
  stream_id stream;
  stream_version version = 0;
  std::string name;
  std::uint32_t event_version = 1;
  event_id id{};
  evsrc::error why{};

  friend bool operator==(failed_event const&, failed_event const&) = default;
};

enum class standing : std::uint8_t {
  idle,         ///< nobody has polled it yet
  waiting,      ///< another runner owns it
  catching_up,  ///< working
  caught_up,
  retrying,  ///< the last attempt failed and is made again
  stopped,   ///< failed for good: needs `resume()` or a change
};
[[nodiscard]] std::string_view to_string(standing value) noexcept;

/// What `explain()` answers. The text of `to_string` is for people and may change.
struct explanation {
  std::string name;
  evsrc::standing standing = standing::idle;
  bool is_owner = false;                  ///< this runner moves it; always so for models in memory
  owner_state owner{};                    ///< as the store knows it; all zero for models in memory
  cursor processed{};                     ///< everything up to here is in
  cursor head{};                          ///< the end of the store
  std::size_t events_behind = 0;          ///< of those that it reads, beyond `processed`
  bool events_behind_is_a_floor = false;  ///< counting ended at `events_behind`, there are more
  timestamp last_progress{};              ///< of this runner, the epoch where there was none
  std::optional<evsrc::error> trouble{};  ///< why the last attempt failed
  std::optional<failed_event> failing{};  ///< the event that it stands at, if one is to blame
  std::uint32_t attempts = 0;             ///< at that event
  std::vector<failed_event> parked{};  ///< one for each stream that is held: its first held event
  std::uint64_t skipped = 0;
  std::string rebuild{};  ///< the text for the rebuild beside it; empty without one
};

/// "order_totals: stopped at order.created v4 (order-42 version 3): newer_version: ...; 12 events
/// behind; owner host/123, epoch 2".
[[nodiscard]] std::string to_string(explanation const& what);

}  // namespace evsrc::inline v0
