// SPDX-License-Identifier: Apache-2.0
// What a store says about itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "evsrc/core/cursor.hpp"
#include "evsrc/sqlite/options.hpp"

namespace evsrc::sqlite::inline v0 {

struct store_report {
  std::string sqlite_version;  ///< of the library that is linked
  /// From 3.51.3 on SQLite itself is safe against a writer and a checkpointer at once. Where this
  /// is false no program but evsrc may write to the file or checkpoint it while a store is open
  /// (G11).
  bool allows_foreign_writers = false;
  sqlite::durability durability = sqlite::durability::fsync;
  int schema_version = 0;
  /// 32 hexadecimal digits; kept by backups, and by a restore over the store that was backed up.
  std::string store_id;
  /// Raised by every restore, and by an open that finds commits at durability::os which a loss of
  /// power may have taken back.
  std::uint64_t epoch = 0;
  cursor head{};
  std::uint64_t file_bytes = 0;
  std::uint64_t wal_bytes = 0;
  std::uint64_t wal_checkpoints = 0;  ///< run by this handle, those that were asked for included
  std::size_t queued_commits = 0;     ///< waiting for the writer now
  std::size_t queued_bytes = 0;
  std::uint64_t groups = 0;     ///< transactions run by this handle
  std::uint64_t commits = 0;    ///< members of those
  bool refuses_writes = false;  ///< an fsync failed: reopen the store (G2)
};

}  // namespace evsrc::sqlite::inline v0
