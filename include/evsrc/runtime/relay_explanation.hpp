// SPDX-License-Identifier: Apache-2.0
// What a relay did, what waits, and why it does not move.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evsrc/core/error.hpp"
#include "evsrc/runtime/circuit_breaker.hpp"
#include "evsrc/store/outbox_store.hpp"

namespace evsrc::inline v0 {

/// "row 7, m3 to orders (key k), is a dead letter since ...: not_found: ...".
[[nodiscard]] std::string to_string(refused_row const& dead);

/// Since this relay was made.
struct relay_counts {
  std::uint64_t sent = 0;         ///< rows that a sender took; those sent again count again
  std::uint64_t removed = 0;      ///< of them, those whose removal is committed
  std::uint64_t refused = 0;      ///< became dead letters of the outbox
  std::uint64_t failures = 0;     ///< sends that may pass when tried again
  std::uint64_t leases_lost = 0;  ///< slots that another relay took over
  std::uint64_t slow_sends = 0;   ///< took longer than send_timeout: another may have sent, too

  friend bool operator==(relay_counts const&, relay_counts const&) = default;
};

/// One destination, with what this relay knows of it.
struct relay_destination {
  outbox_backlog waits{};
  bool has_sender = true;
  circuit_standing circuit = circuit_standing::closed;
  std::uint32_t failures = 0;      ///< in a row
  timestamp retry_at{};            ///< where the circuit is open
  std::optional<error> trouble{};  ///< of the last send that failed
};
/// "orders: 12 rows are due since ..., it pauses until ... after 4 failures: unavailable: ...".
[[nodiscard]] std::string to_string(relay_destination const& what);

/// The text of `to_string` is for people and may change.
struct relay_explanation {
  std::string holder;
  std::size_t slots = 0;                        ///< that it owns, of 64
  std::map<std::string, std::size_t> others{};  ///< slots by holder; empty: given back or never had
  std::vector<relay_destination> destinations{};
  std::vector<refused_row> refused{};  ///< dead letters, the first 100; bodies left out
  std::optional<error> trouble{};      ///< of the store
  relay_counts counts{};
};
[[nodiscard]] std::string to_string(relay_explanation const& what);

}  // namespace evsrc::inline v0
