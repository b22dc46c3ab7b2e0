// SPDX-License-Identifier: Apache-2.0
// The statements of the bus, and what a connection remembers of entities and their numbers.
#include "bus_tables.hpp"

#include <algorithm>

#include "encoding.hpp"
#include "evsrc/bus/message_limits.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr std::size_t remembered = 65'536;

constexpr char const* statements[] = {
    // for reading
    "SELECT version FROM evsrc_bus_topology",
    "SELECT id, kind, topic, path, status, flags, lock_ms, max_deliveries, time_to_live_ms,"
    " window_ms, max_message_bytes, max_bytes FROM evsrc_bus_entities ORDER BY id",
    "SELECT name, kind, filter, action, number FROM evsrc_bus_rules WHERE subscription = ?"
    " ORDER BY number",
    "SELECT last_sequence, last_dead_sequence, last_session, bytes, unlock_at, dead_unlock_at,"
    " expired, received_and_deleted FROM evsrc_bus_numbers WHERE entity = ?",
    "SELECT place, lane, enqueued_at, first_sequence, source, head, body FROM evsrc_bus_messages"
    " WHERE place >= ? AND place < ? ORDER BY place LIMIT ?",
    "SELECT m.place, m.lane, m.enqueued_at, m.first_sequence, m.source, m.head, m.body FROM"
    " (SELECT place FROM evsrc_bus_ready WHERE lane = ?1 AND place >= ?2 UNION ALL"
    " SELECT place FROM evsrc_bus_locked WHERE lane = ?1 AND place >= ?2 UNION ALL"
    " SELECT place FROM evsrc_bus_deferred WHERE lane = ?1 AND place >= ?2 UNION ALL"
    " SELECT place FROM evsrc_bus_scheduled WHERE lane = ?1 AND place >= ?2) p"
    " CROSS JOIN evsrc_bus_messages m ON m.place = p.place ORDER BY m.place LIMIT ?3",
    "SELECT 0, deliveries, expires_at FROM evsrc_bus_ready WHERE lane = ?1 AND place = ?2 UNION ALL"
    " SELECT is_deferred, deliveries, expires_at FROM evsrc_bus_locked"
    "  WHERE lane = ?1 AND place = ?2 UNION ALL"
    " SELECT 1, deliveries, expires_at FROM evsrc_bus_deferred WHERE lane = ?1 AND place = ?2"
    " UNION ALL SELECT 2, 0, NULL FROM evsrc_bus_scheduled WHERE place = ?2 LIMIT 1",
    "SELECT (SELECT count(*) FROM evsrc_bus_ready WHERE lane >= ?1 AND lane < ?2)"
    " + (SELECT count(*) FROM evsrc_bus_locked WHERE lane >= ?1 AND lane < ?2 AND NOT is_deferred),"
    " (SELECT count(*) FROM evsrc_bus_deferred WHERE lane >= ?1 AND lane < ?2)"
    " + (SELECT count(*) FROM evsrc_bus_locked WHERE lane >= ?1 AND lane < ?2 AND is_deferred),"
    " (SELECT count(*) FROM evsrc_bus_scheduled WHERE place >= ?1 AND place < ?2)",
    "PRAGMA data_version",
    "SELECT lane, holder <> 0 OR first IS NOT NULL FROM evsrc_bus_sessions"
    " WHERE queue = ? AND name = ?",
    "SELECT lane, holder, until, name FROM evsrc_bus_sessions WHERE lane = ?",
    "SELECT state FROM evsrc_bus_session_states WHERE lane = ?",
    "SELECT name FROM evsrc_bus_sessions s WHERE queue = ? AND name > ? AND ("
    " EXISTS (SELECT 1 FROM evsrc_bus_ready r WHERE r.lane = s.lane)"
    " OR EXISTS (SELECT 1 FROM evsrc_bus_locked r WHERE r.lane = s.lane)"
    " OR EXISTS (SELECT 1 FROM evsrc_bus_deferred r WHERE r.lane = s.lane)"
    " OR EXISTS (SELECT 1 FROM evsrc_bus_scheduled r WHERE r.lane = s.lane)"
    " OR EXISTS (SELECT 1 FROM evsrc_bus_session_states r WHERE r.lane = s.lane))"
    " ORDER BY name LIMIT ?",
    "SELECT 1 FROM evsrc_bus_ready WHERE lane >= ? AND lane <= ? LIMIT 1",
    "SELECT due FROM evsrc_bus_scheduled ORDER BY due LIMIT 1",
    "SELECT expires_at FROM evsrc_bus_ready WHERE expires_at IS NOT NULL ORDER BY expires_at"
    " LIMIT 1",
    "SELECT until FROM evsrc_bus_sessions WHERE queue = ? AND until <> 0 ORDER BY until LIMIT 1",
    "BEGIN",
    "COMMIT",
    // for writing
    "INSERT OR REPLACE INTO evsrc_bus_numbers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "INSERT INTO evsrc_bus_messages VALUES (?, ?, ?, ?, ?, ?, ?)",
    "SELECT place, lane, enqueued_at, first_sequence, source, head, body FROM evsrc_bus_messages"
    " WHERE place = ?",
    "DELETE FROM evsrc_bus_messages WHERE place = ?",
    "UPDATE evsrc_bus_messages SET place = ?, enqueued_at = ? WHERE place = ?",
    "UPDATE evsrc_bus_messages SET head = ? WHERE place = ?",
    "INSERT INTO evsrc_bus_ready VALUES (?, ?, ?, ?, ?)",
    "SELECT place, deliveries, bytes, expires_at FROM evsrc_bus_ready WHERE lane = ?"
    " ORDER BY place LIMIT ?",
    "DELETE FROM evsrc_bus_ready WHERE lane = ? AND place = ?",
    "SELECT place FROM evsrc_bus_ready WHERE lane = ? ORDER BY place LIMIT 1",
    "INSERT INTO evsrc_bus_locked VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    "SELECT deliveries, bytes, expires_at, is_deferred, nonce, until FROM evsrc_bus_locked"
    " WHERE lane = ? AND place = ?",
    "SELECT place, deliveries, bytes, expires_at, is_deferred, until FROM evsrc_bus_locked"
    " WHERE lane = ? ORDER BY place",
    "UPDATE evsrc_bus_locked SET until = ? WHERE lane = ? AND place = ?",
    "DELETE FROM evsrc_bus_locked WHERE lane = ? AND place = ?",
    "INSERT INTO evsrc_bus_deferred VALUES (?, ?, ?, ?, ?)",
    "SELECT deliveries, bytes, expires_at FROM evsrc_bus_deferred WHERE lane = ? AND place = ?",
    "DELETE FROM evsrc_bus_deferred WHERE lane = ? AND place = ?",
    "INSERT INTO evsrc_bus_scheduled VALUES (?, ?, ?, ?)",
    "SELECT place, lane, bytes, due FROM evsrc_bus_scheduled WHERE due <= ? ORDER BY due, place"
    " LIMIT ?",
    "SELECT lane, bytes FROM evsrc_bus_scheduled WHERE place = ?",
    "DELETE FROM evsrc_bus_scheduled WHERE place = ?",
    "SELECT lane, place, deliveries, bytes, expires_at FROM evsrc_bus_ready"
    " WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at, lane, place LIMIT ?",
    "INSERT INTO evsrc_bus_sessions VALUES (?, ?, ?, 0, 0, NULL)",
    "UPDATE evsrc_bus_sessions SET holder = ?, until = ?, first = NULL WHERE lane = ?",
    "UPDATE evsrc_bus_sessions SET holder = 0, until = 0, first = ? WHERE lane = ?",
    "SELECT lane, first FROM evsrc_bus_sessions WHERE queue = ? AND first IS NOT NULL"
    " ORDER BY first LIMIT 1",
    "UPDATE evsrc_bus_sessions SET first = ? WHERE lane = ?",
    "DELETE FROM evsrc_bus_sessions WHERE lane = ?",
    "SELECT EXISTS (SELECT 1 FROM evsrc_bus_ready WHERE lane = ?1)"
    " OR EXISTS (SELECT 1 FROM evsrc_bus_locked WHERE lane = ?1)"
    " OR EXISTS (SELECT 1 FROM evsrc_bus_deferred WHERE lane = ?1)"
    " OR EXISTS (SELECT 1 FROM evsrc_bus_scheduled WHERE lane = ?1)"
    " OR EXISTS (SELECT 1 FROM evsrc_bus_session_states WHERE lane = ?1)",
    "SELECT lane FROM evsrc_bus_sessions WHERE queue = ? AND until <> 0 AND until <= ?"
    " ORDER BY until LIMIT ?",
    "INSERT OR REPLACE INTO evsrc_bus_session_states VALUES (?, ?)",
    "DELETE FROM evsrc_bus_session_states WHERE lane = ?",
    "SELECT seen_at FROM evsrc_bus_ids WHERE entity = ? AND id = ?",
    "INSERT OR REPLACE INTO evsrc_bus_ids VALUES (?, ?, ?)",
    "DELETE FROM evsrc_bus_ids WHERE entity = ?1 AND id IN (SELECT id FROM evsrc_bus_ids"
    " INDEXED BY evsrc_bus_ids_by_time WHERE entity = ?1 AND seen_at <= ?2 LIMIT 2)",
    "SELECT 1 FROM (SELECT key FROM evsrc_outbox INDEXED BY evsrc_outbox_due"
    " WHERE destination = ?1 AND not_before <= ?3 AND refused_at IS NULL LIMIT ?4) WHERE key = ?2"
    " UNION ALL SELECT 1 FROM evsrc_outbox INDEXED BY evsrc_outbox_held"
    " WHERE destination = ?1 AND key = ?2 AND holds_key = 1"
    " UNION ALL SELECT 1 FROM (SELECT 1 FROM evsrc_outbox INDEXED BY evsrc_outbox_due"
    " WHERE destination = ?1 AND not_before <= ?3 AND refused_at IS NULL LIMIT 1 OFFSET ?4)"
    " LIMIT 1",
    "SELECT entity FROM evsrc_bus_removed LIMIT 1",
};

