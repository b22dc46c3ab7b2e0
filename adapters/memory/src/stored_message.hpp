// SPDX-License-Identifier: Apache-2.0
// One message as a queue in memory holds it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "evsrc/bus/delivery.hpp"

namespace evsrc::memory::inline v0::detail {

struct session_record;
struct stored_message;

/// Shared by the copies in all subscriptions, and read outside the locks: never changed.
using message_content = std::shared_ptr<message const>;

/// By time, then by sequence number.
using due_times = std::map<std::pair<timestamp, std::int64_t>, stored_message*>;

struct stored_message {
  message_content content;
  std::size_t bytes = 0;
  std::int64_t sequence_number = 0;
  std::int64_t enqueued_sequence_number = 0;
  timestamp enqueued_at{};
  timestamp expires_at = timestamp::max();
  std::uint32_t delivery_count = 0;
  message_state state = message_state::active;
  session_record* session = nullptr;  ///< only where the queue has sessions
  lock_token lock{};                  ///< nil: nobody holds it
  timestamp locked_until{};           ///< without a session; else the session's

  /// Where it stands in a delivery_order.
  enum class place : std::uint8_t { none, fresh, returned } stands = place::none;
  stored_message* previous = nullptr;
  stored_message* next = nullptr;
  /// What happens next by time alone: a scheduled one becomes active, a lock ends, one that waits
  /// expires. Never two of them at once.
  std::optional<due_times::iterator> due{};

  [[nodiscard]] bool is_locked() const noexcept { return !lock.value.is_nil(); }
};

}  // namespace evsrc::memory::inline v0::detail
