// SPDX-License-Identifier: Apache-2.0
// `evsrc doctor`: is the file sound, and what is it.
#include <fmt/format.h>
#include <unistd.h>

#include "commands.hpp"
#include "evsrc/version.hpp"

namespace evsrc_cli {
namespace {

json counted(evsrc::sqlite::event_store& store) {
  json counts;
  for (auto const* const table : {"events", "streams", "once", "outbox", "snapshots"}) {
    auto const rows =
        rows_of(store, fmt::format("SELECT count(*) FROM evsrc_{}", table), {"#rows"});
    if (rows) counts[table] = rows->front()["rows"];
  }
  return counts;
}

}  // namespace

evsrc::result<void> examine(doctor_request const& what) {
  auto const store = open_to_read(what.where);
  if (!store) return evsrc::fail(store.error());
  auto const report = (*store)->report();
  if (!report) return evsrc::fail(report.error());
  json told{{"file", what.where.file},
            {"store_id", report->store_id},
            {"epoch", report->epoch},
            {"schema_version", report->schema_version},
            {"evsrc_version", EVSRC_VERSION_STRING},
            {"sqlite_version", report->sqlite_version},
            {"allows_foreign_writers", report->allows_foreign_writers},
            {"file_bytes", report->file_bytes},
            {"wal_bytes", report->wal_bytes},
            {"rows", counted(**store)}};
  evsrc::result<void> sound;
  if (!what.quick) {
    if (isatty(STDERR_FILENO) != 0) note("reading every page and checksum");
    sound = (*store)->check_integrity();
    told["integrity"] = sound ? std::string("ok") : evsrc::to_string(sound.error());
  }
  if (what.where.json) {
    print(told);
    return sound;
  }
  fmt::print("{}: store {}, epoch {}, schema version {}\n", what.where.file, report->store_id,
             report->epoch, report->schema_version);
  fmt::print("evsrc {}, SQLite {}{}\n", EVSRC_VERSION_STRING, report->sqlite_version,
             report->allows_foreign_writers
                 ? ""
                 : ": below 3.51.3, so no other program may write or checkpoint this file");
  fmt::print("file {}, write-ahead log {}\n", size_of(report->file_bytes),
             size_of(report->wal_bytes));
  for (auto const& [table, rows] : told["rows"].items())
    fmt::print("{:>12} {}\n", rows.get<std::int64_t>(), table);
  if (!what.quick) fmt::print("integrity: {}\n", told["integrity"].get<std::string>());
  return sound;
}

}  // namespace evsrc_cli
