// SPDX-License-Identifier: Apache-2.0
// One write: everything that must agree with the events, handed over in one call.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evsrc/core/event_record.hpp"
#include "evsrc/core/message.hpp"
#include "evsrc/core/settlement.hpp"
#include "evsrc/store/checkpoint.hpp"
#include "evsrc/store/expected_version.hpp"
#include "evsrc/store/idempotency_store.hpp"
#include "evsrc/store/owner.hpp"
#include "evsrc/store/query.hpp"

namespace evsrc::inline v0 {

/// Events for one stream. Without events it only checks the version.
struct append {
  stream_id stream;
  expected_version expected = expected_version::any();
  std::vector<new_event> events{};
};

/// Fails the commit with errc::condition_failed if an event matches `matching` that the read which
/// gave `after` did not contain, members of the same group of commits included (G8).
struct append_condition {
  query matching;
  cursor after{};
};

/// An outbox row that no attempt can hand on, and why: it becomes a dead letter of the outbox.
struct outbox_refusal {
  std::uint64_t sequence = 0;
  std::string reason;         ///< at most limits::dead_letter_reason_bytes
  std::string description{};  ///< at most limits::dead_letter_description_bytes
  /// Rows of the same destination and key wait while it is there.
  bool holds_key = false;
};

/// All or nothing (G1). Judged in this order: `once`, `owners`, expected versions, `unless`,
/// `checkpoints`, `settles` (G4). Limits: the commit_* of core/limits.hpp. A stream may stand in
/// several appends; each sees those before it.
struct commit {
  std::vector<append> appends{};
  std::vector<append_condition> unless{};
  std::vector<outgoing_message> messages{};  ///< enter the outbox
  /// Outbox rows not yet handed on, dead letters included; unknown ids are passed over. A row that
  /// is due may be on its way, and arrive all the same. An id has limits::message_id_bytes at most.
  std::vector<message_id> cancel{};
  /// Outbox rows that a relay has handed on or given up: removed. Unknown ones are passed over.
  std::vector<std::uint64_t> handed_on{};
  std::vector<outbox_refusal> refused{};  ///< unknown ones are passed over
  /// Dead letters of the outbox that are to be tried again, at their old place in the order.
  std::vector<std::uint64_t> redriven{};
  /// Input messages, where bus and store are one place (event_store::place): lock_lost fails the
  /// commit. Elsewhere errc::unsupported.
  std::vector<settlement> settles{};
  std::vector<idempotency_entry>
      once{};  ///< the first one known makes the whole commit a duplicate
  std::vector<owner_claim> owners{};
  std::vector<checkpoint> checkpoints{};
};

/// What one partition of any store can do: one stream with its messages and keys.
struct stream_commit {
  append events;
  std::vector<outgoing_message> messages{};
  std::vector<idempotency_entry> once{};
};

/// Checks sizes, names and counts against core/limits.hpp, without looking at a store: what every
/// store does first. @errors invalid_argument, limit_exceeded: names the field, as
/// "appends[1].events[0].name: empty"; nothing was changed
[[nodiscard]] result<void> validate(commit const& what);
/// The bytes that count towards limits::commit_bytes and the queue's bound.
[[nodiscard]] std::size_t size_bytes(commit const& what) noexcept;
/// Of these, what stays: events, messages and keys. Claims and checkpoints replace earlier ones.
[[nodiscard]] std::size_t kept_bytes(commit const& what) noexcept;
/// What one message counts for in both.
[[nodiscard]] std::size_t size_bytes(outgoing_message const& what) noexcept;

}  // namespace evsrc::inline v0
