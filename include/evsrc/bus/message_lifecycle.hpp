// SPDX-License-Identifier: Apache-2.0
// What every bus decides alike about a message between send and settle. Pure: no clock, no entity.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "evsrc/bus/entity.hpp"
#include "evsrc/core/message.hpp"

namespace evsrc::inline v0 {

/// True where the message waits for its time before anyone may receive it.
[[nodiscard]] inline bool is_scheduled(message const& sent, timestamp now) noexcept {
  return sent.enqueue_at > now;
}

/// When it expires: `enqueued_at` plus the shorter time to live; timestamp::max() where that is
/// never, or beyond what a timestamp holds. A scheduled message lives from its enqueue_at on, a
/// copy in a subscription by the shorter default of topic and subscription, a dead letter for ever.
[[nodiscard]] timestamp expiry_time(timestamp enqueued_at, std::chrono::milliseconds time_to_live,
                                    std::chrono::milliseconds entity_default) noexcept;
/// Expired at its expiry time, not only after it.
[[nodiscard]] inline bool is_expired(timestamp expires_at, timestamp now) noexcept {
  return expires_at <= now && expires_at != timestamp::max();
}

/// True where it cannot stand in an entity with sessions: a queue refuses it (validate), a
/// subscription dead-letters its copy with dead_letter_reasons::session_id_null.
[[nodiscard]] inline bool lacks_session(message const& sent, bool requires_session) noexcept {
  return requires_session && sent.session_id.empty();
}

/// What duplicate detection compares, byte by byte: the message id. Empty: the bus is about to make
/// one, so it is no duplicate. Lives as long as the message.
[[nodiscard]] inline std::string_view duplicate_key(message const& sent) noexcept {
  return sent.id.value;
}

/// True where `failed_deliveries`, the latest included, are all that the entity allows: then it
/// goes to the dead-letter queue with dead_letter_reasons::delivery_count.
[[nodiscard]] inline bool is_exhausted(std::uint32_t failed_deliveries,
                                       std::uint32_t max_delivery_count) noexcept {
  return failed_deliveries >= max_delivery_count;
}

/// Sets each of `changes` on what is kept of a message.
void modify(message& kept, property_list const& changes);
/// Writes reason and description into the properties where receivers look for them, in place of
/// earlier ones; empty ones are left out.
void mark_dead_letter(message& kept, std::string_view reason, std::string_view description);

}  // namespace evsrc::inline v0
