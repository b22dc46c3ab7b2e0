// SPDX-License-Identifier: Apache-2.0
// The property that tells a message that came back from a repeat of its first round.
#include "evsrc/runtime/detail/moved_message.hpp"

#include <algorithm>
#include <limits>

namespace evsrc::inline v0::detail {
namespace {

/// One for each consumer that it was moved away from.
std::string return_property(std::string_view consumer) {
  return std::string(property_names::round).append(".").append(consumer);
}

}  // namespace

message_identity identify_for(std::string_view consumer, message const& what,
                              timestamp enqueued_at) {
  auto made = identify(what, enqueued_at);
  if (!made.is_copy) return made;
  auto const* value = find_property(what.properties, return_property(consumer));
  auto const* round = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
  if (round == nullptr || *round < 0 || *round > std::numeric_limits<std::uint32_t>::max())
    return made;
  made.round = std::max(made.round, static_cast<std::uint32_t>(*round));
  return made;
}

void note_return(message& what, std::string_view consumer, std::uint32_t round) {
  set_property(what.properties, return_property(consumer), std::int64_t{round});
}

void erase_returns(message& what) {
  auto const prefix = return_property({});
  std::erase_if(what.properties, [&](auto const& one) { return one.first.starts_with(prefix); });
}

bool lets_next_begin(final_disposition const& last) noexcept {
  if (last.what == final_disposition::kind::dead_lettered) return true;
  return last.what == final_disposition::kind::skipped && last.reason == moved_reason;
}

}  // namespace evsrc::inline v0::detail
