// SPDX-License-Identifier: Apache-2.0
// What a handler of messages answers.
#pragma once

#include <chrono>
#include <string>
#include <variant>

#include "evsrc/core/result.hpp"

namespace evsrc::inline v0 {

/// Done: the message is completed, and its effects are committed.
struct ack {
  friend bool operator==(ack const&, ack const&) = default;
};
/// Not now: handled again after `after`, as one of the policy's delayed attempts; a pause longer
/// than retry_policy::max_delay is cut to that. Effects of this call are dropped.
struct retry_in {
  std::chrono::milliseconds after{};
  friend bool operator==(retry_in const&, retry_in const&) = default;
};
/// Never: set aside for a person, with the effects of this call. One word as reason, such as
/// "CardUnknown"; limits::dead_letter_reason_bytes.
struct dead_letter {
  std::string reason;
  std::string description{};
  friend bool operator==(dead_letter const&, dead_letter const&) = default;
};
/// Kept by the bus until it is asked for by its sequence number (received().sequence_number), which
/// the handler had better record: effects of this call are committed first.
struct defer {
  friend bool operator==(defer const&, defer const&) = default;
};

/// Handlers return result<handling>, or result<> for `ack`. An error or exception goes to the
/// retry policy.
using handling = std::variant<ack, retry_in, dead_letter, defer>;

/// Why consumers dead-letter, beside the words of the bus (bus/delivery.hpp) and those of handlers.
namespace dead_letter_reasons {
inline constexpr char const* unknown_type = "UnknownMessageType";
inline constexpr char const* newer_version = "NewerVersion";
inline constexpr char const* malformed_body = "MalformedBody";
inline constexpr char const* invalid_message = "InvalidMessage";
inline constexpr char const* attempts_exhausted = "AttemptsExhausted";
inline constexpr char const* not_retriable = "HandlerFailed";
inline constexpr char const* window_passed = "DedupWindowPassed";
inline constexpr char const* id_reused = "MessageIdReused";
inline constexpr char const* id_missing = "MessageIdMissing";
inline constexpr char const* key_missing = "MessageKeyMissing";
}  // namespace dead_letter_reasons

}  // namespace evsrc::inline v0
