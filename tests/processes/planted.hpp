// SPDX-License-Identifier: Apache-2.0
// Defects that are planted between a process and its file, to see whether the judge finds them.
#pragma once

#include <memory>
#include <string_view>

#include "evsrc/bus/message_bus.hpp"
#include "evsrc/testing/forwarding_store.hpp"

namespace evsrc_test {

/// Each breaks one promise, in all processes of its kind, and keeps the others.
enum class planted : std::uint8_t {
  nothing,
  /// Producers: every tenth commit is acknowledged and its events are not there.
  lost_append,
  /// Producers: a command that is repeated goes without its key, and is decided once more.
  key_dropped,
  /// Consumers: the note that a message is done is left out of every fifth commit that has one.
  inbox_forgets,
  /// Consumers: the store does not look whether a message was noted as done before.
  inbox_not_read,
  /// Consumers: messages are settled in a commit of their own, ahead of their effects.
  settles_early,
  /// Consumers: in a session, the second message comes in front of the first.
  follower_overtakes,
  /// Consumers: more messages are received than were asked for, and the rest is given back.
  takes_too_many,
  /// Consumers: a hundred messages are received at a time, and what is left of them is given back
  /// at the end.
  prefetches,
};
[[nodiscard]] std::string_view to_string(planted which) noexcept;

/// What a process commits through; without a defect for it every call is handed on.
[[nodiscard]] std::unique_ptr<evsrc::testing::forwarding_store> plant_in_producer(
    planted which, evsrc::testing::store_ports inner);
[[nodiscard]] std::unique_ptr<evsrc::testing::forwarding_store> plant_in_consumer(
    planted which, evsrc::testing::store_ports inner);
/// What a consumer receives through. The inner bus outlives it.
[[nodiscard]] std::unique_ptr<evsrc::message_bus> plant_in_consumer(planted which,
                                                                    evsrc::message_bus& inner);

}  // namespace evsrc_test
