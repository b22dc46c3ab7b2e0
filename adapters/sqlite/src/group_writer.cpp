// SPDX-License-Identifier: Apache-2.0
// The queue in front of the one writer: who leads, who waits, who is told what.
#include "group_writer.hpp"

#include <algorithm>

#include "evsrc/core/limits.hpp"
#include "rows_in_hand.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr char const* origin = "sqlite.commit";
constexpr auto interrupt_interval = std::chrono::milliseconds(5);

error closed_error() { return {errc::closed, "the store was closed", "sqlite"}; }

void answer_closed(std::vector<queued_commit*> const& all) {
  for (auto* one : all) {
    std::unique_ptr<queued_commit> const owned{one};
    owned->done(fail(closed_error()));
  }
}

}  // namespace

group_writer::group_writer(std::unique_ptr<ledger> tables, process_lock between, settings with)
    : tables_(std::move(tables)), between_(std::move(between)), with_(std::move(with)) {
  watch_wal();
}

group_writer::~group_writer() { close(std::chrono::milliseconds::zero()); }

group_writer::counters group_writer::count() const {
  lock const held{mutex_};
  auto now = counters_;
  now.queued_commits = queue_.size();
  now.queued_bytes = queued_bytes_;
  now.refuses_writes = broken_.has_value();
  return now;
}

// Under the mutex.
std::optional<error> group_writer::failed_before() const {
  if (!broken_) return std::nullopt;
  error why{errc::io_failed,
            "an earlier write failed (" + broken_->message + "): reopen the store to go on",
            origin};
  why.native_code = broken_->native_code;
  return why;
}

result<void> group_writer::check_syncs() const {
  lock const held{mutex_};
  if (auto failed = failed_before()) return fail(std::move(*failed));
  return {};
}

std::optional<error> group_writer::refusal(queued_commit const& one) const {
  if (is_closed_) return closed_error();
  if (with_.is_read_only) return error{errc::read_only, "the store was opened read-only", origin};
  if (auto failed = failed_before()) return failed;
  auto const bytes = queued_bytes_ + one.commit.bytes;
  if (queue_.size() >= limits::queued_commits || (!queue_.empty() && bytes > limits::queued_bytes))
    return error{errc::overloaded,
                 "the queue holds " + std::to_string(queue_.size()) + " commits and " +
                     std::to_string(queued_bytes_) + " bytes",
                 origin};
  return std::nullopt;
}

result<receipt> group_writer::commit(queued_commit& mine, std::chrono::milliseconds patience) {
  // It might come to lead a group, whose functions and completions may read as they like.
  if (rows_in_hand::are_of(with_.rows_of))
    return fail(errc::invalid_argument, rows_in_hand::advice, origin);
  patience = std::clamp(patience, std::chrono::milliseconds::zero(), long_time);
  auto const deadline = with_.time->steady() + patience;
  {
    lock const held{mutex_};
    if (auto why = refusal(mine)) return fail(std::move(*why));
    if (is_led_ && leader_ == std::this_thread::get_id())
      return fail(errc::invalid_argument,
                  "a blocking call from inside a completion or a commit's function would wait for "
                  "itself: use submit()",
                  origin);
    queue_.push_back(&mine);
    queued_bytes_ += mine.commit.bytes;
    if (!is_led_) {
      is_led_ = true;
      mine.is_called = true;
      mine.spot.send(parking::signal::lead);
    }
  }
  return wait_or_lead(mine, patience, deadline);
}

// The wait for the lead is in real time, as others lead; the work of a leader is in the store's.
result<receipt> group_writer::wait_or_lead(queued_commit& mine, std::chrono::milliseconds patience,
                                           time_point deadline) {
  auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto heard = mine.spot.wait_until(until);
    if (heard == parking::signal::none) {
      lock const held{mutex_};
      if (mine.is_taken || mine.is_called) {
        // In flight: the answer comes as soon as the transaction ends. Or the lead has just come.
        until = std::chrono::steady_clock::now() + long_time;
        continue;
      }
      std::erase(queue_, &mine);
      queued_bytes_ -= mine.commit.bytes;
      return fail(errc::timed_out, "the writer was busy until the deadline: nothing began", origin);
    }
    if (heard == parking::signal::lead) lead(&mine, deadline);
    return std::move(mine.commit.answer);
  }
}

void group_writer::submit(std::unique_ptr<queued_commit> one) {
  std::optional<error> refused;
  {
    lock const held{mutex_};
    refused = refusal(*one);
    if (!refused) {
      queued_bytes_ += one->commit.bytes;
      queue_.push_back(one.release());
      if (with_.may_start_thread) {
        if (!background_.joinable()) background_ = std::thread([this] { serve_in_background(); });
        if (!is_led_) work_.notify_one();
      }
    }
  }
  if (refused) one->done(fail(std::move(*refused)));
}

void group_writer::serve_in_background() {
  lock held{mutex_};
  for (;;) {
    work_.wait(held, [this] { return is_closed_ || (!is_led_ && !queue_.empty()); });
    if (is_closed_) return;
    is_led_ = true;
    held.unlock();
    lead(nullptr, with_.time->steady() + with_.deadline);
    held.lock();
  }
}

