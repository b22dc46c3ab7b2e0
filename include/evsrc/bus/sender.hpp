// SPDX-License-Identifier: Apache-2.0
// The port that messages leave through.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "evsrc/core/message.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0 {

/// Sends to one queue or topic. @threads every function may be called from any thread
class sender {
 public:
  sender() = default;
  sender(sender const&) = delete;
  sender& operator=(sender const&) = delete;
  virtual ~sender() = default;

  /// All of the batch or none of it. A message whose id was seen within the entity's duplicate
  /// detection window is accepted and dropped. One with `enqueue_at` in the future is scheduled.
  /// @errors not_found: the entity; entity_disabled; quota_exceeded; limit_exceeded: a message or
  ///   the batch is too large, names which and what; invalid_argument: names the field, as
  ///   "messages[2].session_id: empty, but the queue has sessions"; closed: nothing was sent.
  ///   unavailable, timed_out, io_failed: see error::effect, and repeat with the same ids
  [[nodiscard]] virtual result<void> send(std::span<message const> batch) = 0;
  [[nodiscard]] result<void> send(message const& one) { return send(std::span{&one, 1}); }

  /// Sends for later: at its time a message is enqueued behind those that are there, under a new
  /// sequence number, and its time to live begins. @return sequence numbers to cancel by, one per
  /// message; that of a dropped duplicate is one that nothing has
  [[nodiscard]] virtual result<std::vector<std::int64_t>> schedule(std::span<message const> batch,
                                                                   timestamp at) = 0;
  /// Takes scheduled messages back, all or none. @errors not_found: names the first that is not
  /// scheduled (any more): nothing was cancelled
  [[nodiscard]] virtual result<void> cancel_scheduled(std::span<std::int64_t const> numbers) = 0;

  /// What one `send` may hold: encoded as size_bytes(message) counts.
  [[nodiscard]] virtual std::size_t max_batch_bytes() const = 0;
};

}  // namespace evsrc::inline v0
