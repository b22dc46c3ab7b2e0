// SPDX-License-Identifier: Apache-2.0
// Expiry, and what settling writes into a message.
#include "evsrc/bus/message_lifecycle.hpp"

#include <algorithm>

namespace evsrc::inline v0 {

timestamp expiry_time(timestamp enqueued_at, std::chrono::milliseconds time_to_live,
                      std::chrono::milliseconds entity_default) noexcept {
  using std::chrono::milliseconds;
  auto const shorter = std::min(time_to_live, entity_default);
  if (shorter == no_time_to_live) return timestamp::max();
  // Halves of the range, as the room beyond a moment long before 1970 overflows itself.
  auto const start = std::max(enqueued_at, timestamp{});
  auto const room = std::chrono::floor<milliseconds>(timestamp::max() - start);
  return shorter >= room ? timestamp::max() : enqueued_at + shorter;
}

void modify(message& kept, property_list const& changes) {
  for (auto const& [name, value] : changes) set_property(kept.properties, name, value);
}

void mark_dead_letter(message& kept, std::string_view reason, std::string_view description) {
  using namespace property_names;
  auto& all = kept.properties;
  all.erase(std::remove_if(all.begin(), all.end(),
                           [](auto const& each) {
                             return each.first == dead_letter_reason ||
                                    each.first == dead_letter_description;
                           }),
            all.end());
  if (!reason.empty()) all.emplace_back(std::string{dead_letter_reason}, std::string{reason});
  if (!description.empty())
    all.emplace_back(std::string{dead_letter_description}, std::string{description});
}

}  // namespace evsrc::inline v0
