// SPDX-License-Identifier: Apache-2.0
// One group: the writer's turn, the transaction, the answers, the log.
#include <sqlite3.h>

#include <algorithm>

#include "evsrc/core/limits.hpp"
#include "group_writer.hpp"
#include "native_error.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr char const* origin = "sqlite.commit";
constexpr auto foreign_writer_nap = std::chrono::microseconds(500);
constexpr auto reader_nap = std::chrono::milliseconds(1);
constexpr int wait_for_readers_ms = 250;

int note_wal_pages(void* pages, sqlite3*, char const*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

// Under the queue's mutex.
bool group_writer::is_sync_wanted() const {
  auto const end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(
                                        queue_.size(), limits::group_commits));
  return queue_.empty() ||
         std::any_of(queue_.begin(), end, [](queued_commit const* one) { return one->needs_sync; });
}

// The level cannot be changed inside a transaction. A later commit that syncs makes the lighter
// ones before it durable as well: they stand in the same log.
result<void> group_writer::use_level(bool is_synced) {
  if (!with_.is_synced || syncs_ == is_synced) return {};
  EVSRC_TRY(
      tables_->file().run(is_synced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
  syncs_ = is_synced;
  return {};
}

// Under the queue's mutex.
void group_writer::take_group(group what) {
  taken_.clear();
  std::size_t bytes = 0;
  while (!queue_.empty() && taken_.size() < limits::group_commits) {
    auto* const next = queue_.front();
    if (!taken_.empty() && (next->alone || bytes + next->commit.bytes > limits::group_bytes)) break;
    if (what != group::any && next->alone) break;
    if (what == group::unsynced_commits && next->needs_sync) break;
    queue_.pop_front();
    queued_bytes_ -= next->commit.bytes;
    bytes += next->commit.bytes;
    next->is_taken = true;
    taken_.push_back(next);
    if (next->alone) break;
  }
}

// Readers of a store in memory may have it for as long as they like, until somebody closes: who
// closes interrupts them while others lead, and here where it leads itself.
group_writer::lock group_writer::take_connection() {
  if (with_.shared_connection == nullptr) return {};
  auto const until = [this] {
    lock const held{mutex_};
    return leads_until_;
  }();
  if (!until) return lock{*with_.shared_connection};
  lock taken{*with_.shared_connection, std::defer_lock};
  while (!taken.try_lock()) {
    if (std::chrono::steady_clock::now() >= *until) with_.interrupt_reads();
    // Only while a store in memory is closed: a std::mutex cannot be waited for up to a deadline,
    // and a reader may begin its next read behind each interrupt.
    std::this_thread::sleep_for(reader_nap);
  }
  return taken;
}

result<void> group_writer::run_group(time_point until) {
  taken_.clear();
  EVSRC_TRY(between_.take(*with_.time, until, gives_up_));
  has_turn_ = true;
  auto const connection = take_connection();
  working_ = std::this_thread::get_id();
  auto ran = run_in_turn(until);
  working_ = std::thread::id{};
  bool const is_wal_long =
      with_.wal_checkpoint_bytes != 0 &&
      static_cast<std::size_t>(wal_pages_) * with_.page_bytes >= with_.wal_checkpoint_bytes;
  if (!ran || !is_wal_long) {
    between_.give_back();
    has_turn_ = false;
  }
  return ran;
}

result<void> group_writer::run_in_turn(time_point until) {
  bool is_alone = false;
  bool is_synced = true;
  {
    lock const held{mutex_};
    is_alone = !queue_.empty() && queue_.front()->alone;
    is_synced = is_sync_wanted();
    if (is_alone) take_group(group::any);
  }
  if (is_alone) {
    run_lone(*taken_.front(), until);
    return {};
  }
  EVSRC_TRY(use_level(is_synced));
  EVSRC_TRY(begin(until));
  // Taken as late as can be: who waits for its turn may still leave, and more may have come. Work
  // that runs alone may have come to the front: it has the next turn.
  {
    lock const held{mutex_};
    take_group(is_synced ? group::commits : group::unsynced_commits);
  }
  run_together();
  return {};
}

result<void> group_writer::begin(time_point until) {
  EVSRC_TRY(check_syncs());
  for (;;) {
    auto began = tables_->begin();
    if (began || !is_busy(began.error().native_code)) return began;
    // Only a writer that is not evsrc, or one that recovers the log, can be in the way.
    if (gives_up_) return fail(errc::closed, "the store was closed", origin);
    if (with_.time->steady() >= until) {
      began.error().code = errc::timed_out;
      return began;
    }
    with_.time->sleep(foreign_writer_nap);
  }
}

void group_writer::run_together() {
  auto const now = with_.time->now();
  result<void> whole;
  for (auto* one : taken_) {
    if (one->refused) {
      one->commit.answer = fail(*one->refused);
    } else if (one->step) {
      one->commit.answer = receipt{};
      if (whole = one->step(*tables_, now); !whole) break;
    } else if (whole = tables_->apply(one->commit, now); !whole) {
      break;
    }
  }
  if (!whole) {
    tables_->rollback();
    return taken_.size() == 1 ? fail_taken(whole.error()) : run_singly();
  }
  if (auto committed = tables_->commit(); !committed) {
    tables_->rollback();
    bool const is_open = leaves_commit_open(committed.error().native_code);
    if (is_open || taken_.size() == 1) return fail_taken(as_failed_commit(committed.error()));
    return run_singly();
  }
}

void group_writer::run_singly() {
  auto const all = std::exchange(taken_, {});
  for (auto* one : all) {
    taken_.assign(1, one);
    if (auto const works = check_syncs(); !works) {
      fail_taken(works.error());
    } else if (auto began = tables_->begin(); !began) {
      fail_taken(began.error());
    } else {
      run_together();
    }
  }
  taken_ = all;
}

// What the disk did with the last write is open: nobody may build on it before the file was read
// again from the disk (G2).
error group_writer::as_failed_commit(error why) {
  why.origin = origin;
  if (leaves_commit_open(why.native_code)) {
    why.effect = effect::unknown;
    refuse_from_now_on(why);
  }
  return why;
}

void group_writer::refuse_from_now_on(error const& why) {
  lock const held{mutex_};
  if (!broken_) broken_ = why;
}

void group_writer::fail_taken(error const& why) {
  for (auto* one : taken_) one->commit.answer = fail(why);
}

void group_writer::refuse_taken(error const& why) {
  {
    lock const held{mutex_};
    take_group(group::any);
  }
  fail_taken(why);
}

void group_writer::run_lone(queued_commit& one, time_point until) {
  auto done = use_level(one.needs_sync);
  if (done) done = begin(until);
  if (done) done = one.alone(*tables_);
  if (done && !tables_->file().is_idle()) {
    done = tables_->commit();
    if (!done) done = fail(as_failed_commit(std::move(done.error())));
  }
  if (!done) {
    tables_->rollback();
    one.commit.answer = fail(std::move(done.error()));
  }
}

void group_writer::answer_taken() {
  if (with_.on_growth &&
      (tables_->head() != told_head_ || tables_->last_sequence() != told_sequence_)) {
    told_head_ = tables_->head();
    told_sequence_ = tables_->last_sequence();
    with_.on_growth(told_head_, told_sequence_);
  }
  if (auto const lanes = tables_->take_news(); with_.on_news && !lanes.empty())
    with_.on_news(lanes);
  {
    lock const held{mutex_};
    ++counters_.groups;
    counters_.commits += taken_.size();
    counters_.wal_bytes = static_cast<std::uint64_t>(wal_pages_) * with_.page_bytes;
  }
  for (auto* one : taken_) {
    if (!one->done) {
      one->spot.send(parking::signal::answered);
      continue;
    }
    std::unique_ptr<queued_commit> const owned{one};
    owned->done(std::move(owned->commit.answer));
    ++completed_;
  }
  if (!has_turn_) return;
  keep_wal_short();
  between_.give_back();
  has_turn_ = false;
}

void group_writer::keep_wal_short() {
  auto const bytes = static_cast<std::uint64_t>(wal_pages_) * with_.page_bytes;
  // Readers can hold the log back; then it is tried again when it has grown by a quarter.
  bool const is_repeat =
      bytes >= wal_bytes_tried_ && bytes < wal_bytes_tried_ + with_.wal_checkpoint_bytes / 4;
  if (is_repeat && wal_bytes_tried_ != 0) return;
  wal_bytes_tried_ = bytes;
  bool const is_too_long = bytes >= with_.wal_bytes_max;
  if (is_too_long) tables_->file().set_busy_timeout(wait_for_readers_ms);
  int const mode = is_too_long ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  int const code =
      sqlite3_wal_checkpoint_v2(tables_->file().native(), "main", mode, nullptr, nullptr);
  if (is_too_long) tables_->file().set_busy_timeout(0);
  // A reader in the way is no failure, and a full disk shows at the next commit.
  if (is_failed_sync(code))
    refuse_from_now_on(native_error(tables_->file().native(), code, "checkpoint"));
  lock const held{mutex_};
  ++counters_.wal_checkpoints;
  if (code == SQLITE_OK && is_too_long) wal_pages_ = 0;
}

result<void> group_writer::empty_wal(int wait_ms) {
  if (with_.wal_checkpoint_bytes == 0) return {};
  auto* const handle = tables_->file().native();
  tables_->file().set_busy_timeout(wait_ms);
  int const code =
      sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  tables_->file().set_busy_timeout(0);
  if (is_failed_sync(code)) refuse_from_now_on(native_error(handle, code, "checkpoint"));
  {
    lock const held{mutex_};
    ++counters_.wal_checkpoints;
  }
  if (code != SQLITE_OK) return fail(native_error(handle, code, "checkpoint"));
  wal_pages_ = 0;
  return {};
}

void group_writer::watch_wal() {
  if (!tables_) return;
  sqlite3_wal_hook(tables_->file().native(), &note_wal_pages, &wal_pages_);
}

void group_writer::release() {
  {
    lock const held{mutex_};
    bool const from_within = is_led_ && leader_ == std::this_thread::get_id();
    if (from_within) is_released_ = true;
    if (from_within) return;
  }
  close_file();
}

void group_writer::close_file() {
  std::lock_guard const alone{closing_};
  if (tables_) {
    auto const soon = with_.time->steady() + std::chrono::milliseconds(100);
    std::atomic<bool> const patient = false;
    // Without the turn somebody else is writing, and will empty the log in turn.
    bool const has_turn = check_syncs() && between_.take(*with_.time, soon, patient).has_value();
    if (has_turn && !with_.is_read_only && empty_wal(0))
      tables_->file().allow_checkpoint_on_close();
    tables_.reset();
    if (has_turn) between_.give_back();
  }
  between_ = process_lock{};  // the store counts as closed from here on
}

}  // namespace evsrc::sqlite::inline v0::detail
