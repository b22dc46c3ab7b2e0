// SPDX-License-Identifier: Apache-2.0
// Reads where the events of a commit would stand.
#include "evsrc/runtime/detail/commit_lookup.hpp"

#include <algorithm>
#include <unordered_map>

namespace evsrc::inline v0::detail {
namespace {

using found_receipt = std::optional<receipt>;

struct event_place {
  position where{};
  stream_version version = 0;
};

/// Adds the events of an append whose place the expected version tells. @return false: not there
result<bool> find_in_stream(stream_store& store, append const& what, receipt& found) {
  stream_version const before = what.expected.version();
  std::size_t matched = 0;
  while (matched < what.events.size()) {
    auto page =
        store.read({.stream = what.stream,
                    .from = before + matched,
                    .max_events = std::min(what.events.size() - matched, limits::page_events)});
    if (!page) return fail(std::move(page.error()));
    for (auto const& view : *page) {
      if (view.id != what.events[matched].meta.id) return false;
      found.positions.push_back(view.position);
      ++matched;
    }
    if (page->empty()) return false;
    found.up_to = page->next();
  }
  found.versions.push_back(before + matched);
  return true;
}

/// Every event behind the cursors of the conditions, by id.
result<std::unordered_map<std::string, event_place>> read_conditions(event_store& store,
                                                                     commit const& what) {
  std::unordered_map<std::string, event_place> seen;
  for (auto const& condition : what.unless) {
    cursor from = condition.after;
    for (bool at_end = false; !at_end;) {
      auto page = store.query({.scope = condition.matching, .from = from});
      if (!page) return fail(std::move(page.error()));
      for (auto const& view : *page) seen[to_string(view.id)] = {view.position, view.version};
      from = page->next();
      at_end = page->at_end();
    }
  }
  return seen;
}

result<bool> find_by_condition(event_store& store, append const& what, commit const& whole,
                               receipt& found) {
  auto seen = read_conditions(store, whole);
  if (!seen) return fail(std::move(seen.error()));
  stream_version version = 0;
  for (auto const& event : what.events) {
    auto const at = seen->find(to_string(event.meta.id));
    if (at == seen->end()) return false;
    found.positions.push_back(at->second.where);
    version = at->second.version;
  }
  found.versions.push_back(version);
  return true;
}

bool is_checked_by_version(append const& what) noexcept {
  return what.expected.what() == expected_version::kind::exactly ||
         what.expected.what() == expected_version::kind::none;
}

}  // namespace

result<found_receipt> find_applied(stream_store& store, commit const& what) {
  receipt found;
  for (auto const& one : what.appends) {
    if (one.events.empty()) {
      found.versions.push_back(one.expected.version());
      continue;
    }
    auto const there = find_in_stream(store, one, found);
    if (!there) return fail(there.error());
    if (!*there) return found_receipt{};
  }
  return found_receipt{std::move(found)};
}

result<found_receipt> find_applied(event_store& store, commit const& what) {
  receipt found;
  for (auto const& one : what.appends) {
    if (one.events.empty()) {
      found.versions.push_back(one.expected.version());
      continue;
    }
    auto const there = is_checked_by_version(one) ? find_in_stream(store, one, found)
                                                  : find_by_condition(store, one, what, found);
    if (!there) return fail(there.error());
    if (!*there) return found_receipt{};
  }
  auto const head = store.head();
  if (!head) return fail(head.error());
  found.up_to = *head;
  return found_receipt{std::move(found)};
}

}  // namespace evsrc::inline v0::detail
