// SPDX-License-Identifier: Apache-2.0
// Reading events: one stream, or a scope of the whole order.
#include "reader.hpp"

#include <algorithm>

#include "encoding.hpp"
#include "evsrc/core/limits.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr std::size_t keys_remembered = 65'536;
/// A scan that finds less than one in eight is given up for the indexes.
constexpr std::size_t scan_patience = 256;
constexpr std::size_t scan_ratio = 8;

#define EVENT_COLUMNS "SELECT position, stream, version, kind, time, checksum, id, meta, payload "
#define OUTBOX_COLUMNS                                                                   \
  "SELECT sequence, id, destination, key, type, type_version, not_before, content_type," \
  " correlation, causation, trace_parent, properties, body, time_to_live, committed_at," \
  " refused_at, reason, description, holds_key FROM evsrc_outbox "
#define IS_HELD                                                                   \
  "EXISTS (SELECT 1 FROM evsrc_outbox AS held INDEXED BY evsrc_outbox_held WHERE" \
  " held.destination = waiting.destination AND held.key = waiting.key AND held.holds_key = 1)"
constexpr char const* statements[] = {
    "SELECT id FROM evsrc_streams WHERE category = ? AND key = ?",
    EVENT_COLUMNS
    "FROM evsrc_events INDEXED BY evsrc_events_by_stream"
    " WHERE stream = ? AND version > ? ORDER BY version",
    EVENT_COLUMNS
    "FROM evsrc_events INDEXED BY evsrc_events_by_stream"
    " WHERE stream = ? AND version < ? ORDER BY version DESC",
    "SELECT max(version) FROM evsrc_events INDEXED BY evsrc_events_by_stream WHERE stream = ?",
    EVENT_COLUMNS "FROM evsrc_events WHERE position > ? ORDER BY position",
    EVENT_COLUMNS "FROM evsrc_events WHERE position < ? ORDER BY position DESC",
    EVENT_COLUMNS "FROM evsrc_events WHERE position = ?",
    "SELECT key FROM evsrc_streams WHERE id = ?",
    "SELECT max(position_floor, coalesce((SELECT max(position) FROM evsrc_events), 0)), epoch"
    " FROM evsrc_store",
    "SELECT s.key, (SELECT max(version) FROM evsrc_events e INDEXED BY evsrc_events_by_stream"
    " WHERE e.stream = s.id) FROM evsrc_streams s WHERE s.category = ? AND s.key > ? ORDER BY "
    "s.key",
    "SELECT position FROM evsrc_checkpoints WHERE name = ?",
    "SELECT epoch, heartbeat, holder FROM evsrc_owners WHERE name = ?",
    "SELECT fingerprint, receipt, outcome, expires_at FROM evsrc_once"
    " WHERE scope = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)",
    "SELECT version, fingerprint, state FROM evsrc_snapshots WHERE stream = ?",
    OUTBOX_COLUMNS "WHERE sequence > ? AND refused_at IS NULL ORDER BY sequence LIMIT ?",
    OUTBOX_COLUMNS "WHERE sequence > ? AND refused_at IS NOT NULL ORDER BY sequence LIMIT ?",
    OUTBOX_COLUMNS "WHERE sequence = ?",
    "SELECT min(destination) FROM evsrc_outbox INDEXED BY evsrc_outbox_due"
    " WHERE destination > ? AND refused_at IS NULL",
    "SELECT min(destination) FROM evsrc_outbox INDEXED BY evsrc_outbox_refused"
    " WHERE destination > ? AND refused_at IS NOT NULL",
    "SELECT not_before, sequence, slot FROM evsrc_outbox AS waiting INDEXED BY evsrc_outbox_due"
    " WHERE destination = ? AND (not_before, sequence) > (?, ?) AND not_before <= ?"
    " AND refused_at IS NULL AND NOT " IS_HELD " ORDER BY not_before, sequence",
    "SELECT committed_at FROM evsrc_outbox WHERE sequence = ?",
    "SELECT min(not_before) FROM evsrc_outbox INDEXED BY evsrc_outbox_due"
    " WHERE destination = ? AND not_before > ? AND refused_at IS NULL",
    "SELECT count(*), count(*) FILTER (WHERE not_before <= ?2),"
    " count(*) FILTER (WHERE not_before <= ?2 AND " IS_HELD
    ") FROM evsrc_outbox AS waiting INDEXED BY evsrc_outbox_due"
    " WHERE destination = ?1 AND refused_at IS NULL",
    "SELECT count(*) FROM evsrc_outbox INDEXED BY evsrc_outbox_refused"
    " WHERE destination = ? AND refused_at IS NOT NULL",
    "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'evsrc_outbox'",
    "SELECT unsynced_boot <> '' FROM evsrc_store",
};
#undef IS_HELD
#undef OUTBOX_COLUMNS
#undef EVENT_COLUMNS

