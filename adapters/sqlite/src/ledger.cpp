// SPDX-License-Identifier: Apache-2.0
// The writer's transaction, what it remembers between two of them, and small tables.
#include "ledger.hpp"

#include "encoding.hpp"
#include "schema.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr std::size_t streams_remembered = 65'536;

constexpr char const* statements[] = {
    "BEGIN IMMEDIATE",
    "COMMIT",
    "PRAGMA user_version",
    "SELECT max(position_floor, coalesce((SELECT max(position) FROM evsrc_events), 0)), epoch"
    " FROM evsrc_store",
    "SELECT id FROM evsrc_streams WHERE category = ? AND key = ?",
    "SELECT max(version) FROM evsrc_events INDEXED BY evsrc_events_by_stream WHERE stream = ?",
    "INSERT INTO evsrc_streams (category, key) VALUES (?, ?) RETURNING id",
    "INSERT INTO evsrc_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "INSERT INTO evsrc_kinds VALUES (?, ?, ?, ?)",
    "INSERT OR IGNORE INTO evsrc_tags VALUES (?, ?)",
    "SELECT kind, meta FROM evsrc_events WHERE position = ?",
    "SELECT fingerprint, receipt, outcome FROM evsrc_once"
    " WHERE scope = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)",
    "INSERT OR REPLACE INTO evsrc_once VALUES (?, ?, ?, ?, ?, ?)",
    "SELECT epoch, heartbeat, holder FROM evsrc_owners WHERE name = ?",
    "INSERT OR REPLACE INTO evsrc_owners VALUES (?, ?, ?, ?)",
    "SELECT position FROM evsrc_checkpoints WHERE name = ?",
    "INSERT OR REPLACE INTO evsrc_checkpoints VALUES (?, ?)",
    "SELECT 1 FROM evsrc_outbox WHERE id = ?",
    "INSERT INTO evsrc_outbox VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL,"
    " NULL, NULL, NULL)",
    "DELETE FROM evsrc_outbox WHERE id = ?",
    "DELETE FROM evsrc_outbox WHERE sequence = ?",
    "UPDATE evsrc_outbox SET refused_at = ?, reason = ?, description = ?, holds_key = ?"
    " WHERE sequence = ?",
    "UPDATE evsrc_outbox SET refused_at = NULL, reason = NULL, description = NULL,"
    " holds_key = NULL WHERE sequence = ?",
};

}  // namespace

ledger::ledger(connection writer, store_identity identity)
    : file_(std::move(writer)), identity_(std::move(identity)), walks_(file_), user_sql_(file_) {
  static_assert(std::size(statements) == statement_count);
}

result<void> ledger::prepare_statements() {
  for (std::size_t i = 0; i != sql_.size(); ++i) {
    auto prepared = file_.prepare(statements[i]);
    if (!prepared) return fail(prepared.error());
    sql_[i] = std::move(*prepared);
  }
  return {};
}

void ledger::forget() noexcept {
  is_fresh_ = false;
  written_sequence_ = 0;
  streams_.clear();
  kinds_.clear();
  if (bus_) bus_->forget();
}

bus_tables& ledger::bus() {
  if (!bus_) bus_ = std::make_unique<bus_tables>(file_);
  return *bus_;
}

std::vector<std::int64_t> ledger::take_news() {
  return bus_ ? bus_->take_news() : std::vector<std::int64_t>{};
}

result<void> ledger::begin() {
  EVSRC_TRY(sql_[begin_immediate].run());
  if (is_fresh_ && file_.data_version() == seen_version_) {
    if (streams_.size() > streams_remembered) streams_.clear();
    return {};
  }
  forget();
  auto known = check_schema_version();
  if (known) known = learn_head();
  if (known) known = kinds_.refresh(file_);
  if (!known) rollback();
  return known;
}

result<void> ledger::check_schema_version() {
  auto& find = sql_[find_schema_version];
  statement::rewind const again{find};
  auto const row = find.next();
  if (!row) return fail(row.error());
  return check_version(find.integer_at(0), all_migrations());
}

result<void> ledger::learn_head() {
  auto& find = sql_[find_head];
  statement::rewind const again{find};
  auto const row = find.next();
  if (!row) return fail(row.error());
  head_ = *row ? find.number_at(0) : 0;
  // Who opened the file since may have raised it: what goes on in an epoch that has ended gets
  // positions in front of those that were read (G7).
  if (*row) EVSRC_TRY(identity_.catch_up(file_, find.number_at(1)));
  is_fresh_ = true;
  return {};
}

