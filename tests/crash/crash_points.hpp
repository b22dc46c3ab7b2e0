// SPDX-License-Identifier: Apache-2.0
// Named places in the life of a program on SQLite files where it can be made to die.
#pragma once

#include <cstdint>
#include <map>
#include <string>

struct sqlite3_stmt;

namespace evsrc_test {

/// The process is killed, as by SIGKILL from outside, at the n-th time that it comes by a point.
/// Sees SQLite's connections from outside, through its trace and through a file system of its own:
/// nothing in the library knows of it. One for the process; open no file before it is installed.
/// @threads of the program under test: one
class crash_points {
 public:
  /// @return the one that every connection reports to from now on
  static crash_points& install();

  /// Dies at occurrence `number` of `point`, counted from 1.
  void arm(std::string point, std::uint64_t number) {
    armed_ = std::move(point);
    number_ = number;
  }
  /// Dies at the next statement of any connection.
  void end_here() { is_at_end_ = true; }
  /// What the program is at, in front of the names of points from now on: "redrive/".
  void set_phase(std::string name) { phase_ = std::move(name); }
  /// Comes by a point: the end, or a count more.
  void hit(std::string const& point);
  /// Lines "POINT COUNT": how often the process came by each.
  void write_counts(std::string const& path) const;
  /// For options::vfs: the system's, but for what it tells of writes into database files.
  [[nodiscard]] static char const* vfs_name() noexcept { return "evsrc-crash-points"; }

  // Called by SQLite.
  void before_statement(sqlite3_stmt* what, char const* sql);
  void after_statement(sqlite3_stmt* what);

 private:
  /// What the open transaction of a connection has done so far.
  struct transaction {
    bool is_open = false;
    bool writes_events = false;
    bool takes = false;  ///< ended a lock
    bool sends = false;
    bool hands_on = false;
    bool migrates = false;
    bool switches = false;
    std::string kind;  ///< set at its COMMIT
  };
  [[nodiscard]] static std::string kind_of(transaction const& what);

  std::string phase_;
  std::string armed_;
  std::uint64_t number_ = 0;
  bool is_at_end_ = false;
  std::map<std::string, std::uint64_t> counts_;
  std::map<void const*, transaction> open_;
};

}  // namespace evsrc_test
