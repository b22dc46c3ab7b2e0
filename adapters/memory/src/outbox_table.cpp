// SPDX-License-Identifier: Apache-2.0
// Rows by sequence, by id, and by destination in the order in which they are due.
#include "outbox_table.hpp"

#include <algorithm>

#include "evsrc/bus/entity.hpp"
#include "evsrc/store/commit.hpp"

namespace evsrc::memory::inline v0::detail {
namespace {

/// How many rows of one destination are taken before the next one has its turn.
constexpr std::size_t rows_per_turn = 32;

std::size_t page_rows(std::size_t wanted) { return std::min(wanted, limits::page_events); }

}  // namespace

void outbox_table::add_place(outgoing_message const& row, std::uint64_t sequence) {
  by_destination_[row.destination].emplace(row.not_before, sequence);
}

void outbox_table::remove_place(outgoing_message const& row, std::uint64_t sequence) {
  auto const of_destination = by_destination_.find(row.destination);
  of_destination->second.erase(place{row.not_before, sequence});
  if (of_destination->second.empty()) by_destination_.erase(of_destination);
}

void outbox_table::add(outgoing_message message, timestamp now) {
  auto const sequence = ++last_sequence_;
  message.destination = folded(message.destination);
  if (message.not_before <= now) message.not_before = {};
  sequences_.emplace(message.id, sequence);
  add_place(message, sequence);
  auto const slot = outbox_slot(message.destination, message.key);
  rows_.emplace(sequence, stored_row{now, slot, std::move(message)});
}

std::size_t outbox_table::remove(std::uint64_t sequence) {
  auto const row = rows_.find(sequence);
  if (row == rows_.end()) return 0;
  auto const freed = revive(row->second, sequence) + size_bytes(row->second.message);
  remove_place(row->second.message, sequence);
  sequences_.erase(row->second.message.id);
  rows_.erase(row);
  return freed;
}

std::size_t outbox_table::refuse(outbox_refusal why, timestamp now) {
  auto const bytes = why.reason.size() + why.description.size();
  auto const row = rows_.find(why.sequence);
  if (row == rows_.end()) return bytes;
  auto const freed = revive(row->second, why.sequence);
  auto const& message = row->second.message;
  remove_place(message, why.sequence);
  refused_[message.destination].insert(why.sequence);
  if (why.holds_key) ++held_[{message.destination, message.key}];
  row->second.refused = dead_letter{std::move(why), now};
  return freed;
}

std::size_t outbox_table::redrive(std::uint64_t sequence) {
  auto const row = rows_.find(sequence);
  return row == rows_.end() ? 0 : revive(row->second, sequence);
}

/// A dead letter becomes a row that waits. @return the bytes that became free
std::size_t outbox_table::revive(stored_row& row, std::uint64_t sequence) {
  if (!row.refused) return 0;
  auto const& why = row.refused->why;
  auto const freed = why.reason.size() + why.description.size();
  auto const of_destination = refused_.find(row.message.destination);
  of_destination->second.erase(sequence);
  if (of_destination->second.empty()) refused_.erase(of_destination);
  if (why.holds_key) {
    auto const held = held_.find({row.message.destination, row.message.key});
    if (--held->second == 0) held_.erase(held);
  }
  row.refused.reset();
  add_place(row.message, sequence);
  return freed;
}

bool outbox_table::is_held(outgoing_message const& row) const {
  return !held_.empty() && held_.contains({row.destination, row.key});
}

std::size_t outbox_table::remove(message_id const& id) {
  auto const found = sequences_.find(id);
  return found == sequences_.end() ? 0 : remove(found->second);
}

outbox_row outbox_table::row_of(std::uint64_t sequence, stored_row const& from) {
  return {sequence, from.committed_at, from.message};
}

std::vector<outbox_row> outbox_table::read(outbox_read const& what) const {
  std::vector<outbox_row> found;
  auto const max_rows = page_rows(what.max_rows);
  for (auto at = rows_.upper_bound(what.after); at != rows_.end(); ++at) {
    if (found.size() == max_rows) break;
    if (!at->second.refused) found.push_back(row_of(at->first, at->second));
  }
  return found;
}

std::vector<refused_row> outbox_table::read_refused(outbox_read const& what) const {
  std::vector<refused_row> found;
  auto const max_rows = page_rows(what.max_rows);
  if (refused_.empty()) return found;
  for (auto at = rows_.upper_bound(what.after); at != rows_.end(); ++at) {
    if (found.size() == max_rows) break;
    if (auto const& dead = at->second.refused)
      found.push_back({row_of(at->first, at->second), dead->why.reason, dead->why.description,
                       dead->why.holds_key, dead->since});
  }
  return found;
}

/// A destination while its due rows are read: two orders that become one.
struct outbox_table::source {
  places::const_iterator at_once;
  places::const_iterator at_once_end;
  places::const_iterator timer;
  places::const_iterator timer_end;

