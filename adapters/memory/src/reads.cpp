// SPDX-License-Identifier: Apache-2.0
// Reading what the store in memory holds.
#include <algorithm>

#include "evsrc/core/limits.hpp"
#include "tables.hpp"

namespace evsrc::memory::inline v0::detail {
namespace {

result<void> check_max(char const* field, std::size_t wanted, std::size_t most) {
  if (wanted == 0) return invalid(field, "0, but a page holds at least one");
  if (wanted > most)
    return fail(errc::limit_exceeded, std::string(field) + ": " + std::to_string(wanted) +
                                          ", at most " + std::to_string(most) + " are allowed");
  return {};
}

result<void> check_query(query const& what) {
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

event_view view_of(stored_event const& stored, std::uint64_t place) {
  event_view seen;
  seen.position = position{place};
  seen.category = stored.stream->category;
  seen.key = stored.stream->key;
  seen.version = stored.version;
  seen.name = stored.event.name;
  seen.event_version = stored.event.version;
  seen.payload = stored.event.payload;
  seen.id = stored.event.meta.id;
  seen.time = stored.event.meta.time;
  seen.encoded_metadata = stored.encoded_metadata;
  return seen;
}

}  // namespace

bool tables::is_match(evsrc::query const& what, std::uint64_t position) const {
  auto const& event = at(position).event;
  return matches(what, event.name, event.meta.tags);
}

void tables::add_candidates(position_walk& walk, evsrc::query const& what) const {
  if (what.items.empty()) return walk.add_all(log_.size());
  static position_list const nothing;
  for (auto const& item : what.items) {
    if (!item.tags.empty()) {
      position_list const* shortest = nullptr;
      for (auto const& tag : item.tags) {
        auto const found = by_tag_.find(tag);
        auto const& tagged = found == by_tag_.end() ? nothing : found->second;
        if (shortest == nullptr || tagged.size() < shortest->size()) shortest = &tagged;
      }
      walk.add(*shortest);
    } else if (!item.names.empty()) {
      for (auto const& name : item.names)
        if (auto const found = by_name_.find(name); found != by_name_.end())
          walk.add(found->second);
    } else {
      walk.add_all(log_.size());
    }
  }
}

template <class NextPosition>
event_page tables::make_page(NextPosition next_position, direction order, std::size_t max_events,
                             std::size_t max_bytes, stream_version version) const {
  event_page page;
  std::uint64_t last = 0;
  bool is_full = false;
  while (std::optional<std::uint64_t> const next = next_position()) {
    auto const seen = view_of(at(*next), *next);
    auto const bytes = page.size_bytes() + seen.payload.size() + seen.encoded_metadata.size();
    is_full = page.size() == max_events || (!page.empty() && bytes > max_bytes);
    if (is_full) break;
    page.add(seen);
    last = *next;
  }
  // Backwards and done: the cursor before the first event, which is not the start of any store.
  auto const done = order == direction::forwards ? log_.size() : 0;
  page.finish(cursor{store_, is_full ? last : done}, !is_full, version);
  return page;
}

result<event_page> tables::read(stream_read const& what) const {
  EVSRC_TRY(check_max("max_events", what.max_events, limits::page_events));
  static position_list const nothing;
  auto const found = streams_.find(what.stream);
  auto const& of_stream = found == streams_.end() ? nothing : found->second;
  bool const forwards = what.order == direction::forwards;
  // `at` is the version that was read last.
  auto at = forwards || (what.from != 0 && what.from <= of_stream.size()) ? what.from
                                                                          : of_stream.size() + 1;
  auto const next_position = [&]() -> std::optional<std::uint64_t> {
    if (forwards ? at >= of_stream.size() : at <= 1) return std::nullopt;
    at = forwards ? at + 1 : at - 1;
    return of_stream[static_cast<std::size_t>(at - 1)];
  };
  auto page =
      make_page(next_position, what.order, what.max_events, what.max_bytes, of_stream.size());
  return page;
}

result<event_page> tables::query(scope_read const& what) const {
  EVSRC_TRY(check_max("max_events", what.max_events, limits::page_events));
  EVSRC_TRY(know(what.from));
  bool const forwards = what.order == direction::forwards;
  auto const from = forwards || !what.from.is_start() ? what.from.major() : log_.size() + 1;
  position_walk walk{what.order, from};
  evsrc::query const* filter = nullptr;
  if (auto const* of = std::get_if<events_of_category>(&what.scope)) {
    if (auto const found = by_category_.find(of->category); found != by_category_.end())
      walk.add(found->second);
  } else if ((filter = std::get_if<evsrc::query>(&what.scope)) != nullptr) {
    EVSRC_TRY(check_query(*filter));
    add_candidates(walk, *filter);
  } else {
    walk.add_all(log_.size());
  }
  auto const next_position = [&] {
    auto next = walk.next();
    while (next && filter != nullptr && !is_match(*filter, *next)) next = walk.next();
    return next;
  };
  return make_page(next_position, what.order, what.max_events, what.max_bytes, 0);
}

result<std::vector<stream_summary>> tables::streams(streams_read const& what) const {
  EVSRC_TRY(check_max("max_streams", what.max_streams, limits::page_events));
  std::vector<stream_summary> found;
  for (auto at = streams_.upper_bound(stream_id{what.category, what.after_key});
       at != streams_.end() && at->first.category == what.category; ++at) {
    if (found.size() == what.max_streams) break;
    found.push_back({at->first.key, at->second.size()});
  }
  return found;
}

}  // namespace evsrc::memory::inline v0::detail
