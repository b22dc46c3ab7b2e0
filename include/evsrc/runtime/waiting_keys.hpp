// SPDX-License-Identifier: Apache-2.0
// Keys in order that do not move, read from the store alone: no consumer has to run.
#pragma once

#include <string_view>
#include <vector>

#include "evsrc/runtime/consumer_explanation.hpp"
#include "evsrc/store/event_store.hpp"

namespace evsrc::inline v0 {

/// Keys of the consumer of that name that are blocked, wait or drain, in byte order.
/// @cost reads the streams of all keys that ever waited
[[nodiscard]] result<std::vector<waiting_key>> find_waiting_keys(event_store& store,
                                                                 std::string_view consumer);

}  // namespace evsrc::inline v0
