// SPDX-License-Identifier: Apache-2.0
// A message as a receiver gets it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "evsrc/core/message.hpp"
#include "evsrc/core/settlement.hpp"

namespace evsrc::inline v0 {

/// Why messages stand in a dead-letter queue, in the words of Service Bus.
namespace dead_letter_reasons {
inline constexpr std::string_view delivery_count = "MaxDeliveryCountExceeded";
inline constexpr std::string_view expired = "TTLExpiredException";
inline constexpr std::string_view header_size = "HeaderSizeExceeded";
inline constexpr std::string_view session_id_null = "Session ID is null.";
inline constexpr std::string_view filter_failed = "FilterEvaluationException";
}  // namespace dead_letter_reasons

enum class message_state : std::uint8_t { active, deferred, scheduled };

struct delivery {
  evsrc::message message{};
  std::string entity{};                       ///< path of the receiver, for settlements
  std::int64_t sequence_number = 0;           ///< from 1, increasing, unique in the entity
  std::int64_t enqueued_sequence_number = 0;  ///< where it was sent first
  timestamp enqueued_at{};
  timestamp expires_at = timestamp::max();
  std::uint32_t delivery_count = 0;  ///< earlier deliveries that failed
  message_state state = message_state::active;
  lock_token lock{};                 ///< nil when peeked, or received and deleted
  timestamp locked_until{};          ///< of the session where there is one
  std::string dead_letter_source{};  ///< the entity that it was dead-lettered in

  /// A settlement of this delivery.
  [[nodiscard]] settlement settle(disposition what = disposition::complete) const {
    return {.entity = entity, .lock = lock, .what = what};
  }
  [[nodiscard]] settlement dead_letter(std::string reason, std::string description = {}) const {
    return {.entity = entity,
            .lock = lock,
            .what = disposition::dead_letter,
            .reason = std::move(reason),
            .description = std::move(description)};
  }
};

}  // namespace evsrc::inline v0
