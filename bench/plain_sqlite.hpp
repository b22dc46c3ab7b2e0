// SPDX-License-Identifier: Apache-2.0
// The calls of SQLite that the limits are written with. Whatever fails ends the program.
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <string_view>

#include "plain_store.hpp"

namespace bench {

inline constexpr int wal_pages_max = 1024;  // of 4 KiB: when evsrc copies its log, too

/// With the pragmas of evsrc's writer. `wal_pages` is kept up to date.
[[nodiscard]] sqlite3* open_plain(std::filesystem::path const& path, durability level,
                                  int& wal_pages);
void execute(sqlite3* file, char const* sql);
[[nodiscard]] sqlite3_stmt* prepare(sqlite3* file, char const* sql);
/// Runs what gives no rows.
void finish(sqlite3* file, sqlite3_stmt* statement);
/// Into the file, as far as no reader is in the way.
void copy_log(sqlite3* file);

/// The bytes are lent until the statement has run.
void bind_text(sqlite3_stmt* to, int at, std::string_view text);
void bind_blob(sqlite3_stmt* to, int at, void const* bytes, std::size_t size);
/// Valid until the next step.
[[nodiscard]] std::string_view bytes_of(sqlite3_stmt* row, int column);

}  // namespace bench
