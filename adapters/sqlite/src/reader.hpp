// SPDX-License-Identifier: Apache-2.0
// Reads on one connection: each call is one short read transaction.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus_tables.hpp"
#include "connection.hpp"
#include "evsrc/store/event_store.hpp"
#include "evsrc/store/outbox_store.hpp"
#include "evsrc/store/snapshot_store.hpp"
#include "identity.hpp"
#include "kind_directory.hpp"
#include "position_walk.hpp"
#include "user_sql.hpp"

namespace evsrc::sqlite::inline v0::detail {

/// Used by one thread at a time.
class reader {
 public:
  reader(connection& file, user_sql& users, store_identity identity, bool verifies);
  [[nodiscard]] result<void> prepare_statements();

  [[nodiscard]] result<event_page> read(stream_read const& what);
  [[nodiscard]] result<event_page> query(scope_read const& what);
  [[nodiscard]] result<std::uint64_t> head();
  /// As of the last head() or query().
  [[nodiscard]] store_identity const& identity() const noexcept { return identity_; }
  [[nodiscard]] result<std::vector<stream_summary>> streams(streams_read const& what);
  [[nodiscard]] result<cursor> find_checkpoint(std::string_view name);
  [[nodiscard]] result<owner_state> find_owner(std::string_view name);
  [[nodiscard]] result<std::optional<idempotency_record>> find_once(std::string_view scope,
                                                                    std::string_view key,
                                                                    timestamp now);
  [[nodiscard]] result<std::optional<snapshot>> load_snapshot(stream_id const& stream);
  [[nodiscard]] result<std::vector<outbox_row>> read_outbox(outbox_read const& what);
  [[nodiscard]] result<std::vector<refused_row>> read_refused(outbox_read const& what);
  [[nodiscard]] result<std::vector<outbox_row>> read_due(due_read const& what);
  /// True where somebody has written at durability::os since the machine started.
  [[nodiscard]] result<bool> has_unsynced_writers();
  [[nodiscard]] result<timestamp> next_due(timestamp after);
  [[nodiscard]] result<std::vector<outbox_backlog>> outbox(timestamp due_by);
  /// The highest that the outbox ever gave out.
  [[nodiscard]] result<std::uint64_t> last_sequence();
  [[nodiscard]] result<void> query_sql(std::string_view sql, std::span<sql_value const> values,
                                       unique_function<bool(sql_row const&)>& each);
  /// Every row against its checksum, its tags against their index, every stream against its
  /// versions.
  [[nodiscard]] result<void> verify_events();

  [[nodiscard]] connection& file() noexcept { return file_; }
  /// Made when it is first asked for.
  [[nodiscard]] bus_tables& bus() {
    if (!bus_) bus_ = std::make_unique<bus_tables>(file_);
    return *bus_;
  }

 private:
  enum kept_sql : std::uint8_t {
    find_stream,
    stream_up,
    stream_down,
    stream_version_of,
    scan_up,
    scan_down,
    event_at,
    find_key,
    find_head,
    list_streams,
    checkpoint_of,
    owner_of,
    once_of,
    snapshot_of,
    list_outbox,
    list_refused,
    outbox_row_at,
    next_destination,
    next_refused_destination,
    list_due,
    commit_time_of,
    due_after,
    count_rows,
    count_refused,
    find_sequence,
    find_unsynced,
    statement_count
  };
  /// A read transaction: everything that is read while it lives is of one moment.
  class view {
   public:
    explicit view(connection& of) : of_(of), began_(of.run("BEGIN")) {}
    view(view const&) = delete;
    view& operator=(view const&) = delete;
    ~view() {
      if (began_) of_.end_reading();
    }
    [[nodiscard]] result<void> const& began() const noexcept { return began_; }

   private:
    connection& of_;
    result<void> began_;
  };
  struct page_bounds {
    std::size_t max_events = 0;
    std::size_t max_bytes = 0;
  };
  enum class outcome : std::uint8_t { added, full };

  [[nodiscard]] result<std::int64_t> locate(stream_id const& stream);
  /// Has the key's place fetched while the row is taken: streams lie anywhere in the table, and the
  /// miss of the cache was a tenth of a scan. @return the row's stream, for take_key()
  [[nodiscard]] std::int64_t expect_key(statement const& row) const noexcept;
  [[nodiscard]] result<void> take_key(std::int64_t stream, event_view& seen);
  [[nodiscard]] result<event_kind const*> kind_of(std::int64_t id);
  /// Fills `seen` from a row of the event columns; the views live until its next step.
  [[nodiscard]] result<void> take_row(statement& row, event_view& seen);
  [[nodiscard]] result<void> verify_row(statement& row, event_view const& seen) const;
  [[nodiscard]] result<std::int64_t> verify_tags(statement& index, event_view const& seen) const;
  [[nodiscard]] static outcome add(event_page& page, event_view const& seen, page_bounds bounds);

  /// A destination while its due rows are read.
  struct due_source;
  struct due_lane;
  [[nodiscard]] result<std::optional<std::string>> destination_after(std::string_view name,
                                                                     kept_sql by);
  [[nodiscard]] result<outbox_backlog> backlog_of(std::string const& destination, timestamp due_by);
  [[nodiscard]] result<void> look_ahead(std::string_view destination, due_lane& in,
                                        outbox_slot_set const& slots, std::size_t max_rows);
  [[nodiscard]] result<bool> is_timer_next(due_source& from);
  /// Appends the sequences of the next `max_rows` rows; `from` knows when there are no more.
  [[nodiscard]] result<void> take_due(due_source& from, outbox_slot_set const& slots,
                                      std::size_t max_rows, std::vector<std::uint64_t>& into);
  [[nodiscard]] result<std::optional<outbox_row>> row_at(std::uint64_t sequence);

  struct scope_plan;
  [[nodiscard]] result<event_page> scan(scope_read const& what, scope_plan const& plan);
  [[nodiscard]] result<bool> walk(scope_read const& what, scope_plan const& plan, event_page& page,
                                  std::uint64_t from, std::uint64_t& last);
  [[nodiscard]] result<scope_plan> plan_of(scope_read const& what);

  connection& file_;
  store_identity identity_;
  bool verifies_;
  std::array<statement, statement_count> sql_;
  walk_statements walks_;
  user_sql& user_sql_;
  kind_directory kinds_;
  std::unique_ptr<bus_tables> bus_;
  /// Keys of streams never change. By the stream's number, a later one in the place of an earlier;
  /// a table of hashes was a tenth slower for a scan over many streams.
  struct known_key {
    std::int64_t stream = 0;
    std::string key{};
  };
  std::vector<known_key> keys_;
};

}  // namespace evsrc::sqlite::inline v0::detail