result<void> check_max(char const* field, std::size_t wanted, std::size_t most) {
  if (wanted == 0) return invalid(field, "0, but a page holds at least one");
  if (wanted > most)
    return fail(errc::limit_exceeded, std::string(field) + ": " + std::to_string(wanted) +
                                          ", at most " + std::to_string(most) + " are allowed");
  return {};
}

result<void> check_query(evsrc::query const& what) {
  if (what.items.empty()) return {};
  EVSRC_TRY(check_max("query.items", what.items.size(), limits::query_items));
  for (auto const& item : what.items) {
    if (!item.names.empty())
      EVSRC_TRY(check_max("query.items.names", item.names.size(), limits::query_names_per_item));
    if (!item.tags.empty())
      EVSRC_TRY(check_max("query.items.tags", item.tags.size(), limits::query_tags_per_item));
  }
  return {};
}

}  // namespace

struct reader::scope_plan {
  std::vector<bool> kinds;               ///< wanted ones by id; empty: all
  bool is_nothing = false;               ///< no kind is wanted
  evsrc::query const* filter = nullptr;  ///< with tags: read by index, compare the texts
  std::uint64_t head = 0;
};

reader::reader(connection& file, user_sql& users, store_identity identity, bool verifies)
    : file_(file),
      identity_(std::move(identity)),
      verifies_(verifies),
      walks_(file),
      user_sql_(users) {
  static_assert(std::size(statements) == statement_count);
}

result<void> reader::prepare_statements() {
  for (std::size_t i = 0; i != sql_.size(); ++i) {
    auto prepared = file_.prepare(statements[i]);
    if (!prepared) return fail(prepared.error());
    sql_[i] = std::move(*prepared);
  }
  return {};
}

result<std::int64_t> reader::locate(stream_id const& stream) {
  auto& find = sql_[find_stream];
  statement::rewind const again{find};
  auto const known = find.text(1, stream.category).text(2, stream.key).next();
  if (!known) return fail(known.error());
  return *known ? find.integer_at(0) : 0;
}

std::int64_t reader::expect_key(statement const& row) const noexcept {
  auto const stream = row.integer_at(1);
  auto const slot = static_cast<std::size_t>(stream) % keys_remembered;
  if (slot < keys_.size()) __builtin_prefetch(&keys_[slot]);
  return stream;
}

/// The key lives in `seen` until another stream takes its slot, so no longer than one row.
result<void> reader::take_key(std::int64_t stream, event_view& seen) {
  auto const slot = static_cast<std::size_t>(stream) % keys_remembered;
  if (keys_.size() <= slot) keys_.resize(slot + 1);
  known_key& known = keys_[slot];
  if (known.stream == stream) [[likely]] {
    seen.key = known.key;
    return {};
  }
  auto& find = sql_[find_key];
  statement::rewind const again{find};
  auto const there = find.integer(1, stream).next();
  if (!there) return fail(there.error());
  if (!*there)
    return fail(errc::corrupt, "evsrc_streams: stream " + std::to_string(stream) + " is missing",
                "sqlite.read");
  known = {stream, std::string{find.bytes_at(0)}};
  seen.key = known.key;
  return {};
}

result<event_kind const*> reader::kind_of(std::int64_t id) {
  auto const* found = kinds_.find(id);
  if (found == nullptr) {
    EVSRC_TRY(kinds_.refresh(file_));
    found = kinds_.find(id);
  }
  if (found == nullptr)
    return fail(errc::corrupt, "evsrc_kinds: kind " + std::to_string(id) + " is missing",
                "sqlite.read");
  return found;
}

