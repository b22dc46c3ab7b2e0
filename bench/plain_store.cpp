// SPDX-License-Identifier: Apache-2.0
// The limit and the floor: hand-written C on SQLite.
#include "plain_store.hpp"

#include <cstring>

#include "measurement.hpp"
#include "plain_sqlite.hpp"

namespace bench {
namespace {

/// Sixteen bytes that grow, as those of a UUIDv7.
struct event_id_bytes {
  unsigned char octets[16] = {};
  explicit event_id_bytes(std::int64_t number) {
    for (std::size_t i = 0; i != 8; ++i)
      octets[i] = static_cast<unsigned char>(number >> (56 - 8 * i));
    std::memcpy(octets + 8, octets, 8);
  }
};

}  // namespace

plain_store::plain_store(std::filesystem::path const& path, durability level)
    : file_(open_plain(path, level, wal_pages_)) {
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

void plain_store::checkpoint() { execute(file_, "PRAGMA wal_checkpoint(TRUNCATE)"); }

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
    : file_(open_plain(path, level, wal_pages_)) {
  execute(file_,
          "CREATE TABLE bare (position INTEGER PRIMARY KEY, id BLOB, meta BLOB, payload TEXT)");
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

void bare_table::checkpoint() { execute(file_, "PRAGMA wal_checkpoint(TRUNCATE)"); }

}  // namespace bench