void put_time(statement& into, int parameter, std::int64_t time) {
  if (time == never) {
    into.null(parameter);
  } else {
    into.integer(parameter, time);
  }
}
std::int64_t time_at(statement const& row, int column) {
  return row.is_null_at(column) ? never : row.integer_at(column);
}

}  // namespace

bool is_verdict(error const& told) noexcept {
  return told.native_code == 0 && told.code != errc::corrupt && told.code != errc::malformed;
}

error bus_tables::at_item(char const* list, std::size_t index, error told) {
  if (!is_verdict(told)) return told;
  bool const names_a_field =
      told.code == errc::invalid_argument || told.code == errc::limit_exceeded;
  told.message.insert(
      0, std::string{list} + "[" + std::to_string(index) + "]" + (names_a_field ? "." : ": "));
  return told;
}

prepared_batch prepare_batch(std::span<message const> batch, timestamp now, random_source& random,
                             timestamp enqueue_at) {
  prepared_batch made;
  bool const is_complete = enqueue_at == timestamp{} &&
                           std::all_of(batch.begin(), batch.end(),
                                       [](message const& one) { return !one.id.value.empty(); });
  if (!is_complete) {
    made.owned.assign(batch.begin(), batch.end());
    for (auto& one : made.owned) {
      if (one.id.value.empty()) one.id.value = to_string(make_event_id(now, random));
      if (enqueue_at != timestamp{}) one.enqueue_at = enqueue_at;
    }
  }
  made.messages = is_complete ? batch : std::span<message const>{made.owned};
  made.heads.resize(batch.size());
  made.bytes.resize(batch.size());
  for (std::size_t i = 0; i != batch.size(); ++i) {
    encode_head(made.messages[i], made.heads[i]);
    made.bytes[i] = static_cast<std::int64_t>(size_bytes(made.messages[i]));
  }
  return made;
}

