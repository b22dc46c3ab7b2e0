// SPDX-License-Identifier: Apache-2.0
// The limit and the floor: hand-written C on SQLite.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "order.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace bench {

enum class durability { fsync, os };

/// Writes and reads the tables of an evsrc store with the statements that evsrc runs and nothing
/// else: no queue, no locks between processes, no checksums, no errors that anybody could handle.
/// It remembers each stream's version, as evsrc does. One thread.
class plain_store {
 public:
  /// `path` is a copy of a file that evsrc made.
  plain_store(std::filesystem::path const& path, durability level);
  ~plain_store();
  plain_store(plain_store const&) = delete;
  plain_store& operator=(plain_store const&) = delete;

  void begin();
  void insert(std::size_t stream, std::string_view payload, std::string_view meta);
  void commit();

  [[nodiscard]] std::size_t streams() const noexcept { return streams_.size(); }
  [[nodiscard]] std::int64_t last_position() const noexcept { return position_; }

  /// Row scan from a position, decoding by hand, and fold. @return events
  std::size_t replay(std::int64_t from, std::size_t max_events, order_book& into);
  /// The rows alone: each payload is looked at, nothing decoded.
  std::size_t scan(std::int64_t from, std::size_t max_events);
  /// The first events of one stream, decoded and folded.
  std::size_t load(std::size_t stream, std::size_t max_events, order_book& into);
  /// Copies the log into the file.
  void checkpoint();

 private:
  struct stream_place {
    std::int64_t id;
    std::int64_t version;
  };
  std::size_t read_rows(sqlite3_stmt* rows, std::size_t max_events, order_book* into);

  sqlite3* file_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* scan_ = nullptr;
  sqlite3_stmt* load_ = nullptr;
  std::vector<stream_place> streams_;
  std::int64_t position_ = 0;
  int wal_pages_ = 0;
  hand_written_reader json_;
  order_placed order_;
};

/// A table with nothing but the bytes: no version, no index, no check.
class bare_table {
 public:
  bare_table(std::filesystem::path const& path, durability level);
  ~bare_table();
  bare_table(bare_table const&) = delete;
  bare_table& operator=(bare_table const&) = delete;

  void begin();
  void insert(std::string_view payload, std::string_view meta);
  void commit();
  void checkpoint();

 private:
  sqlite3* file_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  std::int64_t position_ = 0;
  int wal_pages_ = 0;
};

}  // namespace bench
