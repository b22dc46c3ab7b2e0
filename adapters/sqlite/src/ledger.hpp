// SPDX-License-Identifier: Apache-2.0
// The tables under the one connection that writes: judges commits and writes those that pass.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bus_tables.hpp"
#include "connection.hpp"
#include "evsrc/store/snapshot_store.hpp"
#include "identity.hpp"
#include "kind_directory.hpp"
#include "position_walk.hpp"
#include "prepared_commit.hpp"
#include "user_sql.hpp"

namespace evsrc::sqlite::inline v0::detail {

/// What is known of a stream while nobody else writes to the file.
struct stream_place {
  std::int64_t id = 0;  ///< 0: not in the file
  stream_version version = 0;
  stream_version planned = 0;  ///< as the commit that is being judged would leave it
  std::uint64_t planned_by = 0;
};

/// Used by who has the writer's turn. Errors that its functions return are failures of the file or
/// of SQLite; what a commit is told stands in `prepared_commit::answer`.
class ledger {
 public:
  ledger(connection writer, store_identity identity);
  [[nodiscard]] result<void> prepare_statements();

  /// BEGIN IMMEDIATE; forgets what another writer may have changed.
  /// @errors newer_version: another one migrated the file
  [[nodiscard]] result<void> begin();
  [[nodiscard]] result<void> commit();
  void rollback() noexcept;
  /// Judges and, if it passes, writes. Inside a transaction.
  [[nodiscard]] result<void> apply(prepared_commit& one, timestamp now);

  [[nodiscard]] result<std::size_t> remove_expired(std::size_t limit, timestamp now);
  [[nodiscard]] result<void> save_snapshot(stream_id const& stream, snapshot const& what);
  [[nodiscard]] result<void> remove_snapshot(stream_id const& stream);

  [[nodiscard]] connection& file() noexcept { return file_; }
  [[nodiscard]] user_sql& users() noexcept { return user_sql_; }
  /// Made when it is first asked for.
  [[nodiscard]] bus_tables& bus();
  /// Lanes of the bus that got messages by transactions that committed.
  [[nodiscard]] std::vector<std::int64_t> take_news();
  [[nodiscard]] store_identity const& identity() const noexcept { return identity_; }
  /// The highest position that was given out, as of the last transaction that committed.
  [[nodiscard]] std::uint64_t head() const noexcept { return committed_head_; }
  /// Of the last row that a transaction of this ledger put into the outbox; 0: none yet.
  [[nodiscard]] std::uint64_t last_sequence() const noexcept { return last_sequence_; }

 private:
  enum kept_sql : std::uint8_t {
    begin_immediate,
    commit_all,
    find_schema_version,
    find_head,
    find_stream,
    find_version,
    insert_stream,
    insert_event,
    insert_kind,
    insert_tag,
    find_event,
    find_once,
    insert_once,
    find_owner,
    put_owner,
    find_checkpoint,
    put_checkpoint,
    find_message,
    insert_message,
    cancel_message,
    remove_message,
    refuse_message,
    redrive_message,
    statement_count
  };
  /// What the commit that is being judged would change, beside events.
  struct plan {
    std::vector<stream_place*> streams;  ///< one per append
    std::vector<std::pair<std::string_view, owner_state>> owners;
    std::vector<std::pair<std::string_view, cursor>> checkpoints;
  };
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  void forget() noexcept;
  [[nodiscard]] result<void> check_schema_version();
  [[nodiscard]] result<void> learn_head();
  [[nodiscard]] result<stream_place*> locate(stream_id const& stream);
  [[nodiscard]] result<std::int64_t> add_stream(stream_id const& stream);
  [[nodiscard]] result<std::int64_t> kind_of(std::string_view category, new_event const& event);

  // false: the commit failed, its answer says why
  [[nodiscard]] result<bool> judge(prepared_commit& one, timestamp now);
  [[nodiscard]] result<bool> judge_once(prepared_commit& one, timestamp now);
  [[nodiscard]] result<bool> judge_owners(prepared_commit& one);
  [[nodiscard]] result<bool> judge_versions(prepared_commit& one);
  [[nodiscard]] result<bool> judge_conditions(prepared_commit& one);
  [[nodiscard]] result<bool> judge_checkpoints(prepared_commit& one);
  [[nodiscard]] result<bool> judge_messages(prepared_commit& one);
  [[nodiscard]] result<bool> judge_settles(prepared_commit& one, timestamp now);
  [[nodiscard]] result<std::optional<std::uint64_t>> first_match(append_condition const& what);

  [[nodiscard]] result<void> write(prepared_commit& one, timestamp now);
  [[nodiscard]] result<void> write_event(stream_place& stream, std::string_view category,
                                         new_event const& event, prepared_commit const& of,
                                         prepared_event const& prepared);
  [[nodiscard]] result<void> write_messages(evsrc::commit const& what, timestamp now);
  [[nodiscard]] result<void> write_progress();
  [[nodiscard]] result<void> write_once(evsrc::commit const& what, receipt const& answer);
  [[nodiscard]] result<void> write_with_work(prepared_commit& one, timestamp now);

  connection file_;
  store_identity identity_;
  std::array<statement, statement_count> sql_;
  walk_statements walks_;
  user_sql user_sql_;
  std::unique_ptr<bus_tables> bus_;

  std::uint32_t seen_version_ = 0;  ///< connection::data_version() when what follows was true
  bool is_fresh_ = false;
  std::uint64_t head_ = 0;  ///< in the transaction that runs
  std::uint64_t committed_head_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t written_sequence_ = 0;  ///< in the transaction that runs
  kind_directory kinds_;
  std::unordered_map<std::string, stream_place, text_hash, std::equal_to<>> streams_;
  std::string stream_key_;  ///< kept for its memory
  std::uint64_t commits_judged_ = 0;
  plan plan_;
};

}  // namespace evsrc::sqlite::inline v0::detail