result<void> bus_tables::prepare(bus_sql from, bus_sql to) {
  static_assert(std::size(statements) == statement_count);
  for (std::size_t i = from; i != to; ++i) {
    auto prepared = file_.prepare(statements[i]);
    if (!prepared) return fail(prepared.error());
    sql_[i] = std::move(*prepared);
  }
  return {};
}

result<void> bus_tables::get_ready(bool writes) {
  if (!is_prepared_[0]) EVSRC_TRY(prepare(bus_sql{}, read_count));
  is_prepared_[0] = true;
  if (writes && !is_prepared_[1]) {
    EVSRC_TRY(prepare(read_count, statement_count));
    is_prepared_[1] = true;
  }
  return {};
}

void bus_tables::forget() noexcept {
  ++generation_;
  is_checked_ = false;
  changed_.clear();
  next_due_ = 0;
  next_expiry_ = 0;
  sessions_.clear();
}

void bus_tables::drop() noexcept {
  forget();
  version_ = -1;
}

result<void> bus_tables::flush() {
  for (auto* const one : changed_) {
    auto& numbers = one->numbers;
    auto& put = sql_[put_numbers];
    put.integer(1, one->id).integer(2, numbers.last_sequence[0]);
    put.integer(3, numbers.last_sequence[1]).integer(4, numbers.last_session);
    put.integer(5, numbers.bytes);
    put_time(put, 6, numbers.unlock_at[0]);
    put_time(put, 7, numbers.unlock_at[1]);
    put.integer(8, numbers.expired).integer(9, numbers.received_and_deleted);
    EVSRC_TRY(put.run());
    numbers.is_changed = false;
  }
  changed_.clear();
  if (sessions_.size() > remembered) sessions_.clear();
  return {};
}

