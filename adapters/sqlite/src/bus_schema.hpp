// SPDX-License-Identifier: Apache-2.0
// The tables of the bus: part of the schema's second version.
#pragma once

namespace evsrc::sqlite::inline v0::detail {

// Why it is cut like this: docs/decisions/0009-sqlite-bus.md.
inline constexpr char const* bus_tables_of_version_2 = R"sql(
CREATE TABLE evsrc_bus_topology (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL,           -- raised whenever an entity or a rule changes
  last_entity INTEGER NOT NULL        -- numbers are never given out again
);
INSERT INTO evsrc_bus_topology VALUES (1, 0, 0);
CREATE TABLE evsrc_bus_entities (
  id INTEGER PRIMARY KEY,             -- its queue is 2 id, that of its dead letters 2 id + 1
  kind INTEGER NOT NULL,              -- 0 queue, 1 topic, 2 subscription
  topic INTEGER NOT NULL,             -- of a subscription, else 0
  folded TEXT NOT NULL UNIQUE,        -- the path with its ASCII letters in lower case
  path TEXT NOT NULL,                 -- as it was created
  status INTEGER NOT NULL,
  flags INTEGER NOT NULL,             -- 1 dead letters on expiry, 2 sessions, 4 duplicate check,
                                      -- 8 dead letters on filter errors
  lock_ms INTEGER NOT NULL,
  max_deliveries INTEGER NOT NULL,
  time_to_live_ms INTEGER,            -- NULL: for ever
  window_ms INTEGER NOT NULL,
  max_message_bytes INTEGER NOT NULL,
  max_bytes INTEGER NOT NULL
);
CREATE TABLE evsrc_bus_rules (
  subscription INTEGER NOT NULL,
  number INTEGER NOT NULL,            -- in the order in which they were added
  name TEXT NOT NULL,
  kind INTEGER NOT NULL,              -- 0 true, 1 false, 2 SQL, 3 correlation
  filter BLOB NOT NULL,
  action TEXT NOT NULL,
  PRIMARY KEY (subscription, number)
) WITHOUT ROWID;
CREATE TABLE evsrc_bus_numbers (      -- of an entity: what changes with its messages
  entity INTEGER PRIMARY KEY,
  last_sequence INTEGER NOT NULL,
  last_dead_sequence INTEGER NOT NULL,
  last_session INTEGER NOT NULL,
  bytes INTEGER NOT NULL,             -- dead letters included; of a topic: its subscriptions, too
  unlock_at INTEGER,                  -- no lock ends before it; NULL: there is none
  dead_unlock_at INTEGER
);
CREATE TABLE evsrc_bus_messages (     -- written once, removed once
  place INTEGER PRIMARY KEY,          -- queue and sequence number
  lane INTEGER NOT NULL,              -- queue and session
  enqueued_at INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  source TEXT NOT NULL,               -- of a dead letter: where it was one
  head BLOB NOT NULL,
  body BLOB NOT NULL
);
-- Each message stands in one of the next four.
CREATE TABLE evsrc_bus_ready (
  lane INTEGER NOT NULL,
  place INTEGER NOT NULL,
  deliveries INTEGER NOT NULL,        -- that failed
  bytes INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (lane, place)
) WITHOUT ROWID;
CREATE INDEX evsrc_bus_ready_by_expiry ON evsrc_bus_ready (expires_at)
  WHERE expires_at IS NOT NULL;
CREATE TABLE evsrc_bus_locked (
  lane INTEGER NOT NULL,
  place INTEGER NOT NULL,
  deliveries INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  expires_at INTEGER,
  nonce INTEGER NOT NULL,             -- in the lock token
  until INTEGER NOT NULL,             -- 0 in a session, whose lock counts
  is_deferred INTEGER NOT NULL,
  PRIMARY KEY (lane, place)
) WITHOUT ROWID;
CREATE TABLE evsrc_bus_deferred (
  lane INTEGER NOT NULL,
  place INTEGER NOT NULL,
  deliveries INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (lane, place)
) WITHOUT ROWID;
CREATE TABLE evsrc_bus_scheduled (
  place INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  due INTEGER NOT NULL
);
CREATE INDEX evsrc_bus_scheduled_by_time ON evsrc_bus_scheduled (due);
CREATE INDEX evsrc_bus_scheduled_by_lane ON evsrc_bus_scheduled (lane);
CREATE TABLE evsrc_bus_sessions (
  lane INTEGER PRIMARY KEY,
  queue INTEGER NOT NULL,
  name TEXT NOT NULL,
  holder INTEGER NOT NULL,            -- another number for each that accepts it; 0: nobody
  until INTEGER NOT NULL,             -- the end of its lock; 0: none
  first INTEGER,                      -- where nobody holds it: its oldest message is not older
  UNIQUE (queue, name)
);
CREATE INDEX evsrc_bus_sessions_held ON evsrc_bus_sessions (queue, until) WHERE until <> 0;
CREATE INDEX evsrc_bus_sessions_free ON evsrc_bus_sessions (queue, first) WHERE first IS NOT NULL;
CREATE TABLE evsrc_bus_session_states (
  lane INTEGER PRIMARY KEY,
  state BLOB NOT NULL
);
CREATE TABLE evsrc_bus_ids (          -- seen by duplicate detection
  entity INTEGER NOT NULL,
  id TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (entity, id)
) WITHOUT ROWID;
CREATE INDEX evsrc_bus_ids_by_time ON evsrc_bus_ids (entity, seen_at);
CREATE TABLE evsrc_bus_removed (      -- entities whose rows are still being removed
  entity INTEGER PRIMARY KEY
);
)sql";

}  // namespace evsrc::sqlite::inline v0::detail
