// SPDX-License-Identifier: Apache-2.0
// The store without a file: the reference that other stores are measured against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "evsrc/core/clock.hpp"
#include "evsrc/store/event_store.hpp"
#include "evsrc/store/idempotency_store.hpp"
#include "evsrc/store/outbox_store.hpp"
#include "evsrc/store/snapshot_store.hpp"

namespace evsrc::memory::inline v0 {

/// What a store is made with.
struct options {
  evsrc::clock* clock =
      nullptr;  ///< judges expiry; lives longer than the store; null: the system's
  /// Bytes of events, messages and keys that are kept, as size_bytes(commit) counts them; the
  /// commit that would exceed them is errc::limit_exceeded.
  std::size_t max_bytes = std::size_t{1} << 30U;
  std::size_t queued_commits = limits::queued_commits;  ///< submitted and not yet committed
  std::size_t queued_bytes = limits::queued_bytes;
};

/// Keeps everything in memory and survives nothing. Owns no thread: what was submitted is committed
/// by the next `commit`, `poll` or `close`, and its completions run there, outside the lock.
/// @threads every function may be called from any thread; one mutex orders them
class event_store final : public evsrc::event_store,
                          public idempotency_store,
                          public snapshot_store,
                          public outbox_store {
 public:
  explicit event_store(options with = {});
  ~event_store() override;

  [[nodiscard]] result<event_page> read(stream_read const& what) override;
  [[nodiscard]] result<receipt> append_stream(stream_commit what,
                                              commit_options const& options = {}) override;

  [[nodiscard]] result<receipt> commit(evsrc::commit what,
                                       commit_options const& options = {}) override;
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

 private:
  struct state;
  std::unique_ptr<state> state_;
};

[[nodiscard]] std::unique_ptr<event_store> make_event_store(options with = {});

}  // namespace evsrc::memory::inline v0
