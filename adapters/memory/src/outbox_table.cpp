// SPDX-License-Identifier: Apache-2.0
// Rows by sequence, by id, and by destination in the order in which they are due.
#include "outbox_table.hpp"

#include <algorithm>

#include "evsrc/store/commit.hpp"

namespace evsrc::memory::inline v0::detail {
namespace {

/// How many rows of one destination are taken before the next one has its turn.
constexpr std::size_t rows_per_turn = 32;

}  // namespace

void outbox_table::add(outgoing_message message, timestamp now) {
  auto const sequence = ++last_sequence_;
  sequences_.emplace(message.id, sequence);
  by_destination_[message.destination].emplace(message.not_before, sequence);
  auto const slot = outbox_slot(message.destination, message.key);
  rows_.emplace(sequence, stored_row{now, slot, std::move(message)});
}

std::size_t outbox_table::remove(std::uint64_t sequence) {
  auto const row = rows_.find(sequence);
  if (row == rows_.end()) return 0;
  auto const& message = row->second.message;
  auto const freed = size_bytes(message);
  auto const of_destination = by_destination_.find(message.destination);
  of_destination->second.erase(place{message.not_before, sequence});
  if (of_destination->second.empty()) by_destination_.erase(of_destination);
  sequences_.erase(message.id);
  rows_.erase(row);
  return freed;
}

std::size_t outbox_table::remove(message_id const& id) {
  auto const found = sequences_.find(id);
  return found == sequences_.end() ? 0 : remove(found->second);
}

outbox_row outbox_table::row_at(std::uint64_t sequence) const {
  auto const& stored = rows_.at(sequence);
  return {sequence, stored.committed_at, stored.message};
}

std::vector<outbox_row> outbox_table::read(outbox_read const& what) const {
  std::vector<outbox_row> found;
  for (auto at = rows_.upper_bound(what.after); at != rows_.end(); ++at) {
    if (found.size() == what.max_rows) break;
    found.push_back(row_at(at->first));
  }
  return found;
}

struct outbox_table::source {
  places::const_iterator at;
  places::const_iterator end;
};

std::vector<outbox_row> outbox_table::read_due(due_read const& what) const {
  std::vector<source> sources;
  for (auto const& [destination, waiting] : by_destination_)
    if (std::find(what.not_to.begin(), what.not_to.end(), destination) == what.not_to.end())
      sources.push_back({waiting.begin(), waiting.upper_bound(place{what.due_by, last_sequence_})});

  std::vector<outbox_row> found;
  std::size_t bytes = 0;
  auto const is_wanted = [&](stored_row const& row) {
    return what.slots.test(row.slot) &&
           std::none_of(what.not_keys.begin(), what.not_keys.end(), [&](outbox_key const& held) {
             return held.key == row.message.key && held.destination == row.message.destination;
           });
  };
  while (!sources.empty()) {
    for (auto& from : sources) {
      for (std::size_t taken = 0; taken != rows_per_turn && from.at != from.end; ++from.at) {
        auto const& row = rows_.at(from.at->second);
        if (!is_wanted(row)) continue;
        bytes += row.message.body.size();
        if (found.size() == what.max_rows || (!found.empty() && bytes > what.max_bytes))
          return found;
        found.push_back(row_at(from.at->second));
        ++taken;
      }
    }
    std::erase_if(sources, [](source const& from) { return from.at == from.end; });
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
  for (auto const& [destination, waiting] : by_destination_) {
    outbox_backlog one{destination, waiting.size()};
    auto const later = waiting.upper_bound(place{due_by, last_sequence_});
    one.due = static_cast<std::uint64_t>(std::distance(waiting.begin(), later));
    if (later != waiting.end()) one.next_due = later->first;
    if (one.due != 0) {
      auto const& [due, sequence] = *waiting.begin();
      one.oldest_due = std::max(due, rows_.at(sequence).committed_at);
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace evsrc::memory::inline v0::detail
