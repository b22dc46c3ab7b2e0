// SPDX-License-Identifier: Apache-2.0
// The tables, their version, and how an older file is brought up to date.
#include "schema.hpp"

#include <sqlite3.h>

#include "bus_schema.hpp"
#include "encoding.hpp"
#include "evsrc/bus/entity.hpp"
#include "evsrc/store/outbox_store.hpp"
#include "native_error.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

// Why it is as lean as this, with what each part costs: docs/decisions/0004-sqlite-schema.md.
constexpr char const* version_1 = R"sql(
CREATE TABLE evsrc_store (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id BLOB NOT NULL,                   -- 16 random bytes, made once
  epoch INTEGER NOT NULL,             -- raised by every restore
  position_floor INTEGER NOT NULL,    -- positions up to here are never given out again
  is_backup INTEGER NOT NULL,         -- a copy that only restore() may bring to life
  unsynced_boot TEXT NOT NULL         -- the boot in which somebody wrote at durability::os
);
INSERT INTO evsrc_store VALUES (1, randomblob(16), 0, 0, 0, '');
CREATE TABLE evsrc_epochs (
  epoch INTEGER PRIMARY KEY,          -- one that has ended
  last_position INTEGER NOT NULL      -- its last position that still counts
);
CREATE TABLE evsrc_kinds (
  id INTEGER PRIMARY KEY,
  category TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  UNIQUE (category, name, version)
);
CREATE TABLE evsrc_streams (
  id INTEGER PRIMARY KEY,
  category TEXT NOT NULL,
  key TEXT NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,            -- reserved
  truncate_before INTEGER NOT NULL DEFAULT 0,  -- reserved
  tenant INTEGER NOT NULL DEFAULT 0,           -- reserved
  UNIQUE (category, key)
);
CREATE TABLE evsrc_events (
  position INTEGER PRIMARY KEY,
  stream INTEGER NOT NULL,
  version INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  time INTEGER NOT NULL,              -- microseconds since 1970, UTC
  checksum INTEGER NOT NULL,
  id BLOB NOT NULL,
  meta BLOB NOT NULL,
  payload TEXT NOT NULL
);
CREATE UNIQUE INDEX evsrc_events_by_stream ON evsrc_events (stream, version);
CREATE INDEX evsrc_events_by_kind ON evsrc_events (kind);
CREATE TRIGGER evsrc_keep_positions AFTER DELETE ON evsrc_events BEGIN
  UPDATE evsrc_store SET position_floor = max(position_floor, old.position);
END;
CREATE TABLE evsrc_tags (
  tag INTEGER NOT NULL,               -- hash of name and value
  position INTEGER NOT NULL,
  PRIMARY KEY (tag, position)
) WITHOUT ROWID;
CREATE TABLE evsrc_once (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  receipt BLOB NOT NULL,
  outcome BLOB NOT NULL,
  expires_at INTEGER,                 -- NULL: never
  PRIMARY KEY (scope, key)
) WITHOUT ROWID;
CREATE INDEX evsrc_once_by_expiry ON evsrc_once (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE evsrc_owners (
  name TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL,
  heartbeat INTEGER NOT NULL,
  holder TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE evsrc_checkpoints (
  name TEXT PRIMARY KEY,
  position INTEGER                    -- NULL: at the start
) WITHOUT ROWID;
CREATE TABLE evsrc_outbox (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  destination TEXT NOT NULL,
  key TEXT NOT NULL,
  type TEXT NOT NULL,
  type_version INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  correlation TEXT NOT NULL,
  causation TEXT NOT NULL,
  trace_parent TEXT NOT NULL,
  properties BLOB NOT NULL,
  body BLOB NOT NULL
);
CREATE TABLE evsrc_snapshots (
  stream INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  fingerprint BLOB NOT NULL,
  state BLOB NOT NULL
);
CREATE VIEW evsrc_log AS
  SELECT e.position, s.category, s.key, e.version, k.name, k.version AS event_version,
         strftime('%Y-%m-%dT%H:%M:%SZ', e.time / 1000000, 'unixepoch') AS time, e.payload
  FROM evsrc_events e JOIN evsrc_streams s ON s.id = e.stream JOIN evsrc_kinds k ON k.id = e.kind;
)sql";

constexpr char const* version_2 = R"sql(
ALTER TABLE evsrc_outbox ADD COLUMN slot INTEGER NOT NULL DEFAULT 0;          -- outbox_slot()
ALTER TABLE evsrc_outbox ADD COLUMN time_to_live INTEGER;                     -- ms, NULL: for ever
ALTER TABLE evsrc_outbox ADD COLUMN committed_at INTEGER NOT NULL DEFAULT 0;  -- microseconds
CREATE INDEX evsrc_outbox_due ON evsrc_outbox (destination, not_before, sequence, slot, key);
)sql";

