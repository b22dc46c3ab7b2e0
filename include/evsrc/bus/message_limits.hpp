// SPDX-License-Identifier: Apache-2.0
// What a message may look like where it enters a bus.
#pragma once

#include <cstddef>
#include <span>

#include "evsrc/bus/entity.hpp"
#include "evsrc/core/limits.hpp"
#include "evsrc/core/message.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/core/settlement.hpp"

namespace evsrc::inline v0 {

/// All but the body: texts, set times, properties.
[[nodiscard]] std::size_t header_bytes(message const& of) noexcept;
/// Body and header: what counts towards batches, max_message_bytes and max_size_bytes.
[[nodiscard]] std::size_t size_bytes(message const& of) noexcept;

/// Ids, session ids and partition key within limits, partition key and session id equal where both
/// are set, time to live above zero, property names there and unique, each property, all headers
/// and the whole within limits.
/// @errors invalid_argument, limit_exceeded: "session_id: 200 bytes, at most 128"
[[nodiscard]] result<void> validate(message const& what,
                                    std::size_t max_message_bytes = limits::bus_message_bytes);
/// Also a session id where the queue has sessions.
[[nodiscard]] result<void> validate(message const& what, queue_options const& goes_to);
/// Topics ask for no session id: a subscription with sessions dead-letters its copy
/// (lacks_session).
[[nodiscard]] result<void> validate(message const& what, topic_options const& goes_to);

/// Each message, their number and their size together. None is fine.
/// @errors invalid_argument, limit_exceeded: "messages[2].session_id: ..."
[[nodiscard]] result<void> validate_batch(std::span<message const> batch,
                                          queue_options const& goes_to);
[[nodiscard]] result<void> validate_batch(std::span<message const> batch,
                                          topic_options const& goes_to);

/// Reason and description within limits and with dead_letter alone, `modify` within limits and not
/// with complete. @errors invalid_argument, limit_exceeded: names the field
[[nodiscard]] result<void> validate(settlement const& what);

}  // namespace evsrc::inline v0