result<void> ledger::commit() {
  if (bus_) EVSRC_TRY(bus_->flush());
  EVSRC_TRY(sql_[commit_all].run());
  seen_version_ = file_.data_version();
  committed_head_ = head_;
  if (written_sequence_ != 0) last_sequence_ = std::exchange(written_sequence_, 0);
  return {};
}

void ledger::rollback() noexcept {
  forget();
  if (bus_) {
    bus_->drop();
    static_cast<void>(bus_->take_news());
  }
  user_sql_.clear();  // a kept statement in the middle of its rows would hold the transaction
  if (file_.is_idle()) return;
  // An error that rolled back by itself leaves nothing to do; another one shows at the next BEGIN.
  static_cast<void>(file_.run("ROLLBACK"));
}

result<stream_place*> ledger::locate(stream_id const& stream) {
  // The length in front keeps categories apart that hold the beginning of another one's key.
  stream_key_.assign(1, static_cast<char>(stream.category.size()));
  stream_key_.append(stream.category).append(stream.key);
  if (auto const found = streams_.find(std::string_view{stream_key_}); found != streams_.end())
    return &found->second;

  stream_place place;
  auto& find = sql_[find_stream];
  find.text(1, stream.category).text(2, stream.key);
  auto const known = find.next();
  if (!known) return fail(known.error());
  if (*known) {
    place.id = find.integer_at(0);
    find.reset();
    auto& version = sql_[find_version];
    version.integer(1, place.id);
    auto const row = version.next();
    if (!row) return fail(row.error());
    place.version = version.number_at(0);  // NULL, for a stream without events, reads as 0
    version.reset();
  }
  return &streams_.emplace(stream_key_, place).first->second;
}

result<std::int64_t> ledger::add_stream(stream_id const& stream) {
  auto& insert = sql_[insert_stream];
  insert.text(1, stream.category).text(2, stream.key);
  auto const row = insert.next();
  if (!row) return fail(row.error());
  auto const id = insert.integer_at(0);
  EVSRC_TRY(insert.run());
  return id;
}

result<std::int64_t> ledger::kind_of(std::string_view category, new_event const& event) {
  if (auto const* known = kinds_.find(category, event.name, event.version)) return known->id;
  event_kind made{static_cast<std::int64_t>(kinds_.size()) + 1, std::string{category}, event.name,
                  event.version};
  auto& insert = sql_[insert_kind];
  insert.integer(1, made.id).text(2, made.category).text(3, made.name);
  EVSRC_TRY(insert.integer(4, std::int64_t{made.version}).run());
  auto const id = made.id;
  kinds_.add(std::move(made));
  return id;
}

result<std::size_t> ledger::remove_expired(std::size_t limit, timestamp now) {
  auto prepared = file_.prepare(
      "DELETE FROM evsrc_once WHERE (scope, key) IN (SELECT scope, key FROM evsrc_once"
      " WHERE expires_at IS NOT NULL AND expires_at <= ? LIMIT ?) RETURNING 1");
  if (!prepared) return fail(prepared.error());
  prepared->integer(1, as_integer(now)).integer(2, std::uint64_t{limit});
  for (std::size_t count = 0;; ++count) {
    auto const more = prepared->next();
    if (!more) return fail(more.error());
    if (!*more) return count;
  }
}

result<void> ledger::save_snapshot(stream_id const& stream, snapshot const& what) {
  auto const place = locate(stream);
  if (!place) return fail(place.error());
  if ((*place)->id == 0) {
    auto const id = add_stream(stream);
    if (!id) return fail(id.error());
    (*place)->id = *id;
  }
  auto prepared = file_.prepare(
      "INSERT INTO evsrc_snapshots VALUES (?, ?, ?, ?) ON CONFLICT (stream) DO UPDATE SET"
      " version = excluded.version, fingerprint = excluded.fingerprint, state = excluded.state"
      " WHERE version <= excluded.version");
  if (!prepared) return fail(prepared.error());
  prepared->integer(1, (*place)->id).integer(2, what.version);
  return prepared->blob(3, what.fingerprint).blob(4, what.state).run();
}

result<void> ledger::remove_snapshot(stream_id const& stream) {
  auto const place = locate(stream);
  if (!place) return fail(place.error());
  auto prepared = file_.prepare("DELETE FROM evsrc_snapshots WHERE stream = ?");
  if (!prepared) return fail(prepared.error());
  return prepared->integer(1, (*place)->id).run();
}

}  // namespace evsrc::sqlite::inline v0::detail
