// SPDX-License-Identifier: Apache-2.0
// A state as it will be once a commit in the making is in.
#pragma once

#include <string>

#include "evsrc/runtime/detail/replay.hpp"
#include "evsrc/runtime/state_reader.hpp"

namespace evsrc::inline v0::detail {

/// An event on its way, as if it had been read; lives as long as `text` and the event.
struct pending_view {
  event_view view{};
  std::string payload{};
  std::string encoded_metadata{};
};
void view_pending(new_event const& event, stream_id const& stream, stream_version version,
                  pending_view& to);

/// Applies what `pending` appends to the stream, behind what the store has of it.
/// @cost one read per 1,000 events
template <aggregate A>
[[nodiscard]] result<loaded_state<A>> load_pending(stream_store& store, std::string const& key,
                                                   commit const& pending) {
  loaded_state<A> found;
  stream_slot slot{key};
  if (auto read = read_on(store, found.state, slot); !read) return fail(std::move(read.error()));
  found.version = slot.version;
  event_applier<A> events;
  stream_id const stream{std::string(A::category.name), key};
  pending_view one;
  for (append const& written : pending.appends) {
    if (written.stream != stream) continue;
    for (new_event const& event : written.events) {
      view_pending(event, stream, ++found.version, one);
      EVSRC_TRY(events.apply(found.state, one.view));
    }
  }
  return found;
}

}  // namespace evsrc::inline v0::detail
