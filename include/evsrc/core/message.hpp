// SPDX-License-Identifier: Apache-2.0
// A message on its way out, committed together with the events that caused it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "evsrc/core/id.hpp"
#include "evsrc/core/timestamp.hpp"

namespace evsrc::inline v0 {

/// One row of the outbox. The relay hands it to `destination` in order per (destination, key).
struct outgoing_message {
  message_id id;            ///< set by the caller, unique for ever
  std::string destination;  ///< queue or topic
  std::string key{};        ///< order is kept among equal keys; becomes the session id
  std::string type{};       ///< wire name of the body, "order.created"
  std::uint32_t type_version = 1;
  std::string body{};  ///< at most limits::message_bytes
  std::string content_type = "application/json";
  std::string correlation{};
  std::string causation{};
  std::string trace_parent{};
  timestamp not_before{};  ///< the epoch means at once; later it is a durable timer
  std::vector<std::pair<std::string, std::string>> properties{};

  friend bool operator==(outgoing_message const&, outgoing_message const&) = default;
};

}  // namespace evsrc::inline v0
