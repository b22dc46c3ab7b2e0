// SPDX-License-Identifier: Apache-2.0
// The calls of SQLite that the limits are written with.
#include "plain_sqlite.hpp"

#include "measurement.hpp"

namespace bench {
namespace {

void check(sqlite3* file, int code, char const* what) {
  if (code != SQLITE_OK) give_up(std::string(what) + ": " + sqlite3_errmsg(file));
}

int note_wal_pages(void* pages, sqlite3*, char const*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

sqlite3* open_plain(std::filesystem::path const& path, durability level, int& wal_pages) {
  sqlite3* file = nullptr;
  int const flags =
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  check(file, sqlite3_open_v2(path.c_str(), &file, flags, nullptr), "open");
  sqlite3_wal_autocheckpoint(file, 0);
  sqlite3_wal_hook(file, &note_wal_pages, &wal_pages);
  execute(file, "PRAGMA journal_mode = WAL");
  execute(file, "PRAGMA cache_size = -16384");
  execute(file, "PRAGMA temp_store = MEMORY");
  execute(file,
          level == durability::fsync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  return file;
}

void execute(sqlite3* file, char const* sql) {
  check(file, sqlite3_exec(file, sql, nullptr, nullptr, nullptr), sql);
}

sqlite3_stmt* prepare(sqlite3* file, char const* sql) {
  sqlite3_stmt* made = nullptr;
  check(file, sqlite3_prepare_v3(file, sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr), sql);
  return made;
}

void finish(sqlite3* file, sqlite3_stmt* statement) {
  if (sqlite3_step(statement) != SQLITE_DONE) give_up(sqlite3_errmsg(file));
  sqlite3_reset(statement);
}

void copy_log(sqlite3* file) {
  check(file, sqlite3_wal_checkpoint_v2(file, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr),
        "checkpoint");
}

void bind_text(sqlite3_stmt* to, int at, std::string_view text) {
  sqlite3_bind_text64(to, at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void bind_blob(sqlite3_stmt* to, int at, void const* bytes, std::size_t size) {
  sqlite3_bind_blob64(to, at, bytes, size, SQLITE_STATIC);
}

std::string_view bytes_of(sqlite3_stmt* row, int column) {
  auto const* const text = static_cast<char const*>(sqlite3_column_blob(row, column));
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(row, column))};
}

}  // namespace bench