result<void> reader::take_row(statement& row, event_view& seen) {
  auto const kind = kind_of(row.integer_at(3));
  if (!kind) return fail(kind.error());
  seen.position = position{row.number_at(0)};
  seen.version = row.number_at(2);
  seen.category = (*kind)->category;
  seen.name = (*kind)->name;
  seen.event_version = (*kind)->version;
  seen.time = as_timestamp(row.integer_at(4));
  auto const id = row.bytes_at(6);
  if (id.size() == seen.id.octets.size())
    std::copy(id.begin(), id.end(), reinterpret_cast<char*>(seen.id.octets.data()));
  seen.encoded_metadata = row.bytes_at(7);
  seen.payload = row.bytes_at(8);
  return verifies_ ? verify_row(row, seen) : result<void>{};
}

result<void> reader::verify_row(statement& row, event_view const& seen) const {
  auto const content = hash_content(seen.id, seen.time, seen.encoded_metadata, seen.payload);
  auto const wanted = checksum_of(content, row.integer_at(1), seen.version, row.integer_at(3));
  if (wanted == row.integer_at(5)) return {};
  return fail(errc::corrupt,
              "the event at position " + std::to_string(seen.position.value) +
                  " is not as it was written: its checksum differs",
              "sqlite.read");
}

reader::outcome reader::add(event_page& page, event_view const& seen, page_bounds bounds) {
  auto const bytes = page.size_bytes() + seen.payload.size() + seen.encoded_metadata.size();
  if (page.size() == bounds.max_events || (!page.empty() && bytes > bounds.max_bytes))
    return outcome::full;
  page.add(seen);
  return outcome::added;
}

result<event_page> reader::read(stream_read const& what) {
  EVSRC_TRY(check_max("max_events", what.max_events, limits::page_events));
  view const moment{file_};
  EVSRC_TRY(moment.began());
  event_page page;
  auto const stream = locate(what.stream);
  if (!stream) return fail(stream.error());
  stream_version version = 0;
  if (*stream != 0) {
    auto& find = sql_[stream_version_of];
    statement::rewind const again{find};
    auto const row = find.integer(1, *stream).next();
    if (!row) return fail(row.error());
    version = find.number_at(0);
  }
  bool const up = what.order == direction::forwards;
  bool is_full = false;
  std::uint64_t last = 0;
  if (version != 0) {
    auto& rows = sql_[up ? stream_up : stream_down];
    statement::rewind const again{rows};
    auto const from = up || what.from != 0 ? what.from : version + 1;
    rows.integer(1, *stream).integer(2, std::min(from, no_position));
    event_view seen;
    seen.key = what.stream.key;
    while (!is_full) {
      auto const more = rows.next();
      if (!more) return fail(more.error());
      if (!*more) break;
      EVSRC_TRY(take_row(rows, seen));
      is_full = add(page, seen, {what.max_events, what.max_bytes}) == outcome::full;
      if (!is_full) last = seen.position.value;
    }
  }
  if (!is_full) {
    auto const end = up ? head() : result<std::uint64_t>{0};
    if (!end) return fail(end.error());
    last = *end;
  }
  page.finish(identity_.at(last), !is_full, version);
  return page;
}

result<reader::scope_plan> reader::plan_of(scope_read const& what) {
  scope_plan plan;
  auto const end = head();
  if (!end) return fail(end.error());
  plan.head = *end;
  EVSRC_TRY(identity_.know(what.from, plan.head));
  EVSRC_TRY(kinds_.refresh(file_));
  auto const pick = [&](auto wanted) {
    plan.kinds.assign(kinds_.size() + 1, false);
    plan.is_nothing = true;
    for (auto const& kind : kinds_.all()) {
      if (!wanted(*kind)) continue;
      plan.kinds[static_cast<std::size_t>(kind->id)] = true;
      plan.is_nothing = false;
    }
  };
  if (auto const* of = std::get_if<events_of_category>(&what.scope)) {
    pick([&](event_kind const& kind) { return kind.category == of->category; });
  } else if (auto const* query = std::get_if<evsrc::query>(&what.scope)) {
    EVSRC_TRY(check_query(*query));
    if (has_tags(*query)) {
      plan.filter = query;
    } else if (!query->items.empty()) {
      pick([&](event_kind const& kind) { return matches(*query, kind.name, {}); });
    }
  }
  return plan;
}

