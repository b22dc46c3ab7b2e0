// SPDX-License-Identifier: Apache-2.0
// Reading the outbox: in order of commit, and what is due.
#include <algorithm>
#include <deque>
#include <limits>
#include <set>
#include <utility>

#include "encoding.hpp"
#include "evsrc/core/limits.hpp"
#include "reader.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

/// How many rows of one destination are taken before the next one has its turn.
constexpr std::size_t rows_per_turn = 32;

/// From the columns that read_outbox and row_at select.
result<outbox_row> read_row(statement& from) {
  auto properties = decode_properties(from.bytes_at(11));
  if (!properties) return fail(properties.error());
  auto const text = [&](int column) { return std::string{from.bytes_at(column)}; };
  outbox_row row;
  row.sequence = from.number_at(0);
  row.message.id.value = text(1);
  row.message.destination = text(2);
  row.message.key = text(3);
  row.message.type = text(4);
  row.message.type_version = static_cast<std::uint32_t>(from.integer_at(5));
  row.message.not_before = as_timestamp(from.integer_at(6));
  row.message.content_type = text(7);
  row.message.correlation = text(8);
  row.message.causation = text(9);
  row.message.trace_parent = text(10);
  row.message.properties = std::move(*properties);
  row.message.body = text(12);
  if (!from.is_null_at(13))
    row.message.time_to_live = std::chrono::milliseconds{from.integer_at(13)};
  row.committed_at = as_timestamp(from.integer_at(14));
  return row;
}

/// Rows behind `what.after`, each completed by `make` from what all of them have.
template <class Row, class Make>
result<std::vector<Row>> read_page(statement& list, outbox_read const& what, Make const& make) {
  statement::rewind const again{list};
  list.integer(1, std::min(what.after, no_position));
  list.integer(2, std::uint64_t{std::min<std::size_t>(what.max_rows, limits::page_events)});
  std::vector<Row> rows;
  for (;;) {
    auto const more = list.next();
    if (!more) return fail(more.error());
    if (!*more) return rows;
    auto row = read_row(list);
    if (!row) return fail(row.error());
    rows.push_back(make(std::move(*row)));
  }
}

}  // namespace

result<std::vector<outbox_row>> reader::read_outbox(outbox_read const& what) {
  return read_page<outbox_row>(sql_[list_outbox], what, [](outbox_row row) { return row; });
}

result<std::vector<refused_row>> reader::read_refused(outbox_read const& what) {
  auto& list = sql_[list_refused];
  return read_page<refused_row>(list, what, [&](outbox_row row) {
    refused_row one;
    one.row = std::move(row);
    one.refused_at = as_timestamp(list.integer_at(15));
    one.reason = std::string{list.bytes_at(16)};
    one.description = std::string{list.bytes_at(17)};
    one.holds_key = list.integer_at(18) == 1;
    return one;
  });
}

result<std::optional<outbox_row>> reader::row_at(std::uint64_t sequence) {
  auto& find = sql_[outbox_row_at];
  statement::rewind const again{find};
  auto const there = find.integer(1, sequence).next();
  if (!there) return fail(there.error());
  if (!*there) return std::optional<outbox_row>{};  // handed on since the index was read
  auto row = read_row(find);
  if (!row) return fail(row.error());
  return std::optional{std::move(*row)};
}

result<std::optional<std::string>> reader::destination_after(std::string_view name, kept_sql by) {
  auto& find = sql_[by];
  statement::rewind const again{find};
  auto const row = find.text(1, name).next();
  if (!row) return fail(row.error());
  if (!*row || find.is_null_at(0)) return std::optional<std::string>{};
  return std::optional{std::string{find.bytes_at(0)}};
}

/// Rows in the order of the index, read some at a time.
struct reader::due_lane {
  struct place {
    std::int64_t not_before = 0;
    std::uint64_t sequence = 0;
    std::optional<std::int64_t> committed_at{};  ///< once it was asked for
  };

  std::int64_t due_by = 0;
  place last{};  ///< that was read
  bool has_more = true;
  std::deque<place> ahead{};  ///< read, and not yet taken
};

/// Of one destination: rows that went into the outbox to go at once, which are in order of commit,
/// and timers, in order of their time. The index keeps the first, without a time, in front of all
/// timers; their place is the time of their commit.
struct reader::due_source {
  due_source(std::string name, timestamp by) : destination(std::move(name)) {
    at_once.due_by = std::min<std::int64_t>(as_integer(by), 0);
    at_once.last = {std::numeric_limits<std::int64_t>::min(), 0};
    timers.due_by = as_integer(by);
    timers.last = {0, no_position};
  }

  [[nodiscard]] bool has_more() const {
    return at_once.has_more || timers.has_more || !at_once.ahead.empty() || !timers.ahead.empty();
  }

  std::string destination;
  due_lane at_once;
  due_lane timers;
};

result<void> reader::look_ahead(std::string_view destination, due_lane& in,
                                outbox_slot_set const& slots, std::size_t max_rows) {
  if (!in.ahead.empty() || !in.has_more) return {};
  auto& list = sql_[list_due];
  statement::rewind const again{list};
  list.text(1, destination).integer(2, in.last.not_before).integer(3, in.last.sequence);
  list.integer(4, in.due_by);
  while (in.ahead.size() != max_rows) {
    auto const more = list.next();
    if (!more) return fail(more.error());
    in.has_more = *more;
    if (!*more) break;
    in.last = {list.integer_at(0), list.number_at(1)};
    if (slots.test(static_cast<std::size_t>(list.number_at(2) % outbox_slots)))
      in.ahead.push_back(in.last);
  }
  return {};
}