  [[nodiscard]] bool is_empty() const { return at_once == at_once_end && timer == timer_end; }
};

outbox_table::source outbox_table::source_of(places const& waiting, timestamp due_by) const {
  // None that goes at once waits for a later one, however the clock was set between them: they are
  // in order of commit, beyond what the clock says.
  auto const end = waiting.upper_bound(place{due_by, last_sequence_});
  auto const timers = waiting.upper_bound(place{timestamp{}, last_sequence_});
  return {waiting.begin(), due_by < timestamp{} ? end : timers, timers,
          due_by < timestamp{} ? timers : end};
}

outbox_table::place outbox_table::take_first(source& from) const {
  if (from.timer == from.timer_end) return *from.at_once++;
  if (from.at_once == from.at_once_end) return *from.timer++;
  auto const sequence = from.at_once->second;
  auto const is_earlier = *from.timer < place{rows_.at(sequence).committed_at, sequence};
  return is_earlier ? *from.timer++ : *from.at_once++;
}

std::vector<outbox_row> outbox_table::read_due(due_read const& what) const {
  std::vector<source> sources;
  for (auto const& [destination, waiting] : by_destination_)
    if (std::find(what.not_to.begin(), what.not_to.end(), destination) == what.not_to.end())
      sources.push_back(source_of(waiting, what.due_by));

  std::vector<outbox_row> found;
  auto const max_rows = page_rows(what.max_rows);
  std::size_t bytes = 0;
  auto const is_wanted = [&](stored_row const& row) {
    return what.slots.test(row.slot) && !is_held(row.message);
  };
  while (!sources.empty()) {
    for (auto& from : sources) {
      for (std::size_t taken = 0; taken != rows_per_turn && !from.is_empty();) {
        auto const sequence = take_first(from).second;
        auto const& row = rows_.at(sequence);
        if (!is_wanted(row)) continue;
        bytes += row.message.body.size();
        if (found.size() == max_rows || (!found.empty() && bytes > what.max_bytes)) return found;
        found.push_back(row_of(sequence, row));
        ++taken;
      }
    }
    std::erase_if(sources, [](source const& from) { return from.is_empty(); });
  }
  return found;
}

timestamp outbox_table::next_due(timestamp after) const {
  auto earliest = timestamp::max();
  for (auto const& [destination, waiting] : by_destination_)
    if (auto const next = waiting.upper_bound(place{after, last_sequence_}); next != waiting.end())
      earliest = std::min(earliest, next->first);
  return earliest;
}

std::vector<outbox_backlog> outbox_table::backlog(timestamp due_by) const {
  std::vector<outbox_backlog> all;
  std::map<std::string_view, outbox_backlog> by_name;
  for (auto const& [destination, waiting] : by_destination_) {
    auto& one = by_name[destination];
    one.rows = waiting.size();
    auto const later = waiting.upper_bound(place{due_by, last_sequence_});
    if (later != waiting.end()) one.next_due = later->first;
    for (auto at = waiting.begin(); at != later; ++at, ++one.due) {
      auto const& row = rows_.at(at->second);
      if (is_held(row.message))
        ++one.held;
      else
        one.oldest_due = std::min(one.oldest_due, std::max(at->first, row.committed_at));
    }
  }
  for (auto const& [destination, dead] : refused_) by_name[destination].refused = dead.size();
  for (auto& [destination, one] : by_name) {
    one.destination = destination;
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace evsrc::memory::inline v0::detail
