// SPDX-License-Identifier: Apache-2.0
// The limit of a bus: hand-written C on SQLite.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "plain_store.hpp"

namespace bench {

/// Writes and removes the rows of one queue, in a file that evsrc made, with the statements that
/// evsrc's bus runs for them and nothing else: no lock ends, nothing expires, no token is checked,
/// nobody else is expected. One thread.
class plain_queue {
 public:
  /// `queue`: 2 x the number of the entity in the file.
  plain_queue(std::filesystem::path const& path, durability level, std::int64_t queue);
  ~plain_queue();
  plain_queue(plain_queue const&) = delete;
  plain_queue& operator=(plain_queue const&) = delete;

  void begin();
  void insert(std::string_view head, std::string_view body);
  void commit();

  /// Locks the oldest messages, as a receive does: not synced. @return how many
  std::size_t receive(std::size_t max_messages);
  /// Of a message that is locked: what stands before the first zero byte of its head.
  [[nodiscard]] std::string_view id_of(std::size_t index) const { return taken_[index].id; }
  /// Removes all that are locked.
  void complete();

 private:
  struct locked {
    std::int64_t place;
    std::string id;
    std::string body;
  };

  void set_synced(bool is_synced);

  sqlite3* file_ = nullptr;
  bool const syncs_;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  sqlite3_stmt* numbers_ = nullptr;
  sqlite3_stmt* insert_message_ = nullptr;
  sqlite3_stmt* insert_ready_ = nullptr;
  sqlite3_stmt* walk_ready_ = nullptr;
  sqlite3_stmt* find_message_ = nullptr;
  sqlite3_stmt* delete_ready_ = nullptr;
  sqlite3_stmt* insert_locked_ = nullptr;
  sqlite3_stmt* delete_locked_ = nullptr;
  sqlite3_stmt* delete_message_ = nullptr;
  std::int64_t lane_ = 0;
  std::int64_t sequence_ = 0;
  std::int64_t bytes_ = 0;
  int wal_pages_ = 0;
  std::vector<locked> taken_;
};

/// Outbox and inbox of a store's file. One thread.
class plain_boxes {
 public:
  plain_boxes(std::filesystem::path const& path, durability level);
  ~plain_boxes();
  plain_boxes(plain_boxes const&) = delete;
  plain_boxes& operator=(plain_boxes const&) = delete;

  /// Moves the oldest rows into the queue, then out of the outbox. @return how many
  std::size_t relay(plain_queue& to, std::size_t max_rows);
  /// Notes the keys of the messages that are locked.
  void note(plain_queue const& from, std::size_t count);

 private:
  void commit();

  sqlite3* file_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  sqlite3_stmt* read_ = nullptr;
  sqlite3_stmt* delete_ = nullptr;
  sqlite3_stmt* find_key_ = nullptr;
  sqlite3_stmt* put_key_ = nullptr;
  int wal_pages_ = 0;
  std::string head_;
  std::string key_;
  std::vector<std::int64_t> sequences_;
};

}  // namespace bench
