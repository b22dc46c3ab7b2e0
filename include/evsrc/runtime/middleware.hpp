// SPDX-License-Identifier: Apache-2.0
// Ready-made layers around handlers: logging, timing, tracing, validation. `router.use(...)`.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "evsrc/core/unique_function.hpp"
#include "evsrc/runtime/router.hpp"

namespace evsrc::inline v0 {

/// "ack", "retry_in 30000 ms", "dead_letter CardUnknown: card 7", "defer", "error unavailable:
/// ...".
[[nodiscard]] std::string describe(result<handling> const& answer);

/// One line per call, handed to `sink`: "billing order.created v2 m1 attempt 1: ack". The sink is
/// called on the handler's thread.
[[nodiscard]] unique_function<result<handling>(message_context&, next_handler)> logging(
    unique_function<void(std::string const&)> sink);

/// How long each call took by `time`, null: the system's clock.
struct handling_time {
  message_context const& context;
  std::chrono::microseconds took;
  result<handling> const& answer;
};
[[nodiscard]] unique_function<result<handling>(message_context&, next_handler)> timing(
    unique_function<void(handling_time const&)> sink, clock* time = nullptr);

/// A span around each call: `open` gets the message and its W3C trace parent (empty: a new trace)
/// and answers a function that is called with the outcome when the span ends.
using span_end = unique_function<void(result<handling> const&)>;
[[nodiscard]] unique_function<result<handling>(message_context&, next_handler)> tracing(
    unique_function<span_end(message_context const&, std::string_view trace_parent)> open);

/// Rules beyond those of the types: what `check` refuses becomes a dead letter, InvalidMessage.
[[nodiscard]] unique_function<result<handling>(message_context&, next_handler)> validation(
    unique_function<result<void>(message_context const&)> check);

}  // namespace evsrc::inline v0