/// Rows of version 1 have no slot, and properties that are all text.
result<void> convert_outbox(connection& file) {
  auto rows = file.prepare("SELECT sequence, destination, key, properties FROM evsrc_outbox");
  if (!rows) return fail(rows.error());
  auto put = file.prepare("UPDATE evsrc_outbox SET slot = ?, properties = ? WHERE sequence = ?");
  if (!put) return fail(put.error());
  for (std::string typed;; typed.clear()) {
    auto const more = rows->next();
    if (!more) return fail(more.error());
    if (!*more) return {};
    auto const pairs = decode_text_pairs(rows->bytes_at(3));
    if (!pairs) return fail(pairs.error());
    encode_properties(*pairs, typed);
    auto const slot = outbox_slot(rows->bytes_at(1), rows->bytes_at(2));
    put->integer(1, std::uint64_t{slot}).blob(2, typed).integer(3, rows->number_at(0));
    EVSRC_TRY(put->run());
  }
}

/// The tables of the bus come with the second version, too.
result<void> bring_to_version_2(connection& file) {
  EVSRC_TRY(convert_outbox(file));
  return file.run(bus_tables_of_version_2);
}

constexpr char const* version_3 = R"sql(
ALTER TABLE evsrc_outbox ADD COLUMN refused_at INTEGER;   -- microseconds; NULL: it waits
ALTER TABLE evsrc_outbox ADD COLUMN reason TEXT;          -- of a refused one, a dead letter
ALTER TABLE evsrc_outbox ADD COLUMN description TEXT;
ALTER TABLE evsrc_outbox ADD COLUMN holds_key INTEGER;    -- 1: later rows of its key wait, too
DROP INDEX evsrc_outbox_due;
CREATE INDEX evsrc_outbox_due ON evsrc_outbox (destination, not_before, sequence, slot, key)
  WHERE refused_at IS NULL;
CREATE INDEX evsrc_outbox_refused ON evsrc_outbox (destination, sequence)
  WHERE refused_at IS NOT NULL;
CREATE INDEX evsrc_outbox_held ON evsrc_outbox (destination, key) WHERE holds_key = 1;
)sql";

constexpr char const* version_4 = "DELETE FROM evsrc_tags";

/// Tags got other numbers.
result<void> number_tags_again(connection& file) {
  auto rows = file.prepare("SELECT position, meta FROM evsrc_events ORDER BY position");
  if (!rows) return fail(rows.error());
  auto put = file.prepare("INSERT OR IGNORE INTO evsrc_tags VALUES (?, ?)");
  if (!put) return fail(put.error());
  for (;;) {
    auto const more = rows->next();
    if (!more) return fail(more.error());
    if (!*more) return {};
    auto const meta = decode_metadata(rows->bytes_at(1), {}, {});
    if (!meta) return fail(meta.error());
    for (auto const& tag : meta->tags) {
      put->integer(1, hash_tag(tag.name, tag.value)).integer(2, rows->integer_at(0));
      EVSRC_TRY(put->run());
    }
  }
}

/// From here on a time that has passed at the commit is kept as none.
constexpr char const* version_5 = R"sql(
UPDATE evsrc_outbox SET not_before = 0 WHERE not_before <> 0 AND not_before <= committed_at;
)sql";