result<void> bus_tables::learn_topology() {
  if (is_checked_) return {};
  auto& find = sql_[find_topology];
  statement::rewind const again{find};
  auto const row = find.next();
  if (!row) return fail(row.error());
  if (!*row) return fail(errc::corrupt, "evsrc_bus_topology is empty", "sqlite.bus");
  auto const version = find.integer_at(0);
  if (version != version_) {
    EVSRC_TRY(flush());
    EVSRC_TRY(load_entities());
    version_ = version;
  }
  is_checked_ = true;
  return {};
}

result<void> bus_tables::load_entities() {
  entities_.clear();
  by_id_.clear();
  paths_.clear();
  auto& list = sql_[bus_sql::list_entities];
  statement::rewind const again{list};
  for (;;) {
    auto const more = list.next();
    if (!more) return fail(more.error());
    if (!*more) return {};
    auto made = std::make_unique<bus_entity>();
    made->id = list.integer_at(0);
    made->kind = static_cast<entity_kind>(list.integer_at(1));
    made->path = std::string{list.bytes_at(3)};
    auto& with = made->settings;
    with.status = static_cast<entity_status>(list.integer_at(4));
    auto const flags = list.integer_at(5);
    with.dead_letter_on_expiration = (flags & 1) != 0;
    with.requires_session = (flags & 2) != 0;
    with.requires_duplicate_detection = (flags & 4) != 0;
    made->dead_letters_filter_errors = (flags & 8) != 0;
    with.lock_duration = std::chrono::milliseconds{list.integer_at(6)};
    with.max_delivery_count = static_cast<std::uint32_t>(list.integer_at(7));
    if (!list.is_null_at(8))
      with.default_time_to_live = std::chrono::milliseconds{list.integer_at(8)};
    with.duplicate_detection_window = std::chrono::milliseconds{list.integer_at(9)};
    with.max_message_bytes = static_cast<std::size_t>(list.integer_at(10));
    with.max_size_bytes = list.number_at(11);
    if (auto const topic = by_id_.find(list.integer_at(2)); topic != by_id_.end()) {
      made->topic = topic->second;
      topic->second->subscriptions.push_back(made.get());
    }
    by_id_.emplace(made->id, made.get());
    auto folded_path = folded(made->path);
    entities_.emplace(std::move(folded_path), std::move(made));
  }
}

