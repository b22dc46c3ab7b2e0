// SPDX-License-Identifier: Apache-2.0
// The rule by which a query matches an event.
#include "evsrc/store/query.hpp"

#include <algorithm>

namespace evsrc::inline v0 {

bool matches(query const& what, std::string_view name,
             std::vector<event_tag> const& tags) noexcept {
  if (what.items.empty()) return true;
  return std::any_of(what.items.begin(), what.items.end(), [&](query_item const& item) {
    bool const named = item.names.empty() ||
                       std::find(item.names.begin(), item.names.end(), name) != item.names.end();
    return named && std::all_of(item.tags.begin(), item.tags.end(), [&](event_tag const& tag) {
             return std::find(tags.begin(), tags.end(), tag) != tags.end();
           });
  });
}

}  // namespace evsrc::inline v0
