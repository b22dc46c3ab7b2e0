// SPDX-License-Identifier: Apache-2.0
// The messages that commits left for the relay.
#pragma once

#include <bitset>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/limits.hpp"
#include "evsrc/core/message.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0 {

/// Leases of relays are on slots, not on rows (G14): 64 hash slots of destination and key.
inline constexpr std::size_t outbox_slots = 64;
using outbox_slot_set = std::bitset<outbox_slots>;
/// FNV-1a (64 bits) over destination, a zero byte and key, by its upper six bits: the same in every
/// store and version, since rows are stored with it. `destination` as rows have it, in lower case.
[[nodiscard]] std::size_t outbox_slot(std::string_view destination, std::string_view key) noexcept;

/// One message that was committed and not yet handed on. Names of entities ignore ASCII case: a
/// row's destination is in lower case. A `not_before` that had passed at the commit is the epoch.
struct outbox_row {
  std::uint64_t sequence = 0;  ///< order of commit; rows of one commit in its order
  timestamp committed_at{};    ///< by the store's clock; the epoch where it is not known
  outgoing_message message;
};

/// A dead letter of the outbox: it waits for a person, who brings it back or removes it
/// (commit::redriven, cancel, handed_on).
struct refused_row {
  outbox_row row;
  std::string reason;
  std::string description;
  bool holds_key = false;  ///< rows of the same destination and key wait for it
  timestamp refused_at{};
};

/// Which rows to look at, in order of commit. However many are asked for, no more than
/// limits::page_events are returned at once: who gets that many asks again behind the last one.
struct outbox_read {
  std::uint64_t after = 0;  ///< sequence, exclusive
  std::size_t max_rows = 1'000;
};

/// Which rows a relay may hand on; limits::page_events at once, whatever `max_rows` says.
struct due_read {
  outbox_slot_set slots = ~outbox_slot_set{};
  timestamp due_by{};  ///< rows with `not_before` at or before it
  /// Rows of these destinations, as rows name them, are passed over: their circuit is open.
  std::vector<std::string> not_to{};
  /// Rows are returned when the disk has their commits, also at a durability whose commits do not
  /// wait for it (SQLite's `os`): what leaves, a power loss cannot take back (G1).
  bool synced = true;
  std::size_t max_rows = 256;
  std::size_t max_bytes = limits::page_bytes;  ///< of bodies; at least one row is returned
};

/// What waits for one destination.
struct outbox_backlog {
  std::string destination;
  std::uint64_t rows = 0;     ///< dead letters not among them
  std::uint64_t due = 0;      ///< of them, at the time asked for
  std::uint64_t held = 0;     ///< of those that are due: a dead letter holds their key
  std::uint64_t refused = 0;  ///< dead letters
  timestamp oldest_due = timestamp::max();  ///< since when the first of these can go
  timestamp next_due = timestamp::max();    ///< the earliest `not_before` after that time
};

/// Rows leave it by `commit::handed_on` and `commit::cancel`; `commit::refused` turns them into
/// dead letters, which keep their id, count as rows towards limits, and are not due.
/// @threads every function may be called from any thread
class outbox_store {
 public:
  outbox_store() = default;
  outbox_store(outbox_store const&) = delete;
  outbox_store& operator=(outbox_store const&) = delete;
  virtual ~outbox_store() = default;

  [[nodiscard]] virtual result<std::vector<outbox_row>> read_outbox(outbox_read const& what) = 0;
  /// Dead letters.
  [[nodiscard]] virtual result<std::vector<refused_row>> read_refused(outbox_read const& what) = 0;
  /// Due rows whose key is not held, those of one destination in order of (due time, sequence): a
  /// timer is due at its `not_before`, any other row since its commit, and no commit counts as
  /// earlier than one before it, however the clock was set. Destinations share `max_rows`: none
  /// gets more than its share while another one has more.
  /// @cost two index range scans per destination, over rows of other slots, too; a sync where
  ///   `synced` asks for one
  [[nodiscard]] virtual result<std::vector<outbox_row>> read_due(due_read const& what) = 0;
  /// The earliest `not_before` later than `after`; timestamp::max() where there is none.
  /// @cost one index look-up per destination
  [[nodiscard]] virtual result<timestamp> next_due(timestamp after) = 0;
  /// What waits, destinations in byte order. @cost a scan of the whole outbox's index
  [[nodiscard]] virtual result<std::vector<outbox_backlog>> outbox(timestamp due_by) = 0;
  /// Returns true as soon as a row has been committed that was not there when `seen` was returned
  /// by the last call (start with 0), false when `patience` is over (real time); `seen` is brought
  /// up to date. Within a process at once, across processes within some milliseconds.
  /// @errors closed
  [[nodiscard]] virtual result<bool> wait_for_rows(std::uint64_t& seen,
                                                   std::chrono::milliseconds patience) = 0;
};

}  // namespace evsrc::inline v0
