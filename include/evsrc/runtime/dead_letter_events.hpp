// SPDX-License-Identifier: Apache-2.0
// What was done to dead letters, and by whom: events of the store that the consumer writes to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "evsrc/core/bytes.hpp"
#include "evsrc/core/event_name.hpp"
#include "evsrc/core/id.hpp"
#include "evsrc/core/timestamp.hpp"

namespace evsrc::inline v0 {

/// The stream {evsrc.dead-letters, entity} of a queue or subscription. Who did it is the events'
/// metadata::user. Readers of everything pass over them.
[[nodiscard]] stream_id audit_stream_of(std::string_view entity);

/// A dead letter as records name it. Texts are for people: bytes beyond printable ASCII are '?'.
struct dead_letter_record {
  std::string id;  ///< origin id
  bytes origin;    ///< the same, byte by byte
  std::string type;
  std::string key;
  std::string reason;
  std::string description;
  std::uint32_t round = 0;
  std::int64_t sequence_number = 0;
  timestamp enqueued_at{};
};

/// Sent into its next round, or to another place.
struct dead_letter_redriven {
  static constexpr event_name wire_name{"evsrc.dead-letter.redriven", 1};
  std::string consumer;
  dead_letter_record letter;
  std::string destination;
  std::string copy_id;
};
/// A new message was sent for it. It stays where it is and is never redriven itself.
struct dead_letter_edited {
  static constexpr event_name wire_name{"evsrc.dead-letter.edited", 1};
  std::string consumer;
  dead_letter_record letter;
  std::string destination;
  std::string edited_id;
};
/// Will never take effect; it was removed.
struct dead_letter_skipped {
  static constexpr event_name wire_name{"evsrc.dead-letter.skipped", 1};
  std::string consumer;
  dead_letter_record letter;
};
/// As skipped, by a purge.
struct dead_letter_purged {
  static constexpr event_name wire_name{"evsrc.dead-letter.purged", 1};
  std::string consumer;
  dead_letter_record letter;
};
/// Removed without effect: its message had its end already.
struct dead_letter_removed {
  static constexpr event_name wire_name{"evsrc.dead-letter.removed", 1};
  std::string consumer;
  dead_letter_record letter;
};
/// Work on many began. Cut off, it has no end here; called again with `up_to` it goes on.
struct dead_letter_run_started {
  static constexpr event_name wire_name{"evsrc.dead-letter.run-started", 1};
  std::string run;
  std::string consumer;
  std::string action;  ///< "redrive", "skip", "purge"
  std::string filter;
  std::int64_t up_to = 0;  ///< sequence number
};
struct dead_letter_run_ended {
  static constexpr event_name wire_name{"evsrc.dead-letter.run-ended", 1};
  std::string run;
  std::uint64_t done = 0;
  std::uint64_t ended_before = 0;
  std::uint64_t refused = 0;
  std::uint64_t left = 0;
  bool was_cancelled = false;
};

/// The stream {evsrc.outbox, destination} of what was done to dead letters of the outbox: rows that
/// a relay could not hand on.
[[nodiscard]] stream_id outbox_audit_stream_of(std::string_view destination);

/// Such a row; texts as in dead_letter_record.
struct refused_row_record {
  std::uint64_t sequence = 0;
  std::string id;
  bytes origin;  ///< the id, byte by byte
  std::string destination;
  std::string key;
  std::string type;
  std::string reason;
  std::string description;
  bool held_key = false;
  timestamp committed_at{};
  timestamp refused_at{};
};
/// It waits for a relay again.
struct refused_row_redriven {
  static constexpr event_name wire_name{"evsrc.refused-row.redriven", 1};
  refused_row_record row;
};
/// It was removed and is never handed on.
struct refused_row_dropped {
  static constexpr event_name wire_name{"evsrc.refused-row.dropped", 1};
  refused_row_record row;
};

}  // namespace evsrc::inline v0
