// SPDX-License-Identifier: Apache-2.0
// What a consumer tells about a message that it dead-lettered.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "evsrc/core/event_name.hpp"
#include "evsrc/core/timestamp.hpp"

namespace evsrc::inline v0 {

/// Body of the messages that go to consumer_options::failures_to. Texts are for people: bytes
/// beyond printable ASCII are '?'. The first three are properties as well.
struct message_failed {
  static constexpr event_name wire_name{"evsrc.message-failed", 1};
  std::string error;              ///< "HandlerFailed: invalid_argument: cents: negative"
  std::string event_id;           ///< of the event that the message carried; else its origin id
  std::uint32_t retry_count = 0;  ///< calls of the handler after the first one, crashes included
  std::string reason;             ///< of the dead letter, and its description
  std::string description;
  std::string message_id;  ///< origin id
  std::string type;
  std::string key;
  std::string consumer;
  std::string entity;
  std::uint32_t round = 0;  ///< redrives before
  timestamp failed_at{};
};

/// Names of the properties.
namespace failure_properties {
inline constexpr std::string_view error = "error";
inline constexpr std::string_view event_id = "event_id";
inline constexpr std::string_view retry_count = "retry_count";
}  // namespace failure_properties

}  // namespace evsrc::inline v0
