// SPDX-License-Identifier: Apache-2.0
// The limit of a bus: hand-written C on SQLite.
#include "plain_bus.hpp"

#include "measurement.hpp"
#include "plain_sqlite.hpp"

namespace bench {
namespace {

// Microseconds: nobody looks at them.
constexpr std::int64_t some_time = 1'790'000'000'000'000;
constexpr unsigned number_bits = 42;

void bind_numbers(sqlite3_stmt* to, std::initializer_list<std::int64_t> values) {
  int at = 0;
  for (auto const value : values) sqlite3_bind_int64(to, ++at, value);
}

}  // namespace

plain_queue::plain_queue(std::filesystem::path const& path, durability level, std::int64_t queue)
    : file_(open_plain(path, level, wal_pages_)),
      syncs_(level == durability::fsync),
      begin_(prepare(file_, "BEGIN IMMEDIATE")),
      commit_(prepare(file_, "COMMIT")),
      numbers_(prepare(file_,
                       "INSERT OR REPLACE INTO evsrc_bus_numbers"
                       " VALUES (?, ?, 0, 0, ?, NULL, NULL, 0, 0)")),
      insert_message_(
          prepare(file_, "INSERT INTO evsrc_bus_messages VALUES (?, ?, ?, ?, '', ?, ?)")),
      insert_ready_(prepare(file_, "INSERT INTO evsrc_bus_ready VALUES (?, ?, 0, ?, NULL)")),
      walk_ready_(prepare(file_,
                          "SELECT place, deliveries, bytes, expires_at FROM evsrc_bus_ready"
                          " WHERE lane = ? ORDER BY place LIMIT ?")),
      find_message_(prepare(file_,
                            "SELECT place, lane, enqueued_at, first_sequence, source, head,"
                            " body FROM evsrc_bus_messages WHERE place = ?")),
      delete_ready_(prepare(file_, "DELETE FROM evsrc_bus_ready WHERE lane = ? AND place = ?")),
      insert_locked_(
          prepare(file_, "INSERT INTO evsrc_bus_locked VALUES (?, ?, 0, ?, NULL, ?, ?, 0)")),
      delete_locked_(prepare(file_, "DELETE FROM evsrc_bus_locked WHERE lane = ? AND place = ?")),
      delete_message_(prepare(file_, "DELETE FROM evsrc_bus_messages WHERE place = ?")),
      lane_(queue << number_bits) {}

plain_queue::~plain_queue() {
  for (auto* one : {begin_, commit_, numbers_, insert_message_, insert_ready_, walk_ready_,
                    find_message_, delete_ready_, insert_locked_, delete_locked_, delete_message_})
    sqlite3_finalize(one);
  sqlite3_close(file_);
}

void plain_queue::begin() { finish(file_, begin_); }

void plain_queue::insert(std::string_view head, std::string_view body) {
  auto const place = lane_ | ++sequence_;
  auto const size = static_cast<std::int64_t>(head.size() + body.size());
  bytes_ += size;
  bind_numbers(insert_message_, {place, lane_, some_time + sequence_, sequence_});
  bind_blob(insert_message_, 5, head.data(), head.size());
  bind_blob(insert_message_, 6, body.data(), body.size());
  finish(file_, insert_message_);
  bind_numbers(insert_ready_, {lane_, place, size});
  finish(file_, insert_ready_);
}

void plain_queue::commit() {
  bind_numbers(numbers_, {lane_ >> (number_bits + 1), sequence_, bytes_});
  finish(file_, numbers_);
  finish(file_, commit_);
  if (wal_pages_ >= wal_pages_max) copy_log(file_);
}

void plain_queue::set_synced(bool is_synced) {
  if (!syncs_) return;
  execute(file_, is_synced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
}

std::size_t plain_queue::receive(std::size_t max_messages) {
  struct ready {
    std::int64_t place;
    std::int64_t bytes;
  };
  std::vector<ready> found;
  taken_.clear();
  set_synced(false);
  begin();
  bind_numbers(walk_ready_, {lane_, static_cast<std::int64_t>(max_messages)});
  while (sqlite3_step(walk_ready_) == SQLITE_ROW)
    found.push_back({sqlite3_column_int64(walk_ready_, 0), sqlite3_column_int64(walk_ready_, 2)});
  sqlite3_reset(walk_ready_);
  for (auto const& one : found) {
    bind_numbers(find_message_, {one.place});
    if (sqlite3_step(find_message_) != SQLITE_ROW) give_up("a message without its row");
    auto const head = bytes_of(find_message_, 5);
    taken_.push_back({one.place, std::string{head.substr(0, head.find('\0'))},
                      std::string{bytes_of(find_message_, 6)}});
    sqlite3_reset(find_message_);
    bind_numbers(delete_ready_, {lane_, one.place});
    finish(file_, delete_ready_);
    bind_numbers(insert_locked_, {lane_, one.place, one.bytes, one.place, some_time});
    finish(file_, insert_locked_);
    bytes_ -= one.bytes;  // of what complete() will have removed
  }
  commit();
  set_synced(true);
  return taken_.size();
}

void plain_queue::complete() {
  begin();
  for (auto const& one : taken_) {
    bind_numbers(delete_locked_, {lane_, one.place});
    finish(file_, delete_locked_);
    bind_numbers(delete_message_, {one.place});
    finish(file_, delete_message_);
  }
  commit();
}

plain_boxes::plain_boxes(std::filesystem::path const& path, durability level)
    : file_(open_plain(path, level, wal_pages_)),
      begin_(prepare(file_, "BEGIN IMMEDIATE")),
      commit_(prepare(file_, "COMMIT")),
      read_(prepare(file_,
                    "SELECT sequence, id, destination, key, type, content_type, correlation,"
                    " causation, trace_parent, properties, body FROM evsrc_outbox"
                    " INDEXED BY evsrc_outbox_due WHERE destination = 'orders' AND not_before <= ?"
                    " AND refused_at IS NULL ORDER BY not_before, sequence LIMIT ?")),
      delete_(prepare(file_, "DELETE FROM evsrc_outbox WHERE sequence = ?")),
      find_key_(prepare(file_,
                        "SELECT 1 FROM evsrc_once WHERE scope = 'consumer:orders'"
                        " AND key = ?")),
      put_key_(prepare(file_,
                       "INSERT OR REPLACE INTO evsrc_once"
                       " VALUES ('consumer:orders', ?, ?, ?, ?, NULL)")) {}

plain_boxes::~plain_boxes() {
  for (auto* one : {begin_, commit_, read_, delete_, find_key_, put_key_}) sqlite3_finalize(one);
  sqlite3_close(file_);
}

void plain_boxes::commit() {
  finish(file_, commit_);
  if (wal_pages_ >= wal_pages_max) copy_log(file_);
}

std::size_t plain_boxes::relay(plain_queue& to, std::size_t max_rows) {
  sequences_.clear();
  bind_numbers(read_, {some_time, static_cast<std::int64_t>(max_rows)});
  to.begin();
  while (sqlite3_step(read_) == SQLITE_ROW) {
    sequences_.push_back(sqlite3_column_int64(read_, 0));
    head_ = bytes_of(read_, 1);
    head_ += '\0';
    for (int column = 2; column != 10; ++column) head_ += bytes_of(read_, column);
    to.insert(head_, bytes_of(read_, 10));
  }
  sqlite3_reset(read_);
  to.commit();
  finish(file_, begin_);
  for (auto const sequence : sequences_) {
    bind_numbers(delete_, {sequence});
    finish(file_, delete_);
  }
  commit();
  return sequences_.size();
}

void plain_boxes::note(plain_queue const& from, std::size_t count) {
  // As long as those of evsrc.
  constexpr char fingerprint[] = "0123456789abcdef0123456789abcdef";
  constexpr char receipt[] = "\x01\xa2\x06\x01\x01";
  constexpr std::string_view outcome = R"({"what":"done"})";
  finish(file_, begin_);
  for (std::size_t i = 0; i != count; ++i) {
    key_ = from.id_of(i);
    key_ += "#0";
    bind_text(find_key_, 1, key_);
    if (sqlite3_step(find_key_) == SQLITE_ROW) give_up("a message that was handled before");
    sqlite3_reset(find_key_);
    bind_text(put_key_, 1, key_);
    bind_blob(put_key_, 2, fingerprint, sizeof fingerprint - 1);
    bind_blob(put_key_, 3, receipt, sizeof receipt - 1);
    bind_blob(put_key_, 4, outcome.data(), outcome.size());
    finish(file_, put_key_);
  }
  commit();
}

}  // namespace bench
