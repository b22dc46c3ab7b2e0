// SPDX-License-Identifier: Apache-2.0
// The bookkeeping of sessions.
#include "session_table.hpp"

namespace evsrc::memory::inline v0::detail {

session_record& session_table::open(std::string_view id) {
  auto found = all_.lower_bound(id);
  if (found == all_.end() || found->first != id) {
    found = all_.emplace_hint(found, std::string{id}, session_record{});
    found->second.id = &found->first;
  }
  return found->second;
}

session_record* session_table::find(std::string_view id) {
  auto const found = all_.find(id);
  return found == all_.end() ? nullptr : &found->second;
}

session_record* session_table::next_available() const {
  return available_.empty() ? nullptr : available_.begin()->second;
}

std::vector<std::string> session_table::list(std::string_view after, std::size_t max) const {
  std::vector<std::string> ids;
  for (auto at = all_.upper_bound(after); at != all_.end() && ids.size() != max; ++at)
    if (!at->second.messages.empty() || at->second.state) ids.push_back(at->first);
  return ids;
}

void session_table::hold(session_record& which, std::uint64_t holder, timestamp until) {
  if (which.holder != 0) held_.erase({which.locked_until, &which});
  which.holder = holder;
  which.locked_until = until;
  held_.emplace(until, &which);
  update(which);
}

void session_table::release(session_record& which) {
  held_.erase({which.locked_until, &which});
  which.holder = 0;
  update(which);
}

void session_table::update(session_record& which) {
  auto const* const oldest = which.ready.front();
  std::optional<std::int64_t> key;
  if (oldest != nullptr && which.holder == 0) key = oldest->sequence_number;
  if (key != which.available_at) {
    if (which.available_at) available_.erase(*which.available_at);
    if (key) available_.emplace(*key, &which);
    which.available_at = key;
  }
  if (which.messages.empty() && which.holder == 0 && !which.state) all_.erase(all_.find(*which.id));
}

}  // namespace evsrc::memory::inline v0::detail
