// SPDX-License-Identifier: Apache-2.0
// The limit and the floor: hand-written C on SQLite.
#include "plain_store.hpp"

#include <sqlite3.h>

#include <cstring>

#include "measurement.hpp"

namespace bench {
namespace {

constexpr int wal_pages_max = 1024;  // of 4 KiB: when evsrc copies its log into the file, too

void check(sqlite3* file, int code, char const* what) {
  if (code != SQLITE_OK) give_up(std::string(what) + ": " + sqlite3_errmsg(file));
}

void run(sqlite3* file, char const* sql) {
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

int note_wal_pages(void* pages, sqlite3*, char const*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

/// The pragmas of evsrc's writer.
sqlite3* open(std::filesystem::path const& path, durability level, int& wal_pages) {
  sqlite3* file = nullptr;
  int const flags =
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  check(file, sqlite3_open_v2(path.c_str(), &file, flags, nullptr), "open");
  sqlite3_wal_autocheckpoint(file, 0);
  sqlite3_wal_hook(file, &note_wal_pages, &wal_pages);
  run(file, "PRAGMA journal_mode = WAL");
  run(file, "PRAGMA cache_size = -16384");
  run(file, "PRAGMA temp_store = MEMORY");
  run(file,
      level == durability::fsync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  return file;
}

void copy_log(sqlite3* file) {
  check(file, sqlite3_wal_checkpoint_v2(file, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr),
        "checkpoint");
}

/// Sixteen bytes that grow, as those of a UUIDv7.
struct event_id_bytes {
  unsigned char octets[16] = {};
  explicit event_id_bytes(std::int64_t number) {
    for (std::size_t i = 0; i != 8; ++i)
      octets[i] = static_cast<unsigned char>(number >> (56 - 8 * i));
    std::memcpy(octets + 8, octets, 8);
  }
};

void bind_text(sqlite3_stmt* to, int at, std::string_view text) {
  sqlite3_bind_text64(to, at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}
std::string_view bytes_of(sqlite3_stmt* row, int column) {
  auto const* const text = static_cast<char const*>(sqlite3_column_blob(row, column));
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(row, column))};
}
void bind_blob(sqlite3_stmt* to, int at, void const* bytes, std::size_t size) {
  sqlite3_bind_blob64(to, at, bytes, size, SQLITE_STATIC);
}

}  // namespace

plain_store::plain_store(std::filesystem::path const& path, durability level)
    : file_(open(path, level, wal_pages_)) {
  begin_ = prepare(file_, "BEGIN IMMEDIATE");
  commit_ = prepare(file_, "COMMIT");
  insert_ = prepare(file_, "INSERT INTO evsrc_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  scan_ = prepare(file_,
                  "SELECT position, stream, version, kind, time, checksum, id, meta, payload"
                  " FROM evsrc_events"
                  " WHERE position > ? ORDER BY position");
  load_ = prepare(file_,
                  "SELECT position, stream, version, kind, time, checksum, id, meta, payload"
                  " FROM evsrc_events"
                  " INDEXED BY evsrc_events_by_stream WHERE stream = ? AND version > 0"
                  " ORDER BY version");
  auto* const known = prepare(file_,
                              "SELECT id, (SELECT max(version) FROM evsrc_events"
                              " WHERE stream = s.id) FROM evsrc_streams s ORDER BY id");
  while (sqlite3_step(known) == SQLITE_ROW)
    streams_.push_back({sqlite3_column_int64(known, 0), sqlite3_column_int64(known, 1)});
  sqlite3_finalize(known);
  auto* const last = prepare(file_, "SELECT max(position) FROM evsrc_events");
  if (sqlite3_step(last) == SQLITE_ROW) position_ = sqlite3_column_int64(last, 0);
  sqlite3_finalize(last);
}

plain_store::~plain_store() {
  for (auto* one : {begin_, commit_, insert_, scan_, load_}) sqlite3_finalize(one);
  sqlite3_close(file_);
}

void plain_store::begin() { finish(file_, begin_); }

void plain_store::insert(std::size_t stream, std::string_view payload, std::string_view meta) {
  auto& to = streams_[stream];
  event_id_bytes const id(++position_);
  sqlite3_bind_int64(insert_, 1, position_);
  sqlite3_bind_int64(insert_, 2, to.id);
  sqlite3_bind_int64(insert_, 3, ++to.version);
  sqlite3_bind_int64(insert_, 4, 1);
  sqlite3_bind_int64(insert_, 5, 1'300'000'000'000'000 + position_);
  sqlite3_bind_int64(insert_, 6, static_cast<std::int32_t>(position_ * 2'654'435'761));
  bind_blob(insert_, 7, id.octets, sizeof id.octets);
  bind_blob(insert_, 8, meta.data(), meta.size());
  bind_text(insert_, 9, payload);
  finish(file_, insert_);
}

void plain_store::commit() {
  finish(file_, commit_);
  if (wal_pages_ >= wal_pages_max) copy_log(file_);
}

void plain_store::checkpoint() { run(file_, "PRAGMA wal_checkpoint(TRUNCATE)"); }

std::size_t plain_store::read_rows(sqlite3_stmt* rows, std::size_t max_events, order_book* into) {
  std::size_t count = 0;
  std::uint64_t seen = 0;
  while (count != max_events && sqlite3_step(rows) == SQLITE_ROW) {
    // What a reader gets from evsrc, so that both take the same columns.
    auto const numbers = sqlite3_column_int64(rows, 0) + sqlite3_column_int64(rows, 1) +
                         sqlite3_column_int64(rows, 2) + sqlite3_column_int64(rows, 4);
    auto const kind = sqlite3_column_int64(rows, 3);
    auto const id = bytes_of(rows, 6);
    auto const meta = bytes_of(rows, 7);
    auto const payload = bytes_of(rows, 8);
    if (into != nullptr && kind == 1) {
      json_.read(payload, order_);
      into->apply(order_);
    }
    seen += static_cast<std::uint64_t>(numbers) + id.size() + meta.size() + payload.size();
    ++count;
  }
  sqlite3_reset(rows);
  if (count != 0 && seen == 0) give_up("read nothing");
  return count;
}

std::size_t plain_store::replay(std::int64_t from, std::size_t max_events, order_book& into) {
  sqlite3_bind_int64(scan_, 1, from);
  return read_rows(scan_, max_events, &into);
}

std::size_t plain_store::scan(std::int64_t from, std::size_t max_events) {
  sqlite3_bind_int64(scan_, 1, from);
  return read_rows(scan_, max_events, nullptr);
}

std::size_t plain_store::load(std::size_t stream, std::size_t max_events, order_book& into) {
  sqlite3_bind_int64(load_, 1, streams_[stream].id);
  return read_rows(load_, max_events, &into);
}

bare_table::bare_table(std::filesystem::path const& path, durability level)
    : file_(open(path, level, wal_pages_)) {
  run(file_, "CREATE TABLE bare (position INTEGER PRIMARY KEY, id BLOB, meta BLOB, payload TEXT)");
  begin_ = prepare(file_, "BEGIN IMMEDIATE");
  commit_ = prepare(file_, "COMMIT");
  insert_ = prepare(file_, "INSERT INTO bare VALUES (?, ?, ?, ?)");
}

bare_table::~bare_table() {
  for (auto* one : {begin_, commit_, insert_}) sqlite3_finalize(one);
  sqlite3_close(file_);
}

void bare_table::begin() { finish(file_, begin_); }

void bare_table::insert(std::string_view payload, std::string_view meta) {
  event_id_bytes const id(++position_);
  sqlite3_bind_int64(insert_, 1, position_);
  bind_blob(insert_, 2, id.octets, sizeof id.octets);
  bind_blob(insert_, 3, meta.data(), meta.size());
  bind_text(insert_, 4, payload);
  finish(file_, insert_);
}

void bare_table::commit() {
  finish(file_, commit_);
  if (wal_pages_ >= wal_pages_max) copy_log(file_);
}

void bare_table::checkpoint() { run(file_, "PRAGMA wal_checkpoint(TRUNCATE)"); }

}  // namespace bench
