// SPDX-License-Identifier: Apache-2.0
// What the store in memory holds, and the rules of judging and writing it. Not locked.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/store/event_store.hpp"
#include "evsrc/store/snapshot_store.hpp"
#include "outbox_table.hpp"
#include "position_walk.hpp"

namespace evsrc::memory::inline v0::detail {

/// An event's position is its place in the log, counted from 1; events are never removed.
struct stored_event {
  stream_id const* stream = nullptr;
  stream_version version = 0;
  new_event event;
  std::string encoded_metadata;
};

/// Everything that a store in memory knows.
class tables {
 public:
  tables(std::uint64_t store, std::size_t max_bytes) : store_(store), max_bytes_(max_bytes) {}

  [[nodiscard]] result<receipt> commit(evsrc::commit what, timestamp now);
  [[nodiscard]] result<event_page> read(stream_read const& what) const;
  [[nodiscard]] result<event_page> query(scope_read const& what) const;
  [[nodiscard]] result<std::vector<stream_summary>> streams(streams_read const& what) const;

  [[nodiscard]] cursor head() const noexcept { return {store_, log_.size()}; }
  /// checkpoint_ahead for a cursor of another store or beyond the head.
  [[nodiscard]] result<void> know(cursor const& where) const;
  [[nodiscard]] cursor find_checkpoint(std::string_view name) const;
  [[nodiscard]] owner_state find_owner(std::string_view name) const;

  [[nodiscard]] std::optional<idempotency_record> find_once(std::string_view scope,
                                                            std::string_view key,
                                                            timestamp now) const;
  std::size_t remove_expired(std::size_t limit, timestamp now);

  [[nodiscard]] std::optional<snapshot> load_snapshot(stream_id const& stream) const;
  void save_snapshot(stream_id const& stream, snapshot what);
  void remove_snapshot(stream_id const& stream) { snapshots_.erase(stream); }

  [[nodiscard]] outbox_table const& outbox() const noexcept { return outbox_; }

 private:
  using once_key = std::pair<std::string, std::string>;
  /// What a commit that passed will change beside the log.
  struct plan {
    std::vector<stream_version> versions;  ///< one per append
    std::map<std::string, owner_state, std::less<>> owners;
    std::map<std::string, cursor, std::less<>> checkpoints;
  };

  [[nodiscard]] result<std::optional<receipt>> judge_once(evsrc::commit const& what,
                                                          timestamp now) const;
  [[nodiscard]] result<void> judge_owners(evsrc::commit const& what, plan& changes) const;
  [[nodiscard]] result<void> judge_versions(evsrc::commit const& what, plan& changes) const;
  [[nodiscard]] result<void> judge_conditions(evsrc::commit const& what) const;
  [[nodiscard]] result<void> judge_checkpoints(evsrc::commit const& what, plan& changes) const;
  [[nodiscard]] result<void> judge_messages(evsrc::commit const& what) const;
  [[nodiscard]] receipt write(evsrc::commit what, plan changes, timestamp now);
  void write_messages(evsrc::commit& what, timestamp now);
  void write_event(stream_id const& stream, position_list& of_stream, new_event event);
  void write_once(std::vector<idempotency_entry> entries, receipt const& answer);

  [[nodiscard]] stored_event const& at(std::uint64_t position) const {
    return log_[static_cast<std::size_t>(position - 1)];
  }
  /// Adds the shortest lists that together hold every event that `what` matches.
  void add_candidates(position_walk& walk, evsrc::query const& what) const;
  [[nodiscard]] bool is_match(evsrc::query const& what, std::uint64_t position) const;
  template <class NextPosition>
  [[nodiscard]] event_page make_page(NextPosition next_position, direction order,
                                     std::size_t max_events, std::size_t max_bytes,
                                     stream_version version) const;

  std::uint64_t const store_;
  std::size_t const max_bytes_;
  std::size_t bytes_ = 0;
  std::deque<stored_event> log_;
  std::map<stream_id, position_list> streams_;
  std::map<std::string, position_list, std::less<>> by_category_;
  std::map<std::string, position_list, std::less<>> by_name_;
  std::map<event_tag, position_list> by_tag_;
  std::map<once_key, idempotency_record> once_;
  std::map<std::string, owner_state, std::less<>> owners_;
  std::map<std::string, cursor, std::less<>> checkpoints_;
  std::map<stream_id, snapshot> snapshots_;
  outbox_table outbox_;
};

}  // namespace evsrc::memory::inline v0::detail
