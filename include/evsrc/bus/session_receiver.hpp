// SPDX-License-Identifier: Apache-2.0
// A receiver that holds one session: its messages in order, for nobody else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "evsrc/bus/receiver.hpp"

namespace evsrc::inline v0 {

/// Holds the session's lock until closed (destroyed) or lost; then every call answers lock_lost.
/// The session's lock stands for the locks of its messages: they end with it. Closing gives the
/// unsettled ones back uncounted; a lock that expired counts as a failed delivery of each.
/// @source azure: message sessions, "message delivery count"
class session_receiver : public receiver {
 public:
  [[nodiscard]] virtual std::string const& session_id() const = 0;
  [[nodiscard]] virtual timestamp locked_until() const = 0;
  /// @return until when. @errors lock_lost
  [[nodiscard]] virtual result<timestamp> renew_session() = 0;

  /// Bytes kept with the session until replaced, whoever holds it; nullopt where none were set.
  [[nodiscard]] virtual result<std::optional<std::string>> state() = 0;
  /// nullopt clears. @errors lock_lost; limit_exceeded: limits::session_state_bytes
  [[nodiscard]] virtual result<void> set_state(std::optional<std::string> state) = 0;
};

}  // namespace evsrc::inline v0
