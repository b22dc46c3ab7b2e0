// SPDX-License-Identifier: Apache-2.0
// The ports, and who answers them: the writer or a reader.
#include "evsrc/sqlite/event_store.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>

#include "schema.hpp"
#include "store_state.hpp"

namespace evsrc::sqlite::inline v0 {
namespace {

using detail::long_time;
using detail::queued_commit;

constexpr std::chrono::milliseconds look_interval{5};
constexpr std::chrono::milliseconds destructor_patience = std::chrono::seconds(5);
constexpr int safe_sqlite_version = 3'051'003;

result<void> check_stream(stream_id const& stream) {
  if (stream.category.empty()) return invalid("stream.category", "empty");
  if (stream.key.empty()) return invalid("stream.key", "empty");
  if (stream.category.size() > limits::category_bytes ||
      stream.key.size() > limits::stream_key_bytes)
    return fail(errc::limit_exceeded, "stream: longer than the limits of category and key");
  return {};
}

}  // namespace

void detail::store_state::note_growth(std::uint64_t head, std::uint64_t outbox) {
  std::lock_guard const held{growth};
  known_head = std::max(known_head, head);
  known_sequence = std::max(known_sequence, outbox);
  grown.notify_all();
}

event_store::event_store(std::unique_ptr<detail::store_state> opened) : state_(std::move(opened)) {}
event_store::~event_store() {
  event_store::close(std::min(state_->with.deadline, destructor_patience));
}

result<std::unique_ptr<event_store>> open(std::string path, options with) {
  auto opened = std::make_unique<detail::store_state>();
  opened->with = std::move(with);
  opened->path = std::move(path);
  EVSRC_TRY(detail::open_state(*opened));
  return std::unique_ptr<event_store>{new event_store{std::move(opened)}};
}

result<receipt> event_store::commit(evsrc::commit what, commit_options const& options) {
  return commit(std::move(what), work{}, options);
}

result<receipt> event_store::commit(evsrc::commit what, work with, commit_options const& options) {
  queued_commit mine;
  mine.commit.what = std::move(what);
  mine.commit.work = std::move(with);
  EVSRC_TRY(detail::prepare(mine.commit));
  return state_->writer->commit(mine, options.deadline);
}

result<receipt> event_store::append_stream(stream_commit what, commit_options const& options) {
  evsrc::commit whole;
  whole.appends.push_back(std::move(what.events));
  whole.messages = std::move(what.messages);
  whole.once = std::move(what.once);
  return commit(std::move(whole), options);
}

void event_store::submit(evsrc::commit what, completion done) {
  auto one = std::make_unique<queued_commit>();
  one->commit.what = std::move(what);
  one->done = std::move(done);
  if (auto valid = detail::prepare(one->commit); !valid) {
    one->commit.bytes = 0;
    one->refused = std::move(valid.error());
  }
  state_->writer->submit(std::move(one));
}

std::string event_store::place() const { return state_->identity.id_hex; }

std::size_t event_store::poll() { return state_->writer->poll(); }

void event_store::close(std::chrono::milliseconds deadline) {
  auto const until = std::chrono::steady_clock::now() +
                     std::clamp(deadline, std::chrono::milliseconds::zero(), long_time);
  {
    std::lock_guard const held{state_->growth};
    state_->is_closed = true;
    state_->grown.notify_all();
  }
  state_->writer->close(deadline);
  state_->waits->call_all();
  state_->readers->close(until);
  state_->writer->release();
}

result<event_page> event_store::read(stream_read const& what) {
  EVSRC_TRY(check_stream(what.stream));
  return state_->with_reader([&](auto& from) { return from->read(what); });
}

result<event_page> event_store::query(scope_read const& what) {
  return state_->with_reader([&](auto& from) { return from->query(what); });
}

result<cursor> event_store::head() {
  return state_->with_reader([&](auto& from) -> result<cursor> {
    auto const head = from->head();
    if (!head) return fail(head.error());
    return state_->identity.at(*head);
  });
}

result<cursor> event_store::wait_beyond(cursor where, std::chrono::milliseconds patience) {
  auto const until = std::chrono::steady_clock::now() +
                     std::clamp(patience, std::chrono::milliseconds::zero(), long_time);
  auto& state = *state_;
  for (bool is_known = false;; is_known = true) {
    auto const head = state.with_reader([&](auto& from) -> result<std::uint64_t> {
      auto found = from->head();
      if (found && !is_known) EVSRC_TRY(from->identity().know(where, *found));
      return found;
    });
    if (!head) return fail(head.error());
    auto const now = std::chrono::steady_clock::now();
    if (*head > where.major() || now >= until) return state.identity.at(*head);
    // Commits of this handle wake at once; those of others are looked for every few milliseconds.
    std::unique_lock held{state.growth};
    auto const nap =
        state.with.durability == durability::memory ? until : std::min(until, now + look_interval);
    state.grown.wait_until(held, nap,
                           [&] { return state.is_closed || state.known_head > where.major(); });
    if (state.is_closed) return fail(errc::closed, "the store was closed", "sqlite.wait_beyond");
  }
}

result<std::vector<stream_summary>> event_store::streams(streams_read const& what) {
  return state_->with_reader([&](auto& from) { return from->streams(what); });
}

result<cursor> event_store::find_checkpoint(std::string_view name) {
  return state_->with_reader([&](auto& from) { return from->find_checkpoint(name); });
}

result<owner_state> event_store::find_owner(std::string_view name) {
  return state_->with_reader([&](auto& from) { return from->find_owner(name); });
}

result<std::optional<idempotency_record>> event_store::find_once(std::string_view scope,
                                                                 std::string_view key) {
  return state_->with_reader(
      [&](auto& from) { return from->find_once(scope, key, state_->time->now()); });
}

result<receipt> event_store::record_once(idempotency_entry entry) {
  evsrc::commit alone;
  alone.once.push_back(std::move(entry));
  return commit(std::move(alone));
}

result<std::size_t> event_store::remove_expired(std::size_t limit) {
  std::size_t removed = 0;
  EVSRC_TRY(state_->writer->run_alone([&](detail::ledger& tables) -> result<void> {
    auto const count = tables.remove_expired(limit, state_->time->now());
    if (!count) return fail(count.error());
    removed = *count;
    return {};
  }));
  return removed;
}

result<std::optional<snapshot>> event_store::load_snapshot(stream_id const& stream) {
  EVSRC_TRY(check_stream(stream));
  return state_->with_reader([&](auto& from) { return from->load_snapshot(stream); });
}

result<void> event_store::save_snapshot(stream_id const& stream, snapshot what) {
  EVSRC_TRY(check_stream(stream));
  if (what.state.size() > limits::snapshot_bytes)
    return fail(errc::limit_exceeded, "snapshot.state: " + std::to_string(what.state.size()) +
                                          " bytes, at most " +
                                          std::to_string(limits::snapshot_bytes) + " are allowed");
  if (what.fingerprint.size() > 64)
    return fail(errc::limit_exceeded, "snapshot.fingerprint: longer than 64 bytes");
  return state_->writer->run_alone(
      [&](detail::ledger& tables) { return tables.save_snapshot(stream, what); }, false);
}

result<void> event_store::remove_snapshot(stream_id const& stream) {
  EVSRC_TRY(check_stream(stream));
  return state_->writer->run_alone(
      [&](detail::ledger& tables) { return tables.remove_snapshot(stream); }, false);
}

result<std::vector<outbox_row>> event_store::read_outbox(outbox_read const& what) {
  return state_->with_reader([&](auto& from) { return from->read_outbox(what); });
}

result<std::vector<refused_row>> event_store::read_refused(outbox_read const& what) {
  return state_->with_reader([&](auto& from) { return from->read_refused(what); });
}

result<std::vector<outbox_row>> event_store::read_due(due_read const& what) {
  bool const may_sync = what.synced && state_->with.durability != durability::memory;
  // After a failed sync the next one may succeed, without what the first one could not write.
  if (may_sync) EVSRC_TRY(state_->writer->check_syncs());
  return state_->with_reader([&](auto& from) -> result<std::vector<outbox_row>> {
    auto rows = from->read_due(what);
    if (!rows || rows->empty() || !may_sync) return rows;
    auto const is_wanted = from->has_unsynced_writers();
    if (!is_wanted) return fail(is_wanted.error());
    if (!*is_wanted) return rows;
    if (auto done = from->file().sync_log(); !done) {
      state_->writer->refuse_from_now_on(done.error());
      return fail(std::move(done.error()));
    }
    EVSRC_TRY(state_->writer->check_syncs());  // another thread's may have failed before it
    return rows;
  });
}

result<timestamp> event_store::next_due(timestamp after) {
  return state_->with_reader([&](auto& from) { return from->next_due(after); });
}

result<std::vector<outbox_backlog>> event_store::outbox(timestamp due_by) {
  return state_->with_reader([&](auto& from) { return from->outbox(due_by); });
}

result<bool> event_store::wait_for_rows(std::uint64_t& seen, std::chrono::milliseconds patience) {
  auto const until = std::chrono::steady_clock::now() +
                     std::clamp(patience, std::chrono::milliseconds::zero(), long_time);
  auto& state = *state_;
  for (;;) {
    auto const last = state.with_reader([](auto& from) { return from->last_sequence(); });
    if (!last) return fail(last.error());
    if (*last != seen) {
      bool const is_more = *last > seen;
      seen = *last;
      if (is_more) return true;
    }
    auto const now = std::chrono::steady_clock::now();
    if (now >= until) return false;
    std::unique_lock held{state.growth};
    auto const nap =
        state.with.durability == durability::memory ? until : std::min(until, now + look_interval);
    state.grown.wait_until(held, nap,
                           [&] { return state.is_closed || state.known_sequence > seen; });
    if (state.is_closed) return fail(errc::closed, "the store was closed", "sqlite.wait_for_rows");
  }
}

result<void> event_store::query_sql(std::string_view sql, std::initializer_list<sql_value> values,
                                    unique_function<bool(sql_row const&)> each) {
  return state_->with_reader([&](auto& from) {
    detail::rows_in_hand const now{state_->readers->place()};
    return from->query_sql(sql, {values.begin(), values.size()}, each);
  });
}

result<void> event_store::check_integrity() {
  return state_->with_reader([](auto& from) { return from->verify_events(); });
}

result<void> event_store::checkpoint_wal() {
  return state_->writer->run_alone([&](detail::ledger& tables) {
    tables.rollback();  // a checkpoint runs outside transactions
    return state_->writer->empty_wal(1'000);
  });
}

result<store_report> event_store::report() {
  store_report told;
  EVSRC_TRY(state_->with_reader([&](auto& from) -> result<void> {
    auto const head = from->head();
    if (!head) return fail(head.error());
    told.head = from->identity().at(*head);
    told.epoch = from->identity().epoch;
    return {};
  }));
  auto const counted = state_->writer->count();
  told.sqlite_version = sqlite3_libversion();
  told.allows_foreign_writers = sqlite3_libversion_number() >= safe_sqlite_version;
  told.durability = state_->with.durability;
  told.schema_version = detail::schema_version(detail::all_migrations());
  told.store_id = state_->identity.id_hex;
  std::error_code missing;
  if (auto const size = std::filesystem::file_size(state_->path, missing); !missing)
    told.file_bytes = size;
  if (auto const size = std::filesystem::file_size(state_->path + "-wal", missing); !missing)
    told.wal_bytes = size;
  told.wal_checkpoints = counted.wal_checkpoints;
  told.queued_commits = counted.queued_commits;
  told.queued_bytes = counted.queued_bytes;
  told.groups = counted.groups;
  told.commits = counted.commits;
  told.refuses_writes = counted.refuses_writes;
  return told;
}

}  // namespace evsrc::sqlite::inline v0
