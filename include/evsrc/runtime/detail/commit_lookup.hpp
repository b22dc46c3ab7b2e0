// SPDX-License-Identifier: Apache-2.0
// Looks whether a commit with an unknown outcome was applied after all (G2).
#pragma once

#include <optional>

#include "evsrc/store/event_store.hpp"

namespace evsrc::inline v0::detail {

/// Finds the events of `what` by their ids, which serve as the fresh key of a command that brought
/// none. nullopt where they are not there; a commit still in flight may bring them later.
/// @cost one read per append that has events
[[nodiscard]] result<std::optional<receipt>> find_applied(stream_store& store, commit const& what);
/// As above, for commits whose conditions say where to look.
[[nodiscard]] result<std::optional<receipt>> find_applied(event_store& store, commit const& what);

}  // namespace evsrc::inline v0::detail
