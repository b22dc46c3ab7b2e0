// SPDX-License-Identifier: Apache-2.0
// Messages: as a bus carries them, and as a commit leaves them for the relay.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "evsrc/core/id.hpp"
#include "evsrc/core/property.hpp"
#include "evsrc/core/timestamp.hpp"

namespace evsrc::inline v0 {

/// Never expires.
inline constexpr auto no_time_to_live = std::chrono::milliseconds::max();

/// One message, in the terms of Service Bus. Empty text means not set. Limits: core/limits.hpp.
struct message {
  std::string body{};  ///< any bytes
  std::string content_type{};
  message_id id{};              ///< empty: the bus makes one
  std::string session_id{};     ///< required where the entity has sessions
  std::string partition_key{};  ///< where both are set it equals the session id
  std::string correlation_id{};
  std::string subject{};  ///< "label" in older clients; the type's wire name for messages of evsrc
  std::string reply_to{};
  std::string reply_to_session_id{};
  std::string to{};
  std::chrono::milliseconds time_to_live = no_time_to_live;
  timestamp enqueue_at{};  ///< later than now: scheduled; the epoch means at once
  property_list properties{};

  friend bool operator==(message const&, message const&) = default;
};

/// Properties that evsrc gives a meaning. Others may read them; nobody has to set them.
namespace property_names {
inline constexpr std::string_view type = "evsrc-type";             ///< wire name of the body
inline constexpr std::string_view type_version = "evsrc-version";  ///< integer; 1 where absent
inline constexpr std::string_view causation = "evsrc-causation-id";
inline constexpr std::string_view trace_parent = "traceparent";     ///< W3C trace context
inline constexpr std::string_view diagnostic_id = "Diagnostic-Id";  ///< the same, older clients
inline constexpr std::string_view origin_id = "evsrc-origin-id";    ///< of a copy: the first id
inline constexpr std::string_view round = "evsrc-redrive-round";    ///< integer; 0 where absent
inline constexpr std::string_view attempts = "evsrc-attempts";      ///< made before this copy
inline constexpr std::string_view first_enqueued = "evsrc-first-enqueued";  ///< timestamp
inline constexpr std::string_view only_for = "evsrc-only-for";  ///< a copy for one subscription
inline constexpr std::string_view dead_letter_reason = "DeadLetterReason";
inline constexpr std::string_view dead_letter_description = "DeadLetterErrorDescription";
}  // namespace property_names

/// One row of the outbox. The relay hands it to `destination` in order per (destination, key):
/// of due time, the later one of `not_before` and its commit, then of commit.
struct outgoing_message {
  message_id id;            ///< set by the caller, unique for ever; at most 128 bytes
  std::string destination;  ///< queue or topic; the outbox keeps it with ASCII in lower case
  std::string key{};        ///< order is kept among equal keys; becomes the session id
  std::string type{};       ///< wire name of the body, "order.created"
  std::uint32_t type_version = 1;
  std::string body{};  ///< at most limits::message_bytes
  std::string content_type = "application/json";
  std::string correlation{};
  std::string causation{};
  std::string trace_parent{};
  /// Later than its commit, by the store's clock: a durable timer. Else it goes at once, and the
  /// epoch is kept.
  timestamp not_before{};
  std::chrono::milliseconds time_to_live = no_time_to_live;  ///< from when the bus has it
  property_list properties{};

  friend bool operator==(outgoing_message const&, outgoing_message const&) = default;
};

/// What a bus gets of a row: the key as session id, the type as subject and property, correlation,
/// causation and trace context; `properties` are kept, and win where they name the same.
[[nodiscard]] message to_message(outgoing_message row);

}  // namespace evsrc::inline v0
