// SPDX-License-Identifier: Apache-2.0
// The queue in front of the one writer: callers that come at the same time share a transaction.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "evsrc/store/event_store.hpp"
#include "ledger.hpp"
#include "process_lock.hpp"

namespace evsrc::sqlite::inline v0::detail {

/// As good as for ever, and no clock's arithmetic overflows on it.
inline constexpr std::chrono::milliseconds long_time = std::chrono::hours(24 * 365);

/// Where a blocked caller waits for its answer, or for the lead.
class parking {
 public:
  enum class signal : std::uint8_t { none, lead, answered };

  void send(signal what) {
    std::lock_guard const held{mutex_};
    signal_ = what;
    changed_.notify_one();  // under the lock: the waiter may be gone right behind it
  }
  [[nodiscard]] signal wait_until(std::chrono::steady_clock::time_point until) {
    std::unique_lock held{mutex_};
    changed_.wait_until(held, until, [this] { return signal_ != signal::none; });
    return std::exchange(signal_, signal::none);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  signal signal_ = signal::none;
};

/// Work that runs by itself in the writer's turn, with its own transaction.
using lone_work = unique_function<result<void>(ledger&)>;
/// A member of a group beside commits. Like them it judges by reads first, writes only if all of it
/// passes, and keeps its verdict to itself until it is answered; what it returns are failures of
/// the file. Where a group has to be repeated it runs again, with its earlier writes undone.
using member_step = unique_function<result<void>(ledger&, timestamp now)>;

struct queued_commit {
  prepared_commit commit;
  completion done{};               ///< set where nobody blocks
  lone_work alone{};               ///< instead of a commit
  member_step step{};              ///< instead of a commit
  bool needs_sync = true;          ///< false: a power loss may take it back
  std::optional<error> refused{};  ///< found before its turn; told in its turn
  bool is_taken = false;           ///< by a leader; under the queue's mutex
  bool is_called = false;          ///< to lead; under the queue's mutex
  parking spot{};
};

/// Leader-follower group commit (G3). The leading thread alone touches the ledger.
class group_writer {
 public:
  struct settings {
    clock* time = nullptr;
    std::chrono::milliseconds deadline{};
    std::size_t page_bytes = 4096;
    std::size_t wal_checkpoint_bytes = 0;  ///< 0: there is no log
    std::size_t wal_bytes_max = 0;
    bool may_start_thread = true;
    bool is_read_only = false;
    bool is_synced = false;                     ///< durability::fsync
    std::mutex* shared_connection = nullptr;    ///< where readers use the writer's connection
    unique_function<void()> interrupt_reads{};  ///< of all readers, as what closes waits for them
    void const* rows_of = nullptr;              ///< what rows_in_hand knows the store's readers by
    unique_function<void(std::uint64_t head, std::uint64_t outbox)> on_growth{};
    unique_function<void(std::vector<std::int64_t> const& lanes)> on_news{};
  };
  struct counters {
    std::size_t queued_commits = 0;
    std::size_t queued_bytes = 0;
    std::uint64_t groups = 0;
    std::uint64_t commits = 0;
    std::uint64_t wal_bytes = 0;
    std::uint64_t wal_checkpoints = 0;
    bool refuses_writes = false;
  };

  /// Without tables every write is refused: the store is read-only.
  group_writer(std::unique_ptr<ledger> tables, process_lock between, settings with);
  ~group_writer();

  [[nodiscard]] result<receipt> commit(queued_commit& mine, std::chrono::milliseconds patience);
  void submit(std::unique_ptr<queued_commit> one);
  std::size_t poll();
  [[nodiscard]] result<void> run_alone(lone_work work, bool needs_sync = true);
  /// Joins a group and waits for its COMMIT. `bytes` count towards the bounds of group and queue.
  [[nodiscard]] result<void> run_step(member_step step, bool needs_sync, std::size_t bytes = 0);
  void close(std::chrono::milliseconds deadline);
  /// Copies the log into the file, with everything else waiting. For run_alone().
  [[nodiscard]] result<void> empty_wal(int wait_ms);
  /// After close(): empties the log, if that is possible now, and closes the connection. From a
  /// completion it is done when the thread that runs it gives up the lead.
  void release();

  [[nodiscard]] counters count() const;
  /// A sync has failed: what is in the file and what on the disk is not known any more.
  void refuse_from_now_on(error const& why);
  /// @errors io_failed: a sync has failed
  [[nodiscard]] result<void> check_syncs() const;
  /// True inside a commit's function.
  [[nodiscard]] bool is_working_thread() const noexcept {
    return working_ == std::this_thread::get_id();
  }

 private:
  using lock = std::unique_lock<std::mutex>;
  using time_point = clock::steady_time;

  [[nodiscard]] std::optional<error> refusal(queued_commit const& one) const;
  [[nodiscard]] result<receipt> wait_or_lead(queued_commit& mine,
                                             std::chrono::milliseconds patience,
                                             time_point deadline);
  void lead(queued_commit* mine, time_point until);
  void pass_lead();
  void serve_in_background();
  [[nodiscard]] result<void> run_group(time_point until);
  [[nodiscard]] result<void> run_in_turn(time_point until);
  [[nodiscard]] result<void> begin(time_point until);
  [[nodiscard]] bool is_sync_wanted() const;
  [[nodiscard]] result<void> use_level(bool is_synced);
  enum class group : std::uint8_t { any, commits, unsynced_commits };
  void take_group(group what);
  [[nodiscard]] lock take_connection();
  void refuse_taken(error const& why);
  void run_together();
  void run_singly();
  void fail_taken(error const& why);
  void run_lone(queued_commit& one, time_point until);
  [[nodiscard]] error as_failed_commit(error why);
  void answer_taken();
  void forget_own(queued_commit& mine, error why);
  [[nodiscard]] std::vector<queued_commit*> empty_queue();
  void end_close();
  void close_file();
  [[nodiscard]] std::optional<error> failed_before() const;
  void keep_wal_short();
  void watch_wal();

  std::unique_ptr<ledger> tables_;
  process_lock between_;
  settings with_;

  mutable std::mutex mutex_;
  std::mutex closing_;            ///< of who closes the file
  std::condition_variable idle_;  ///< nobody leads
  std::condition_variable work_;  ///< for the background thread
  std::deque<queued_commit*> queue_;
  std::size_t queued_bytes_ = 0;
  std::thread::id leader_{};
  bool is_led_ = false;
  bool is_closed_ = false;
  std::atomic<bool> gives_up_ = false;  ///< the deadline of close() is over
  /// The deadline of a close() that leads, from which on reads do not hold it up.
  std::optional<std::chrono::steady_clock::time_point> leads_until_;
  std::thread background_;
  counters counters_;

  std::atomic<std::thread::id> working_{};  ///< who is inside the transaction

  // of the leading thread
  std::vector<queued_commit*> taken_;
  std::size_t completed_ = 0;
  std::vector<queued_commit*> left_over_;  ///< by a close() from a completion
  bool is_released_ = false;               ///< by such a one
  bool has_turn_ = false;
  bool syncs_ = true;                  ///< at durability::fsync: what PRAGMA synchronous says
  int wal_pages_ = 0;                  ///< as SQLite says after each commit
  std::uint64_t wal_bytes_tried_ = 0;  ///< size at the last checkpoint
  std::uint64_t told_head_ = 0;
  std::uint64_t told_sequence_ = 0;
  std::optional<error> broken_;  ///< an fsync failed; under the mutex, set once by any thread
};

}  // namespace evsrc::sqlite::inline v0::detail
