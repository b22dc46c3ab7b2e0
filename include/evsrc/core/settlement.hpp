// SPDX-License-Identifier: Apache-2.0
// What becomes of a received message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/property.hpp"
#include "evsrc/core/uuid.hpp"

namespace evsrc::inline v0 {

/// Proves that a message is locked for its holder; another one at each delivery.
struct lock_token {
  uuid value{};
  friend auto operator<=>(lock_token const&, lock_token const&) = default;
};

enum class disposition : std::uint8_t {
  complete,     ///< done: the message is removed
  abandon,      ///< given back: the next delivery counts one more
  defer,        ///< kept aside until it is received by its sequence number
  dead_letter,  ///< moved to the dead-letter queue, with reason and description
};
[[nodiscard]] std::string_view to_string(disposition value) noexcept;

/// Ends the lock of one received message.
struct settlement {
  std::string entity;  ///< as the receiver was opened: "orders", "events/Subscriptions/stock",
                       ///< "orders/$DeadLetterQueue"
  lock_token lock{};
  disposition what = disposition::complete;
  std::string reason{};       ///< of dead_letter; limits::dead_letter_reason_bytes
  std::string description{};  ///< of dead_letter; limits::dead_letter_description_bytes
  property_list modify{};     ///< set on the kept message; not for complete

  friend bool operator==(settlement const&, settlement const&) = default;
};

}  // namespace evsrc::inline v0
