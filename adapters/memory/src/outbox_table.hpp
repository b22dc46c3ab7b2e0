// SPDX-License-Identifier: Apache-2.0
// The outbox of the store in memory. Not locked.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/store/commit.hpp"
#include "evsrc/store/outbox_store.hpp"

namespace evsrc::memory::inline v0::detail {

class outbox_table {
 public:
  void add(outgoing_message message, timestamp now);
  /// @return the bytes that became free, as size_bytes(outgoing_message) counts them
  std::size_t remove(std::uint64_t sequence);
  std::size_t remove(message_id const& id);
  /// @return of the bytes of its texts, those that need not be kept: the row is not there
  std::size_t refuse(outbox_refusal why, timestamp now);
  /// @return the bytes that became free
  std::size_t redrive(std::uint64_t sequence);

  [[nodiscard]] bool contains(message_id const& id) const { return sequences_.contains(id); }
  /// The highest that was given out.
  [[nodiscard]] std::uint64_t last_sequence() const noexcept { return last_sequence_; }
  [[nodiscard]] std::vector<outbox_row> read(outbox_read const& what) const;
  [[nodiscard]] std::vector<refused_row> read_refused(outbox_read const& what) const;
  [[nodiscard]] std::vector<outbox_row> read_due(due_read const& what) const;
  [[nodiscard]] timestamp next_due(timestamp after) const;
  [[nodiscard]] std::vector<outbox_backlog> backlog(timestamp due_by) const;

 private:
  /// `not_before` and sequence; the epoch where a row goes at once.
  using place = std::pair<timestamp, std::uint64_t>;
  using places = std::set<place>;
  struct source;
  [[nodiscard]] source source_of(places const& waiting, timestamp due_by) const;
  /// Of one that is not empty: which row comes next.
  [[nodiscard]] place take_first(source& from) const;

  struct dead_letter {
    outbox_refusal why;
    timestamp since{};
  };
  struct stored_row {
    timestamp committed_at{};
    std::size_t slot = 0;
    outgoing_message message;
    std::optional<dead_letter> refused{};
  };
  using key_of_destination = std::pair<std::string, std::string>;

  [[nodiscard]] static outbox_row row_of(std::uint64_t sequence, stored_row const& from);
  [[nodiscard]] bool is_held(outgoing_message const& row) const;
  void add_place(outgoing_message const& row, std::uint64_t sequence);
  void remove_place(outgoing_message const& row, std::uint64_t sequence);
  std::size_t revive(stored_row& row, std::uint64_t sequence);

  std::map<std::uint64_t, stored_row> rows_;
  std::map<message_id, std::uint64_t> sequences_;
  std::map<std::string, places> by_destination_;  ///< what waits; none of the sets is empty
  std::map<std::string, std::set<std::uint64_t>> refused_;  ///< by destination; none is empty
  std::map<key_of_destination, std::size_t> held_;          ///< by how many dead letters
  std::uint64_t last_sequence_ = 0;
};

}  // namespace evsrc::memory::inline v0::detail
