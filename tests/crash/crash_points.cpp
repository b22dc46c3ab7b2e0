// SPDX-License-Identifier: Apache-2.0
// SQLite's trace and file system, as witnesses of what a program is about to do.
#include "crash_points.hpp"

#include <sqlite3.h>

#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace evsrc_test {
namespace {

crash_points& the_points() {
  static crash_points points;
  return points;
}

int note_statement(unsigned event, void*, void* statement, void* detail) {
  auto* const what = static_cast<sqlite3_stmt*>(statement);
  if (event == SQLITE_TRACE_STMT) {
    the_points().before_statement(what, static_cast<char const*>(detail));
  } else {
    the_points().after_statement(what);
  }
  return 0;
}

int watch_connection(sqlite3* opened, char const**, sqlite3_api_routines const*) {
  return sqlite3_trace_v2(opened, SQLITE_TRACE_STMT | SQLITE_TRACE_PROFILE, &note_statement,
                          nullptr);
}

bool begins_with(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}

// A database in WAL mode is written by checkpoints alone. The system's file keeps a pointer to its
// methods: a copy of them stands there with one call replaced.
sqlite3_io_methods const* system_methods = nullptr;
sqlite3_io_methods watched_methods;
std::map<sqlite3_file*, std::string> databases;
std::set<std::string> logs;  // that were opened

/// A new database is written once before: what puts it into WAL mode is no checkpoint.
bool is_checkpoint(sqlite3_file* of) { return logs.count(databases[of] + "-wal") != 0; }

int write_database(sqlite3_file* to, void const* bytes, int count, sqlite3_int64 offset) {
  if (is_checkpoint(to)) the_points().hit("inside_checkpoint");
  return system_methods->xWrite(to, bytes, count, offset);
}

int sync_database(sqlite3_file* of, int flags) {
  if (is_checkpoint(of)) the_points().hit("before_checkpoint_sync");
  return system_methods->xSync(of, flags);
}

int open_file(sqlite3_vfs*, char const* name, sqlite3_file* into, int flags, int* out) {
  auto* const system = sqlite3_vfs_find(nullptr);
  int const code = system->xOpen(system, name, into, flags, out);
  if (code == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) logs.insert(name);
  if (code != SQLITE_OK || (flags & SQLITE_OPEN_MAIN_DB) == 0 ||
      (flags & SQLITE_OPEN_READWRITE) == 0)
    return code;
  databases[into] = name;
  system_methods = into->pMethods;
  watched_methods = *system_methods;
  watched_methods.xWrite = &write_database;
  watched_methods.xSync = &sync_database;
  into->pMethods = &watched_methods;
  return code;
}

}  // namespace

crash_points& crash_points::install() {
  static sqlite3_vfs watched = *sqlite3_vfs_find(nullptr);
  watched.pNext = nullptr;
  watched.zName = vfs_name();
  watched.xOpen = &open_file;
  sqlite3_vfs_register(&watched, 0);
  sqlite3_auto_extension(reinterpret_cast<void (*)()>(&watch_connection));
  return the_points();
}

void crash_points::hit(std::string const& point) {
  auto const name = phase_ + point;
  auto const now = ++counts_[name];
  if (name == armed_ && now == number_) std::raise(SIGKILL);
}

void crash_points::write_counts(std::string const& path) const {
  std::ofstream out{path};
  for (auto const& [point, count] : counts_) out << point << ' ' << count << '\n';
}

std::string crash_points::kind_of(transaction const& what) {
  if (what.migrates) return "migration";
  if (what.switches) return "switch";
  if (what.hands_on) return "mark";
  return what.writes_events ? "commit" : "bus_commit";
}

void crash_points::before_statement(sqlite3_stmt* what, char const* sql) {
  if (is_at_end_) std::raise(SIGKILL);
  std::string_view const text = sql;
  auto& now = open_[sqlite3_db_handle(what)];
  if (begins_with(text, "BEGIN IMMEDIATE")) {
    now = {};
    now.is_open = true;
    return;
  }
  if (!now.is_open) return;
  if (begins_with(text, "COMMIT")) {
    now.kind = kind_of(now);
    hit("before_" + now.kind);
    return;
  }
  if (begins_with(text, "INSERT INTO evsrc_bus_messages")) {
    if (now.writes_events) {
      if (!now.sends) hit("the_hop");
    } else if (now.takes) {
      hit("between_taking_and_putting");  // a dead letter, or the copy of one
    }
    now.sends = true;
  } else if (begins_with(text, "DELETE FROM evsrc_bus_locked")) {
    hit("before_settle");
    now.takes = true;
  } else if (begins_with(text, "DELETE FROM evsrc_outbox WHERE sequence")) {
    if (!now.hands_on) hit("between_send_and_mark");
    now.hands_on = true;
  } else if (begins_with(text, "CREATE VIEW totals")) {
    now.switches = true;
    hit("inside_switch");
  } else if (begins_with(text, "CREATE TABLE evsrc_") || begins_with(text, "ALTER TABLE evsrc_")) {
    now.migrates = true;
    hit("inside_migration");
  }
  now.writes_events = now.writes_events || begins_with(text, "INSERT INTO evsrc_events");
}

void crash_points::after_statement(sqlite3_stmt* what) {
  auto& now = open_[sqlite3_db_handle(what)];
  char const* const sql = sqlite3_sql(what);
  if (!now.is_open || sql == nullptr || !begins_with(sql, "COMMIT")) return;
  auto const ended = now;
  now = {};
  hit("after_" + ended.kind);
}

}  // namespace evsrc_test