result<event_page> reader::query(scope_read const& what) {
  EVSRC_TRY(check_max("max_events", what.max_events, limits::page_events));
  view const moment{file_};
  EVSRC_TRY(moment.began());
  auto const plan = plan_of(what);
  if (!plan) return fail(plan.error());
  return scan(what, *plan);
}

// Rows in their order, as long as enough of them are wanted; the rest by index.
result<event_page> reader::scan(scope_read const& what, scope_plan const& plan) {
  bool const up = what.order == direction::forwards;
  event_page page;
  std::uint64_t last = up || !what.from.is_start() ? what.from.major() : no_position;
  bool is_full = false;
  bool is_scanned = plan.is_nothing;
  if (!is_scanned && plan.filter == nullptr) {
    auto& rows = sql_[up ? scan_up : scan_down];
    statement::rewind const again{rows};
    rows.integer(1, last);
    event_view seen;
    for (std::size_t passed_over = 0;
         passed_over < scan_patience + page.size() * scan_ratio && !is_full && !is_scanned;) {
      auto const more = rows.next();
      if (!more) return fail(more.error());
      is_scanned = !*more;
      if (is_scanned) break;
      if (!plan.kinds.empty()) {
        auto const kind = static_cast<std::size_t>(rows.integer_at(3));
        if (kind >= plan.kinds.size() || !plan.kinds[kind]) {
          last = rows.number_at(0);
          ++passed_over;
          continue;
        }
      }
      auto const stream = expect_key(rows);
      EVSRC_TRY(take_row(rows, seen));
      EVSRC_TRY(take_key(stream, seen));
      is_full = add(page, seen, {what.max_events, what.max_bytes}) == outcome::full;
      if (!is_full) last = seen.position.value;
    }
  }
  if (!is_full && !is_scanned) {
    auto const walked = walk(what, plan, page, last, last);
    if (!walked) return fail(walked.error());
    is_full = *walked;
  }
  page.finish(identity_.at(is_full ? last : up ? plan.head : 0), !is_full);
  return page;
}

/// @return true where the page is full and more would match
result<bool> reader::walk(scope_read const& what, scope_plan const& plan, event_page& page,
                          std::uint64_t from, std::uint64_t& last) {
  position_walk positions{walks_, what.order, from};
  if (plan.filter != nullptr) {
    EVSRC_TRY(positions.add_query(*plan.filter, kinds_));
  } else {
    for (std::size_t kind = 1; kind < plan.kinds.size(); ++kind)
      if (plan.kinds[kind]) EVSRC_TRY(positions.add_kind(static_cast<std::int64_t>(kind)));
  }
  auto& row = sql_[event_at];
  event_view seen;
  for (;;) {
    auto const position = positions.next();
    if (!position) return fail(position.error());
    if (!*position) return false;
    statement::rewind const again{row};
    auto const there = row.integer(1, **position).next();
    if (!there) return fail(there.error());
    if (!*there)
      return fail(errc::corrupt,
                  "an index names position " + std::to_string(**position) + ", where no event is",
                  "sqlite.read");
    if (plan.filter != nullptr) {
      auto const kind = kind_of(row.integer_at(3));
      if (!kind) return fail(kind.error());
      auto const wanted = is_match(*plan.filter, **kind, row.bytes_at(7));
      if (!wanted) return fail(wanted.error());
      if (!*wanted) continue;
    }
    auto const stream = expect_key(row);
    EVSRC_TRY(take_row(row, seen));
    EVSRC_TRY(take_key(stream, seen));
    if (add(page, seen, {what.max_events, what.max_bytes}) == outcome::full) return true;
    last = seen.position.value;
  }
}

}  // namespace evsrc::sqlite::inline v0::detail
