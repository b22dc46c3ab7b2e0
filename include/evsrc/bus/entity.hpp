// SPDX-License-Identifier: Apache-2.0
// What queues, topics and subscriptions are: their settings, their counts, their paths.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "evsrc/core/limits.hpp"
#include "evsrc/core/message.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0 {

enum class entity_status : std::uint8_t {
  active,
  send_disabled,     ///< sends answer errc::entity_disabled
  receive_disabled,  ///< receives do
  disabled,          ///< both
};
[[nodiscard]] std::string_view to_string(entity_status value) noexcept;

struct queue_options {
  std::chrono::milliseconds lock_duration = std::chrono::minutes(1);  ///< 5 s to 5 min
  std::uint32_t max_delivery_count = 10;                              ///< 1 to 2,000
  std::chrono::milliseconds default_time_to_live = no_time_to_live;   ///< the shorter one counts
  bool dead_letter_on_expiration = false;
  bool requires_session = false;              ///< fixed once created
  bool requires_duplicate_detection = false;  ///< fixed once created
  std::chrono::milliseconds duplicate_detection_window = std::chrono::minutes(10);  ///< 20 s to 7 d
  std::size_t max_message_bytes = limits::bus_message_bytes;
  std::uint64_t max_size_bytes = std::uint64_t{5} << 30U;  ///< sends beyond: errc::quota_exceeded
  entity_status status = entity_status::active;

  friend bool operator==(queue_options const&, queue_options const&) = default;
};

struct topic_options {
  std::chrono::milliseconds default_time_to_live = no_time_to_live;
  bool requires_duplicate_detection = false;  ///< fixed once created
  std::chrono::milliseconds duplicate_detection_window = std::chrono::minutes(10);
  std::size_t max_message_bytes = limits::bus_message_bytes;
  std::uint64_t max_size_bytes = std::uint64_t{5} << 30U;  ///< of all its subscriptions together
  entity_status status = entity_status::active;

  friend bool operator==(topic_options const&, topic_options const&) = default;
};

struct subscription_settings {
  std::chrono::milliseconds lock_duration = std::chrono::minutes(1);
  std::uint32_t max_delivery_count = 10;
  std::chrono::milliseconds default_time_to_live = no_time_to_live;
  bool dead_letter_on_expiration = false;
  bool dead_letter_on_filter_error = true;  ///< else the message is not for this subscription
  bool requires_session = false;            ///< fixed once created
  entity_status status = entity_status::active;

  friend bool operator==(subscription_settings const&, subscription_settings const&) = default;
};

/// Messages by state, now. Expired ones count until they are removed.
struct entity_counts {
  std::uint64_t active = 0;  ///< locked ones included
  std::uint64_t scheduled = 0;
  std::uint64_t deferred = 0;
  std::uint64_t dead_letter = 0;
  std::uint64_t size_bytes = 0;  ///< bodies and headers, dead letters included
  // The two ways in which a message may be lost, since the entity was created.
  std::uint64_t expired = 0;               ///< where expiry makes no dead letters
  std::uint64_t received_and_deleted = 0;  ///< dead letters included

  friend bool operator==(entity_counts const&, entity_counts const&) = default;
};

/// @errors invalid_argument, limit_exceeded: names the field
[[nodiscard]] result<void> validate(queue_options const& what);
[[nodiscard]] result<void> validate(topic_options const& what);
[[nodiscard]] result<void> validate(subscription_settings const& what);

/// Of a queue or topic: ASCII letters, digits, '.', '-', '_', with '/' between parts, of which none
/// is "Subscriptions" but an only one. @errors invalid_argument; limit_exceeded
[[nodiscard]] result<void> validate_entity_name(std::string_view name);
/// The same without '/'. @errors invalid_argument; limit_exceeded
[[nodiscard]] result<void> validate_subscription_name(std::string_view name);

/// An entity path in its parts; names are compared without the case of ASCII letters.
struct entity_path {
  std::string name;            ///< of the queue or topic, as given
  std::string subscription{};  ///< empty for queues and topics
  bool is_dead_letter = false;

  friend bool operator==(entity_path const&, entity_path const&) = default;
};
/// Reads "orders", "events/Subscriptions/stock" and either with "/$DeadLetterQueue" behind it; the
/// two fixed words in letters of any case.
/// @errors invalid_argument: empty parts, bytes that names cannot have; limit_exceeded
[[nodiscard]] result<entity_path> parse_entity_path(std::string_view path);
[[nodiscard]] std::string to_string(entity_path const& path);
/// "events/Subscriptions/stock".
[[nodiscard]] std::string subscription_path(std::string_view topic, std::string_view name);
/// The path of the dead-letter queue of `path`.
[[nodiscard]] std::string dead_letter_path(std::string_view path);
/// ASCII letters in lower case: what names are compared by.
[[nodiscard]] std::string folded(std::string_view name);

}  // namespace evsrc::inline v0