std::size_t group_writer::poll() {
  if (rows_in_hand::are_of(with_.rows_of)) return 0;
  {
    lock const held{mutex_};
    if (is_led_ || queue_.empty()) return 0;
    is_led_ = true;
    leader_ = std::this_thread::get_id();
  }
  completed_ = 0;
  auto const until = with_.time->steady() + with_.deadline;
  // What completions submit waits for the next call: a bounded piece of work.
  std::size_t left = count().queued_commits;
  while (left != 0) {
    if (auto const ran = run_group(until); !ran) refuse_taken(ran.error());
    left -= std::min(left, std::max<std::size_t>(taken_.size(), 1));
    answer_taken();
    left = std::min(left, count().queued_commits);  // a completion may have closed the store
  }
  end_close();
  auto const count = completed_;
  pass_lead();
  return count;
}

// Called by the thread that `is_led_` was set for.
void group_writer::lead(queued_commit* mine, time_point until) {
  {
    lock const held{mutex_};
    leader_ = std::this_thread::get_id();
  }
  for (;;) {
    auto const ran = run_group(until);
    if (!ran && mine != nullptr) {
      // The turn did not come in time: that is this caller's deadline, not the others'.
      forget_own(*mine, ran.error());
      break;
    }
    if (!ran) refuse_taken(ran.error());
    bool const is_over = mine == nullptr || mine->is_taken;
    answer_taken();
    if (is_over) break;
  }
  end_close();
  pass_lead();
}

void group_writer::forget_own(queued_commit& mine, error why) {
  lock const held{mutex_};
  std::erase(queue_, &mine);
  queued_bytes_ -= mine.commit.bytes;
  mine.commit.answer = fail(std::move(why));
}

void group_writer::pass_lead() {
  lock const held{mutex_};
  auto const next = std::find_if(queue_.begin(), queue_.end(),
                                 [](queued_commit const* one) { return !one->done; });
  if (next != queue_.end()) {
    leader_ = {};
    (*next)->is_called = true;
    (*next)->spot.send(parking::signal::lead);
    return;
  }
  is_led_ = false;
  leader_ = {};
  idle_.notify_all();
  if (!queue_.empty() && background_.joinable()) work_.notify_one();
}

result<void> group_writer::run_step(member_step step, bool needs_sync, std::size_t bytes) {
  queued_commit mine;
  mine.step = std::move(step);
  mine.needs_sync = needs_sync;
  mine.commit.bytes = bytes;
  auto const done = commit(mine, with_.deadline);
  if (!done) return fail(done.error());
  return {};
}

result<void> group_writer::run_alone(lone_work work, bool needs_sync) {
  queued_commit mine;
  mine.alone = std::move(work);
  mine.needs_sync = needs_sync;
  auto const done = commit(mine, with_.deadline);
  if (!done) return fail(done.error());
  return {};
}

void group_writer::close(std::chrono::milliseconds deadline) {
  lock held{mutex_};
  is_closed_ = true;
  work_.notify_all();
  auto const patience = std::clamp(deadline, std::chrono::milliseconds::zero(), long_time);
  auto const until = std::chrono::steady_clock::now() + patience;
  bool const from_within = is_led_ && leader_ == std::this_thread::get_id();
  while (!from_within && !queue_.empty() && std::chrono::steady_clock::now() < until) {
    if (is_led_) {
      idle_.wait_until(held, until);
      continue;
    }
    is_led_ = true;
    leads_until_ = until;
    held.unlock();
    auto const left = until - std::chrono::steady_clock::now();
    lead(nullptr,
         with_.time->steady() + std::chrono::duration_cast<clock::steady_time::duration>(left));
    held.lock();
    leads_until_.reset();
  }
  if (from_within) {
    // Those of this group that wait for their answer came before them.
    auto const all = empty_queue();
    left_over_.insert(left_over_.end(), all.begin(), all.end());
    return;
  }
  // Also where another one closes with more patience: there is nothing left to lead then, and the
  // file can go.
  auto const unanswered = empty_queue();
  // Who leads may wait for a read, or be in one.
  for (auto next = until; !idle_.wait_until(held, next, [this] { return !is_led_; });) {
    held.unlock();
    with_.interrupt_reads();
    held.lock();
    next = std::chrono::steady_clock::now() + interrupt_interval;
  }
  auto ended = std::exchange(background_, {});
  held.unlock();
  answer_closed(unanswered);
  if (ended.joinable()) ended.join();
}

// Under the mutex, at the end of close(): what has not begun by now never will.
std::vector<queued_commit*> group_writer::empty_queue() {
  std::vector<queued_commit*> unanswered;
  std::deque<queued_commit*> still_leading;
  gives_up_ = true;
  for (auto* one : queue_) {
    if (one->done) {
      unanswered.push_back(one);
    } else if (one->is_called) {
      still_leading.push_back(one);
    } else {
      one->is_taken = true;
      one->commit.answer = fail(closed_error());
      one->spot.send(parking::signal::answered);
    }
  }
  queue_ = std::move(still_leading);
  return unanswered;
}

/// The rest of a close() that came from a completion, at the end of the lead.
void group_writer::end_close() {
  completed_ += left_over_.size();
  answer_closed(std::exchange(left_over_, {}));
  if (std::exchange(is_released_, false)) close_file();
}

}  // namespace evsrc::sqlite::inline v0::detail
