// SPDX-License-Identifier: Apache-2.0
// The outbox of the store in memory. Not locked.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/store/outbox_store.hpp"

namespace evsrc::memory::inline v0::detail {

class outbox_table {
 public:
  void add(outgoing_message message, timestamp now);
  /// @return the bytes that became free, as size_bytes(outgoing_message) counts them
  std::size_t remove(std::uint64_t sequence);
  std::size_t remove(message_id const& id);

  [[nodiscard]] bool contains(message_id const& id) const { return sequences_.contains(id); }
  /// The highest that was given out.
  [[nodiscard]] std::uint64_t last_sequence() const noexcept { return last_sequence_; }
  [[nodiscard]] std::vector<outbox_row> read(outbox_read const& what) const;
  [[nodiscard]] std::vector<outbox_row> read_due(due_read const& what) const;
  [[nodiscard]] timestamp next_due(timestamp after) const;
  [[nodiscard]] std::vector<outbox_backlog> backlog(timestamp due_by) const;

 private:
  using place = std::pair<timestamp, std::uint64_t>;  ///< `not_before` and sequence
  using places = std::set<place>;
  struct source;

  [[nodiscard]] outbox_row row_at(std::uint64_t sequence) const;

  struct stored_row {
    timestamp committed_at{};
    std::size_t slot = 0;
    outgoing_message message;
  };
  std::map<std::uint64_t, stored_row> rows_;
  std::map<message_id, std::uint64_t> sequences_;
  std::map<std::string, places> by_destination_;  ///< none of the sets is empty
  std::uint64_t last_sequence_ = 0;
};

}  // namespace evsrc::memory::inline v0::detail
