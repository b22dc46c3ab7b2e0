// SPDX-License-Identifier: Apache-2.0
// A store that hands every call on: what faults, probes and counters derive from.
#pragma once

#include "evsrc/testing/store_ports.hpp"

namespace evsrc::testing::inline v0 {

/// Override what should differ. A port that the inner store lacks answers errc::unsupported.
/// `append_stream` and `record_once` go through this store's own `commit`, so that overriding
/// `commit` and `submit` covers every write but snapshots. @threads as the inner store
class forwarding_store : public evsrc::event_store,
                         public idempotency_store,
                         public snapshot_store,
                         public outbox_store {
 public:
  /// The inner store outlives this one.
  explicit forwarding_store(store_ports inner) noexcept : inner_(inner) {}

  [[nodiscard]] result<event_page> read(stream_read const& what) override;
  [[nodiscard]] result<receipt> append_stream(stream_commit what,
                                              commit_options const& options = {}) override;
  [[nodiscard]] result<receipt> commit(evsrc::commit what,
                                       commit_options const& options = {}) override;
  void submit(evsrc::commit what, completion done) override;
  std::size_t poll() override;
  [[nodiscard]] result<event_page> query(scope_read const& what) override;
  [[nodiscard]] result<cursor> head() override;
  [[nodiscard]] result<cursor> wait_beyond(cursor where,
                                           std::chrono::milliseconds patience) override;
  [[nodiscard]] result<std::vector<stream_summary>> streams(streams_read const& what) override;
  [[nodiscard]] result<cursor> find_checkpoint(std::string_view name) override;
  [[nodiscard]] result<owner_state> find_owner(std::string_view name) override;
  [[nodiscard]] std::string place() const override { return inner_.events->place(); }
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

 protected:
  [[nodiscard]] store_ports const& inner() const noexcept { return inner_; }

 private:
  store_ports inner_;
};

}  // namespace evsrc::testing::inline v0
