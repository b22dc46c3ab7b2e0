// SPDX-License-Identifier: Apache-2.0
// Read-only connections, each lent to one thread at a time.
#include "reader_pool.hpp"

#include <algorithm>

namespace evsrc::sqlite::inline v0::detail {
namespace {

/// A reader only ever waits for the recovery of the log, or for the last step of a checkpoint.
constexpr int recovery_wait_ms = 10'000;
constexpr std::chrono::milliseconds interrupt_interval{5};

}  // namespace

result<std::unique_ptr<reader_pool::member>> reader_pool::open_member(
    store_identity const& identity) const {
  auto opened = connection::open(with_.file);
  if (!opened) return fail(opened.error());
  auto made = std::make_unique<member>(std::move(*opened));
  made->file.set_busy_timeout(recovery_wait_ms);
  auto const pragmas =
      "PRAGMA cache_size = -" +
      std::to_string(std::max<std::size_t>(with_.page_cache_bytes, 65'536) / 1024) +
      "; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON";
  EVSRC_TRY(made->file.run(pragmas.c_str()));
  made->reads.emplace(made->file, made->users, identity, with_.verifies);
  EVSRC_TRY(made->reads->prepare_statements());
  return made;
}

result<reader_pool::loan> reader_pool::borrow(store_identity const& identity) {
  if (rows_in_hand::are_of(place()))
    return fail(errc::invalid_argument, rows_in_hand::advice, "sqlite");
  if (connection_ != nullptr) connection_->lock();  // given back in give_back()
  std::unique_lock held{mutex_};
  if (is_closed_) {
    if (connection_ != nullptr) connection_->unlock();
    return fail(errc::closed, "the store was closed", "sqlite");
  }
  if (only_) {
    ++lent_;
    return loan{*this, *only_};
  }
  returned_.wait(held, [this] {
    return is_closed_ || !free_.empty() || lent_ < std::max<std::size_t>(with_.max_readers, 1);
  });
  if (is_closed_) return fail(errc::closed, "the store was closed", "sqlite");
  ++lent_;
  if (!free_.empty()) {
    auto* const taken = free_.back();
    free_.pop_back();
    return loan{*this, *taken};
  }
  held.unlock();
  auto made = open_member(identity);
  held.lock();
  if (!made) {
    --lent_;
    returned_.notify_all();
    return fail(std::move(made.error()));
  }
  auto& kept = *members_.emplace_back(std::move(*made));
  return loan{*this, *kept.reads};
}

void reader_pool::give_back(reader& used) {
  {
    std::lock_guard const held{mutex_};
    if (!only_) free_.push_back(&used);
    --lent_;
    returned_.notify_one();
    if (is_closed_) returned_.notify_all();
  }
  if (connection_ != nullptr) connection_->unlock();
}

void reader_pool::interrupt_lent() {
  std::lock_guard const held{mutex_};
  // The one connection is also the writer's, who has it when no reader does.
  if (only_ && lent_ != 0) only_->file().interrupt();
  // Nothing happens to one that runs no statement.
  for (auto const& one : members_) one->file.interrupt();
}

void reader_pool::close(std::chrono::steady_clock::time_point interrupts_at) {
  std::unique_lock held{mutex_};
  auto const is_unused = [this] { return lent_ == 0; };
  is_closed_ = true;
  returned_.notify_all();
  // Who is between two statements, or in a user's function, does not notice: asked until all are
  // back.
  for (bool is_over = returned_.wait_until(held, interrupts_at, is_unused); !is_over;
       is_over = returned_.wait_for(held, interrupt_interval, is_unused)) {
    held.unlock();
    interrupt_lent();
    held.lock();
  }
  free_.clear();
  members_.clear();
  only_.reset();
}

}  // namespace evsrc::sqlite::inline v0::detail