/// In order of (due time, sequence). The time of a commit, which no index has, is looked up only
/// where both kinds are due; its row is about to be read anyway.
result<bool> reader::is_timer_next(due_source& from) {
  if (from.timers.ahead.empty()) return false;
  if (from.at_once.ahead.empty()) return true;
  auto& one = from.at_once.ahead.front();
  if (!one.committed_at) {
    auto& find = sql_[commit_time_of];
    statement::rewind const again{find};
    auto const row = find.integer(1, one.sequence).next();
    if (!row) return fail(row.error());
    one.committed_at = *row ? find.integer_at(0) : 0;
  }
  auto const& timer = from.timers.ahead.front();
  return std::pair{timer.not_before, timer.sequence} < std::pair{*one.committed_at, one.sequence};
}

result<void> reader::take_due(due_source& from, outbox_slot_set const& slots, std::size_t max_rows,
                              std::vector<std::uint64_t>& into) {
  for (; max_rows != 0; --max_rows) {
    for (auto* const lane : {&from.at_once, &from.timers})
      EVSRC_TRY(look_ahead(from.destination, *lane, slots, max_rows));
    auto const is_timer = is_timer_next(from);
    if (!is_timer) return fail(is_timer.error());
    auto& lane = *is_timer ? from.timers : from.at_once;
    if (lane.ahead.empty()) return {};
    into.push_back(lane.ahead.front().sequence);
    lane.ahead.pop_front();
  }
  return {};
}

result<std::vector<outbox_row>> reader::read_due(due_read const& what) {
  view const moment{file_};
  EVSRC_TRY(moment.began());
  std::vector<due_source> sources;
  for (std::string name;;) {
    auto const next = destination_after(name, next_destination);
    if (!next) return fail(next.error());
    if (!*next) break;
    name = **next;
    if (std::find(what.not_to.begin(), what.not_to.end(), name) == what.not_to.end())
      sources.emplace_back(name, what.due_by);
  }
  auto const max_rows = std::min(what.max_rows, limits::page_events);
  std::vector<std::uint64_t> chosen;
  while (!sources.empty() && chosen.size() < max_rows) {
    for (auto& from : sources) {
      auto const share = std::min(rows_per_turn, max_rows - chosen.size());
      if (share != 0) EVSRC_TRY(take_due(from, what.slots, share, chosen));
    }
    std::erase_if(sources, [](due_source const& from) { return !from.has_more(); });
  }

  std::vector<outbox_row> rows;
  std::size_t bytes = 0;
  for (auto const sequence : chosen) {
    auto row = row_at(sequence);
    if (!row) return fail(row.error());
    if (!*row) continue;
    bytes += (*row)->message.body.size();
    if (!rows.empty() && bytes > what.max_bytes) break;
    rows.push_back(std::move(**row));
  }
  return rows;
}

result<bool> reader::has_unsynced_writers() {
  auto& find = sql_[find_unsynced];
  statement::rewind const again{find};
  auto const there = find.next();
  if (!there) return fail(there.error());
  return *there && find.integer_at(0) != 0;
}

result<timestamp> reader::next_due(timestamp after) {
  auto earliest = timestamp::max();
  auto& find = sql_[due_after];
  for (std::string name;;) {
    auto const next = destination_after(name, next_destination);
    if (!next) return fail(next.error());
    if (!*next) return earliest;
    name = **next;
    statement::rewind const again{find};
    auto const row = find.text(1, name).integer(2, as_integer(after)).next();
    if (!row) return fail(row.error());
    if (*row && !find.is_null_at(0))
      earliest = std::min(earliest, as_timestamp(find.integer_at(0)));
  }
}

result<outbox_backlog> reader::backlog_of(std::string const& destination, timestamp due_by) {
  outbox_backlog one{destination};
  auto& count = sql_[count_rows];
  statement::rewind const again{count};
  auto const counted = count.text(1, destination).integer(2, as_integer(due_by)).next();
  if (!counted) return fail(counted.error());
  one.rows = count.number_at(0);
  one.due = count.number_at(1);
  one.held = count.number_at(2);
  auto& dead = sql_[count_refused];
  statement::rewind const again_dead{dead};
  if (auto const found = dead.text(1, destination).next(); !found) return fail(found.error());
  one.refused = dead.number_at(0);
  auto& later = sql_[due_after];
  statement::rewind const again_later{later};
  auto const due = later.text(1, destination).integer(2, as_integer(due_by)).next();
  if (!due) return fail(due.error());
  if (*due && !later.is_null_at(0)) one.next_due = as_timestamp(later.integer_at(0));
  std::vector<std::uint64_t> first;
  due_source from{destination, due_by};
  EVSRC_TRY(take_due(from, ~outbox_slot_set{}, 1, first));
  if (first.empty()) return one;
  auto const oldest = row_at(first.front());
  if (!oldest) return fail(oldest.error());
  if (*oldest) one.oldest_due = std::max((*oldest)->message.not_before, (*oldest)->committed_at);
  return one;
}

result<std::vector<outbox_backlog>> reader::outbox(timestamp due_by) {
  std::set<std::string> destinations;
  for (auto const by : {next_destination, next_refused_destination}) {
    for (std::string name;;) {
      auto next = destination_after(name, by);
      if (!next) return fail(next.error());
      if (!*next) break;
      name = **next;
      destinations.insert(name);
    }
  }
  std::vector<outbox_backlog> all;
  for (auto const& name : destinations) {
    auto one = backlog_of(name, due_by);
    if (!one) return fail(one.error());
    all.push_back(std::move(*one));
  }
  return all;
}

result<std::uint64_t> reader::last_sequence() {
  auto& find = sql_[find_sequence];
  statement::rewind const again{find};
  auto const row = find.next();
  if (!row) return fail(row.error());
  return find.number_at(0);
}

}  // namespace evsrc::sqlite::inline v0::detail
