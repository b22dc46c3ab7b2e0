// SPDX-License-Identifier: Apache-2.0
// The store in one SQLite file.
#pragma once

#include <memory>
#include <string>

#include "evsrc/core/unique_function.hpp"
#include "evsrc/sqlite/options.hpp"
#include "evsrc/sqlite/store_report.hpp"
#include "evsrc/sqlite/transaction.hpp"
#include "evsrc/store/event_store.hpp"
#include "evsrc/store/idempotency_store.hpp"
#include "evsrc/store/outbox_store.hpp"
#include "evsrc/store/snapshot_store.hpp"

namespace evsrc::sqlite::inline v0 {

namespace detail {
struct store_state;
}

class message_bus;

/// One file, any number of threads and processes (G11). Callers that write at the same time share
/// one transaction and its fsync (G3).
/// @threads every function may be called from any thread
class event_store final : public evsrc::event_store,
                          public idempotency_store,
                          public snapshot_store,
                          public outbox_store {
 public:
  using transaction = sqlite::transaction;
  /// A user's part of a commit: an error or an exception fails this commit and no other. It runs on
  /// the thread that leads the group and, where a group has to be repeated, again with its earlier
  /// writes undone; it is not run for duplicates. It must not call the store.
  using work = unique_function<result<void>(transaction&)>;

  ~event_store() override;

  [[nodiscard]] result<event_page> read(stream_read const& what) override;
  [[nodiscard]] result<receipt> append_stream(stream_commit what,
                                              commit_options const& options = {}) override;

  [[nodiscard]] result<receipt> commit(evsrc::commit what,
                                       commit_options const& options = {}) override;
  /// As `commit`, with `with` run in the same transaction after the events were written.
  /// @errors as commit, and what `with` answers; handler_failed where it throws: nothing written
  [[nodiscard]] result<receipt> commit(evsrc::commit what, work with,
                                       commit_options const& options = {});
  void submit(evsrc::commit what, completion done) override;
  std::size_t poll() override;
  [[nodiscard]] result<event_page> query(scope_read const& what) override;
  [[nodiscard]] result<cursor> head() override;
  /// `patience` is real time, whatever clock the store has.
  [[nodiscard]] result<cursor> wait_beyond(cursor where,
                                           std::chrono::milliseconds patience) override;
  [[nodiscard]] result<std::vector<stream_summary>> streams(streams_read const& what) override;
  [[nodiscard]] result<cursor> find_checkpoint(std::string_view name) override;
  [[nodiscard]] result<owner_state> find_owner(std::string_view name) override;
  /// The id of the file. A sqlite::message_bus on this store has the same.
  [[nodiscard]] std::string place() const override;
  /// Reads that have not ended at the deadline are interrupted and answer errc::closed; a function
  /// that `query_sql` called, and the copying of `backup_to`, are waited for. From a completion:
  /// who is queued is told errc::closed, and the file is closed, when the completions that are due
  /// have run.
  void close(std::chrono::milliseconds deadline) override;

  [[nodiscard]] result<std::optional<idempotency_record>> find_once(std::string_view scope,
                                                                    std::string_view key) override;
  [[nodiscard]] result<receipt> record_once(idempotency_entry entry) override;
  [[nodiscard]] result<std::size_t> remove_expired(std::size_t limit) override;

  [[nodiscard]] result<std::optional<snapshot>> load_snapshot(stream_id const& stream) override;
  [[nodiscard]] result<void> save_snapshot(stream_id const& stream, snapshot what) override;
  [[nodiscard]] result<void> remove_snapshot(stream_id const& stream) override;

  [[nodiscard]] result<std::vector<outbox_row>> read_outbox(outbox_read const& what) override;
  [[nodiscard]] result<std::vector<refused_row>> read_refused(outbox_read const& what) override;
  [[nodiscard]] result<std::vector<outbox_row>> read_due(due_read const& what) override;
  [[nodiscard]] result<timestamp> next_due(timestamp after) override;
  [[nodiscard]] result<std::vector<outbox_backlog>> outbox(timestamp due_by) override;
  [[nodiscard]] result<bool> wait_for_rows(std::uint64_t& seen,
                                           std::chrono::milliseconds patience) override;

  /// Runs a user's SQL on a consistent view, for tables that `commit` filled, and hands `each` its
  /// rows until it answers false. Refuses to write. `each` keeps a connection for as long as it
  /// runs and must not call the store: what it reads and commits is errc::invalid_argument, a poll
  /// does nothing; `close` would wait for it without end.
  /// @errors as reads; closed: the deadline of `close` was over before it had ended
  [[nodiscard]] result<void> query_sql(std::string_view sql,
                                       std::initializer_list<sql_value> values,
                                       unique_function<bool(sql_row const&)> each);

  /// Writes a copy of this moment to a new file while others go on; `restore` makes it a store. It
  /// grows under a name of its own, "<path>.<number>.part", which only a crash leaves behind.
  /// @errors invalid_argument: `path` exists; not_found: its folder; permission_denied, read_only,
  ///   disk_full, io_failed: `path` is not there afterwards, or, where only the folder could not be
  ///   synced, is there and may be lost with the power
  [[nodiscard]] result<void> backup_to(std::string const& path);
  /// Reads every page, index and checksum, and compares events with streams and with the index of
  /// tags. Keys, owners, outbox and buses have no checksum: of those only the pages are checked.
  /// @errors corrupt: says what and where. @cost a full scan
  [[nodiscard]] result<void> check_integrity();
  /// Copies the write-ahead log into the file and empties it, waiting for readers up to a second.
  [[nodiscard]] result<void> checkpoint_wal();
  [[nodiscard]] result<store_report> report();

 private:
  explicit event_store(std::unique_ptr<detail::store_state> opened);
  friend result<std::unique_ptr<event_store>> open(std::string path, options with);
  friend class message_bus;

  std::unique_ptr<detail::store_state> state_;
};

/// Opens `path`, making it where there is none and bringing an older schema up to date.
/// @errors not_found: the file or its folder; foreign_file; newer_version; corrupt; read_only;
///   permission_denied; unsupported: a file system without shared memory or locks; timed_out;
///   unavailable: of an older schema, and others have it open; or a restore was interrupted, and
///   it was to be opened read-only; limit_exceeded: no epoch is left; io_failed
[[nodiscard]] result<std::unique_ptr<event_store>> open(std::string path, options with = {});

/// Puts the backup in place of the store, in a new epoch: cursors that the backup does not contain
/// are errc::checkpoint_ahead from then on, and no position is given out twice (G7). Where there is
/// no store that can be read, or it is not the one that was backed up, the result is another store:
/// its id is a new one, and cursors of the old one are errc::checkpoint_ahead, all of them. Nobody
/// may have the store open, not even for reading; readers that could not read its lock file are not
/// seen. A crash leaves the old store, or one that the next open for writing, or another restore,
/// brings to its end; until then it is errc::unavailable to those that only read.
/// @errors unavailable: the store is open; invalid_argument: the backup is the store; not_found:
///   the backup or the store's folder; foreign_file, newer_version, corrupt: the backup;
///   limit_exceeded: no epoch is left; permission_denied, read_only, disk_full: nothing was
///   changed; io_failed: nothing was, or the rest is done by the next open
[[nodiscard]] result<void> restore(std::string const& backup_path, std::string const& store_path);

}  // namespace evsrc::sqlite::inline v0
