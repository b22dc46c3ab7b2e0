// SPDX-License-Identifier: Apache-2.0
// Reading what is not events: heads, lists, keys, owners, snapshots; and verification.
#include <set>

#include "encoding.hpp"
#include "evsrc/core/limits.hpp"
#include "reader.hpp"

namespace evsrc::sqlite::inline v0::detail {

result<std::uint64_t> reader::head() {
  auto& find = sql_[find_head];
  statement::rewind const again{find};
  auto const row = find.next();
  if (!row) return fail(row.error());
  if (!*row) return 0;
  EVSRC_TRY(identity_.catch_up(file_, find.number_at(1)));
  return find.number_at(0);
}

result<std::vector<stream_summary>> reader::streams(streams_read const& what) {
  if (what.max_streams == 0) return invalid("max_streams", "0, but a page holds at least one");
  if (what.max_streams > limits::page_events)
    return fail(errc::limit_exceeded,
                "max_streams: at most " + std::to_string(limits::page_events) + " are allowed");
  auto& list = sql_[list_streams];
  statement::rewind const again{list};
  list.text(1, what.category).text(2, what.after_key);
  std::vector<stream_summary> found;
  while (found.size() < what.max_streams) {
    auto const more = list.next();
    if (!more) return fail(more.error());
    if (!*more) break;
    // A stream with nothing but a snapshot has no version.
    if (!list.is_null_at(1)) found.push_back({std::string{list.bytes_at(0)}, list.number_at(1)});
  }
  return found;
}

result<cursor> reader::find_checkpoint(std::string_view name) {
  auto& find = sql_[checkpoint_of];
  statement::rewind const again{find};
  auto const known = find.text(1, name).next();
  if (!known) return fail(known.error());
  return *known && !find.is_null_at(0) ? identity_.at(find.number_at(0)) : cursor{};
}

result<owner_state> reader::find_owner(std::string_view name) {
  auto& find = sql_[owner_of];
  statement::rewind const again{find};
  auto const known = find.text(1, name).next();
  if (!known) return fail(known.error());
  if (!*known) return owner_state{};
  return owner_state{find.number_at(0), find.number_at(1), std::string{find.bytes_at(2)}};
}

result<std::optional<idempotency_record>> reader::find_once(std::string_view scope,
                                                            std::string_view key, timestamp now) {
  auto& find = sql_[once_of];
  statement::rewind const again{find};
  auto const known = find.text(1, scope).text(2, key).integer(3, as_integer(now)).next();
  if (!known) return fail(known.error());
  if (!*known) return std::optional<idempotency_record>{};
  auto recorded = decode_receipt(find.bytes_at(1), identity_.fingerprint);
  if (!recorded) return fail(recorded.error());
  idempotency_record found{std::string{find.bytes_at(0)}, std::string{find.bytes_at(2)},
                           std::move(*recorded)};
  if (!find.is_null_at(3)) found.expires_at = as_timestamp(find.integer_at(3));
  return std::optional{std::move(found)};
}

result<std::optional<snapshot>> reader::load_snapshot(stream_id const& stream) {
  auto const id = locate(stream);
  if (!id) return fail(id.error());
  auto& find = sql_[snapshot_of];
  statement::rewind const again{find};
  auto const known = find.integer(1, *id).next();
  if (!known) return fail(known.error());
  if (!*known) return std::optional<snapshot>{};
  return std::optional{
      snapshot{find.number_at(0), std::string{find.bytes_at(1)}, std::string{find.bytes_at(2)}}};
}

result<void> reader::query_sql(std::string_view sql, std::span<sql_value const> values,
                               unique_function<bool(sql_row const&)>& each) {
  return user_sql_.query(sql, values, each, true);
}

/// @return how many rows of the index are the event's
result<std::int64_t> reader::verify_tags(statement& index, event_view const& seen) const {
  auto const meta = decode_metadata(seen.encoded_metadata, {}, {});
  if (!meta) return fail(meta.error());
  std::set<std::int64_t> numbers;
  for (auto const& tag : meta->tags) {
    auto const [number, is_new] = numbers.insert(hash_tag(tag.name, tag.value));
    if (!is_new) continue;
    statement::rewind const again{index};
    auto const there = index.integer(1, *number).integer(2, seen.position.value).next();
    if (!there) return fail(there.error());
    if (!*there)
      return fail(errc::corrupt,
                  "the index of tags does not have " + tag.name + " of the event at position " +
                      std::to_string(seen.position.value),
                  "sqlite.check_integrity");
  }
  return static_cast<std::int64_t>(numbers.size());
}

// All of it on one view: others may be writing.
result<void> reader::verify_events() {
  view const moment{file_};
  EVSRC_TRY(moment.began());
  auto const told = file_.read_text("PRAGMA integrity_check(1)");
  if (!told) return fail(told.error());
  if (*told != "ok") return fail(errc::corrupt, *told, "sqlite.check_integrity");

  auto index = file_.prepare("SELECT 1 FROM evsrc_tags WHERE tag = ? AND position = ?");
  if (!index) return fail(index.error());
  std::int64_t tags = 0;
  auto& rows = sql_[scan_up];
  statement::rewind const again{rows};
  rows.integer(1, std::int64_t{0});
  event_view seen;
  for (;;) {
    auto const more = rows.next();
    if (!more) return fail(more.error());
    if (!*more) break;
    EVSRC_TRY(take_row(rows, seen));
    EVSRC_TRY(verify_row(rows, seen));
    auto const found = verify_tags(*index, seen);
    if (!found) return fail(found.error());
    tags += *found;
  }
  auto const indexed = file_.read_integer("SELECT count(*) FROM evsrc_tags");
  if (!indexed) return fail(indexed.error());
  if (*indexed != tags)
    return fail(errc::corrupt,
                "the index of tags has " + std::to_string(*indexed) + " rows, the events have " +
                    std::to_string(tags),
                "sqlite.check_integrity");
  auto const torn = file_.read_text(
      "SELECT 'stream ' || coalesce(category || '-' || key, e.stream || ', which is missing,')"
      " || ' has ' || count(*) ||"
      " ' events and is at version ' || max(version)"
      " FROM evsrc_events e LEFT JOIN evsrc_streams s ON s.id = e.stream GROUP BY e.stream"
      " HAVING max(version) <> count(*) OR s.id IS NULL LIMIT 1");
  if (!torn) return fail(torn.error());
  if (!torn->empty()) return fail(errc::corrupt, *torn, "sqlite.check_integrity");
  return {};
}

}  // namespace evsrc::sqlite::inline v0::detail
