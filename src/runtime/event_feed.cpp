// SPDX-License-Identifier: Apache-2.0
// Reads for subscriptions and projections.
#include "evsrc/runtime/detail/event_feed.hpp"

#include <algorithm>

namespace evsrc::inline v0::detail {
namespace {

constexpr std::string_view own_prefix = "evsrc.";

struct scope_reader {
  event_store& store;
  cursor from;
  std::size_t max_events;

  result<event_page> operator()(event_scope scope) const {
    return store.query({.scope = std::move(scope), .from = from, .max_events = max_events});
  }
};

}  // namespace

result<event_page> event_feed::read(cursor from, std::size_t max_events) {
  scope_reader const reader{*store_, from, max_events};
  if (auto const* category = std::get_if<events_of_category>(&scope_)) return reader(*category);
  if (auto const* names = std::get_if<query>(&scope_)) return reader(*names);
  if (auto const* stream = std::get_if<stream_id>(&scope_))
    return read_stream(*stream, from, max_events);
  return reader(all_events{});
}

result<event_page> event_feed::read_stream(stream_id const& stream, cursor from,
                                           std::size_t max_events) {
  place begin{from, 0};
  if (from == next_.at) {
    begin = next_;
  } else if (from == last_.at) {
    begin = last_;
  } else {
    auto const found = version_at(stream, from);
    if (!found) return fail(found.error());
    begin.version = *found;
  }
  auto page = store_->read({.stream = stream, .from = begin.version, .max_events = max_events});
  if (!page) return page;
  last_ = begin;
  next_ = {page->next(), page->empty() ? begin.version : page->events().back().version};
  return page;
}

// The version is read before the scan: an event that the scan does not find behind the cursor, and
// which the version counts, stands before it.
result<stream_version> event_feed::version_at(stream_id const& stream, cursor where) {
  if (where.is_start()) return stream_version{0};
  auto const now = store_->read({.stream = stream, .order = direction::backwards, .max_events = 1});
  if (!now) return fail(now.error());
  scope_read behind{.scope = events_of_category{stream.category}, .from = where};
  for (bool at_end = false; !at_end;) {
    auto const page = store_->query(behind);
    if (!page) return fail(page.error());
    for (auto const& event : *page)
      if (event.key == stream.key) return event.version - 1;
    behind.from = page->next();
    at_end = page->at_end();
  }
  return now->version();
}

result<bool> event_feed::includes(event_view const& event) const {
  if (auto const* category = std::get_if<events_of_category>(&scope_))
    return event.category == category->category;
  if (auto const* stream = std::get_if<stream_id>(&scope_))
    return event.category == stream->category && event.key == stream->key;
  if (auto const* names = std::get_if<query>(&scope_)) {
    auto const has_tags = [](query_item const& item) { return !item.tags.empty(); };
    if (std::none_of(names->items.begin(), names->items.end(), has_tags))
      return matches(*names, event.name, {});
    auto const meta = event.meta();
    if (!meta) return fail(meta.error());
    return matches(*names, event.name, meta->tags);
  }
  return true;
}

bool event_feed::is_wanted(event_view const& event) const noexcept {
  if (!event.category.starts_with(own_prefix)) return true;
  if (auto const* names = std::get_if<query>(&scope_)) {
    for (auto const& item : names->items)
      if (!item.names.empty() || !item.tags.empty()) return true;
    return false;
  }
  return !std::holds_alternative<all_events>(scope_);
}

}  // namespace evsrc::inline v0::detail
