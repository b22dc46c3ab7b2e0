// SPDX-License-Identifier: Apache-2.0
// The lock between processes (and between handles of one) that write to the same file.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "evsrc/core/clock.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::sqlite::inline v0::detail {

/// Open file description locks on the file "<store>-evsrc-lock": one byte for the writer's turn,
/// one that those who wait for it hold shared, one that every open store holds shared, read-only
/// ones included where they could read that file: who restores or migrates must be alone. Every
/// writer holds the first around its transaction and its checkpoint (G11); the system drops them
/// all with the last descriptor, when the process ends: a child that was forked meanwhile keeps
/// them until it ends or becomes another program. Without a file (a store in memory, a reader that
/// found none) every call succeeds at once.
/// @source the WAL-reset defect of SQLite up to 3.51.2: a writer and a checkpointer at once
class process_lock {
 public:
  process_lock() = default;
  process_lock(process_lock&& other) noexcept;
  process_lock& operator=(process_lock&& other) noexcept;
  ~process_lock();

  [[nodiscard]] static result<process_lock> open(std::string const& store_path);
  /// For mark_open() alone, and without a trace: who only reads makes no file. Does nothing where
  /// there is no lock to be read, as beside a backup, or none that can be.
  [[nodiscard]] static process_lock open_to_read(std::string const& store_path);

  /// Waits for the writer's turn, until `gives_up` turns true. @errors timed_out, closed
  [[nodiscard]] result<void> take(clock& time, clock::steady_time until,
                                  std::atomic<bool> const& gives_up);
  void give_back() noexcept;
  /// Says that the store is open, until this is destroyed; ends claim_alone().
  /// @errors timed_out: another one has claimed it
  [[nodiscard]] result<void> mark_open(clock& time, clock::steady_time until);
  /// Nobody else has the store open, and nobody opens it. @errors unavailable
  [[nodiscard]] result<void> claim_alone();

 private:
  enum class mode : std::uint8_t { shared, exclusive, none };
  /// @return false where another one is in the way
  [[nodiscard]] result<bool> try_set(std::int64_t at, mode wanted) noexcept;
  [[nodiscard]] result<void> wait_for(std::int64_t at, mode wanted, clock& time,
                                      clock::steady_time until,
                                      std::atomic<bool> const* gives_up = nullptr);
  [[nodiscard]] bool is_wanted_by_others() noexcept;

  int file_ = -1;
  std::string path_;
  clock::steady_time looked_{};  ///< when it was last asked whether others wait
  bool let_others_go_first_ = false;
};

}  // namespace evsrc::sqlite::inline v0::detail
