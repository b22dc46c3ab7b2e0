// SPDX-License-Identifier: Apache-2.0
// What may be said about a relay.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "evsrc/core/clock.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/runtime/circuit_breaker.hpp"
#include "evsrc/store/outbox_store.hpp"

namespace evsrc::inline v0 {

/// What becomes of the rows behind one that was refused for good, those of its destination and key.
/// Rows without a key wait for none.
enum class refusal_policy : std::uint8_t {
  hold_key,  ///< they wait until a person brings it back or removes it
  pass_key,  ///< they go on without it
};

/// Relays of one store have the same send_timeout, patience and heartbeat: an owner counts on the
/// patience of the others (G10, G14).
struct relay_options {
  outbox_slot_set slots = ~outbox_slot_set{};  ///< that it may own; less to share the work
  std::size_t batch_rows = 256;  ///< read at a time, and removed in one commit; 1 to 1,000
  /// Of run(): a destination that hangs keeps one of them busy.
  std::size_t threads = 2;
  refusal_policy on_refusal = refusal_policy::hold_key;
  /// At a durability whose commits do not wait for the disk, each batch is synced before it leaves.
  /// False: after a power loss others may have messages of commits that are gone.
  bool waits_for_sync = true;
  /// Of each destination.
  circuit_options circuit{2, std::chrono::milliseconds(200), 200, std::chrono::seconds(30), 30};
  /// The longest that a sender takes. At least as much is left of the lease before each send.
  std::chrono::milliseconds send_timeout = std::chrono::seconds(10);
  /// How long an owner must be silent before another relay takes over: at least send_timeout and
  /// two heartbeats.
  std::chrono::milliseconds patience = std::chrono::seconds(15);
  std::chrono::milliseconds heartbeat = std::chrono::seconds(2);
  std::string holder{};             ///< shown to others; empty: host and process
  evsrc::clock* clock = nullptr;    ///< the system's where null; must outlive the relay
  random_source* random = nullptr;  ///< the system's where null
};

/// @errors invalid_argument: names the field
[[nodiscard]] result<void> validate(relay_options const& what);

}  // namespace evsrc::inline v0