/// From here on destinations are kept in lower case, which their slot follows.
result<void> fold_destinations(connection& file) {
  auto rows = file.prepare(
      "SELECT sequence, destination, key FROM evsrc_outbox NOT INDEXED"
      " WHERE destination <> lower(destination)");
  if (!rows) return fail(rows.error());
  auto put = file.prepare("UPDATE evsrc_outbox SET slot = ?, destination = ? WHERE sequence = ?");
  if (!put) return fail(put.error());
  for (;;) {
    auto const more = rows->next();
    if (!more) return fail(more.error());
    if (!*more) return {};
    auto const destination = folded(rows->bytes_at(1));
    put->integer(1, std::uint64_t{outbox_slot(destination, rows->bytes_at(2))});
    put->text(2, destination).integer(3, rows->number_at(0));
    EVSRC_TRY(put->run());
  }
}

constexpr char const* version_6 = R"sql(
ALTER TABLE evsrc_bus_numbers ADD COLUMN expired INTEGER NOT NULL DEFAULT 0;  -- no dead letters
ALTER TABLE evsrc_bus_numbers ADD COLUMN received_and_deleted INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr migration migrations_known[] = {{0, version_1},
                                          {1, version_2, &bring_to_version_2},
                                          {2, version_3},
                                          {3, version_4, &number_tags_again},
                                          {4, version_5, &fold_destinations},
                                          {5, version_6}};

}  // namespace

std::span<migration const> all_migrations() noexcept { return migrations_known; }

int schema_version(std::span<migration const> migrations) noexcept {
  return migrations.empty() ? 0 : migrations.back().from + 1;
}

result<void> check_version(std::int64_t found, std::span<migration const> migrations) {
  int const known = schema_version(migrations);
  if (found <= known) return {};
  return fail(errc::newer_version,
              "the file has schema version " + std::to_string(found) +
                  ", this program knows versions up to " + std::to_string(known),
              "sqlite");
}

result<file_state> inspect_file(connection& file, std::span<migration const> migrations) {
  auto const owner = file.read_integer("PRAGMA application_id");
  if (!owner) return fail(owner.error());
  auto const version = file.read_integer("PRAGMA user_version");
  if (!version) return fail(version.error());
  auto const tables = file.read_integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return fail(tables.error());

  if (*owner == 0 && *version == 0 && *tables == 0) return file_state::empty;
  if (*owner != application_id)
    return fail(errc::foreign_file,
                "an SQLite database of another program (application_id " + std::to_string(*owner) +
                    "): evsrc keeps to files of its own",
                "sqlite.open");
  EVSRC_TRY(check_version(*version, migrations));
  if (*version < 1 || *tables == 0)
    return fail(errc::corrupt, "the header says evsrc, the tables are not there", "sqlite.open");
  return *version == schema_version(migrations) ? file_state::current : file_state::older;
}

result<void> migrate(connection& file, std::span<migration const> migrations) {
  EVSRC_TRY(file.run("BEGIN IMMEDIATE"));
  auto steps = [&]() -> result<void> {
    auto const version = file.read_integer("PRAGMA user_version");
    if (!version) return fail(version.error());
    for (auto const& step : migrations) {
      if (step.from < *version) continue;
      EVSRC_TRY(file.run(step.sql));
      if (step.convert != nullptr) EVSRC_TRY(step.convert(file));
    }
    auto const marks = "PRAGMA application_id = " + std::to_string(application_id) +
                       "; PRAGMA user_version = " + std::to_string(schema_version(migrations));
    EVSRC_TRY(file.run(marks.c_str()));
    return file.run("COMMIT");
  }();
  if (!steps && !file.is_idle()) {
    // The error that led here is the one to tell.
    if (auto const undone = file.run("ROLLBACK"); !undone) return fail(undone.error());
  }
  return steps;
}

}  // namespace evsrc::sqlite::inline v0::detail
