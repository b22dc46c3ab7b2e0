// SPDX-License-Identifier: Apache-2.0
// How a store in an SQLite file is opened.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "evsrc/core/clock.hpp"

namespace evsrc::sqlite::inline v0 {

/// What a commit survives once it was acknowledged (G1).
enum class durability : std::uint8_t {
  fsync,   ///< power loss: WAL, synchronous=FULL
  os,      ///< a killed process; a power loss may drop the last commits, never corrupts: NORMAL
  memory,  ///< nothing: no file at all, the path must be ":memory:"
};

/// Whether the store may start a thread.
enum class threads : std::uint8_t {
  allowed,  ///< one, on the first `submit`: it leads what no blocking caller leads
  none,     ///< none: what was submitted is committed by the next `commit`, `poll` or `close`
};

struct options {
  sqlite::durability durability = sqlite::durability::fsync;
  sqlite::threads threads = sqlite::threads::allowed;
  /// Judges expiry and deadlines; lives longer than the store; null: the system's.
  evsrc::clock* clock = nullptr;
  bool read_only = false;   ///< writes answer errc::read_only
  bool create = true;       ///< make the file where there is none; else that is errc::not_found
  std::size_t readers = 8;  ///< read-only connections at most, opened as they are needed
  std::size_t page_cache_bytes = std::size_t{16} << 20U;  ///< of the writer; a reader has a quarter
  /// The write-ahead log is copied into the file when it has this size ...
  std::size_t wal_checkpoint_bytes = std::size_t{4} << 20U;
  /// ... and at this size writers wait for readers that hold it, up to a quarter of a second each.
  std::size_t wal_bytes_max = std::size_t{64} << 20U;
  /// For calls that take no deadline: opening, snapshots, clean-up, and what was submitted.
  std::chrono::milliseconds deadline = std::chrono::seconds(30);
  /// Recomputes the checksum of every event that is read: errc::corrupt where a byte was flipped.
  /// `check_integrity` always does.
  bool verify_reads = false;
  /// Name of a registered sqlite3_vfs; empty for SQLite's default. For tests of crashes and faults.
  std::string vfs{};
};

}  // namespace evsrc::sqlite::inline v0