result<void> bus_tables::load_numbers(bus_entity& of) {
  auto& numbers = of.numbers;
  if (numbers.known_since == generation_) return {};
  auto& find = sql_[find_numbers];
  statement::rewind const again{find};
  auto const row = find.integer(1, of.id).next();
  if (!row) return fail(row.error());
  numbers = {};
  if (*row) {
    numbers.last_sequence[0] = find.integer_at(0);
    numbers.last_sequence[1] = find.integer_at(1);
    numbers.last_session = find.integer_at(2);
    numbers.bytes = find.integer_at(3);
    numbers.unlock_at[0] = time_at(find, 4);
    numbers.unlock_at[1] = time_at(find, 5);
    numbers.expired = find.integer_at(6);
    numbers.received_and_deleted = find.integer_at(7);
  }
  numbers.known_since = generation_;
  return {};
}

void bus_tables::change(bus_entity& of) {
  if (std::exchange(of.numbers.is_changed, true)) return;
  changed_.push_back(&of);
}

result<void> bus_tables::add_bytes(bus_entity& of, std::int64_t bytes) {
  for (auto* one = &of; one != nullptr; one = one->topic) {
    EVSRC_TRY(load_numbers(*one));
    one->numbers.bytes += bytes;
    change(*one);
  }
  return {};
}

void bus_tables::note_news(std::int64_t lane) {
  if (news_.empty() || news_.back() != lane) news_.push_back(lane);
}

result<std::int64_t> bus_tables::next_place(queue_ref in) {
  EVSRC_TRY(load_numbers(*in.entity));
  if (in.last_sequence() == number_max)
    return fail(errc::limit_exceeded, in.entity->path + " has given out its last sequence number",
                "sqlite.bus");
  change(*in.entity);
  return place_of(in.number(), ++in.last_sequence());
}

result<queue_ref> bus_tables::find(std::string_view path) {
  EVSRC_TRY(get_ready(false));
  EVSRC_TRY(learn_topology());
  if (auto const known = paths_.find(path); known != paths_.end()) return known->second;
  auto parsed = parse_entity_path(path);
  if (!parsed) return fail(std::move(parsed.error()));
  bool const is_dead_letter = std::exchange(parsed->is_dead_letter, false);
  auto const found = entities_.find(folded(to_string(*parsed)));
  if (found == entities_.end() || (is_dead_letter && found->second->kind == entity_kind::topic))
    return fail(errc::not_found, "entity: there is no " + std::string{path}, "sqlite.bus");
  queue_ref const known{found->second.get(), is_dead_letter};
  if (paths_.size() > remembered) paths_.clear();
  paths_.emplace(path, known);
  return known;
}

result<queue_ref> bus_tables::find_for_writing(std::string_view path) {
  EVSRC_TRY(get_ready(true));
  auto found = find(path);
  if (found) EVSRC_TRY(load_numbers(*found->entity));
  return found;
}

result<bus_entity*> bus_tables::find(std::string_view path, entity_kind kind) {
  auto const found = find(path);
  if (!found) return fail(found.error());
  if (found->entity->kind == kind && !found->is_dead_letter) return found->entity;
  constexpr char const* names[] = {"queue", "topic", "subscription"};
  return fail(errc::not_found,
              std::string{path} + " is no " + names[static_cast<std::size_t>(kind)], "sqlite.bus");
}

bus_entity* bus_tables::entity_at(std::int64_t place) const noexcept {
  auto const found = by_id_.find(queue_of(place) / 2);
  return found == by_id_.end() ? nullptr : found->second;
}

result<std::int64_t> bus_tables::read_time(bus_sql which) {
  auto& find = sql_[which];
  statement::rewind const again{find};
  auto const row = find.next();
  if (!row) return fail(row.error());
  return *row ? find.integer_at(0) : never;
}

result<std::int64_t> bus_tables::file_version() {
  EVSRC_TRY(get_ready(false));
  return read_time(data_version);
}

}  // namespace evsrc::sqlite::inline v0::detail
