// SPDX-License-Identifier: Apache-2.0
// The ports that one store implements, found without naming the store.
#pragma once

#include <concepts>

#include "evsrc/store/event_store.hpp"
#include "evsrc/store/idempotency_store.hpp"
#include "evsrc/store/outbox_store.hpp"
#include "evsrc/store/snapshot_store.hpp"

namespace evsrc::testing::inline v0 {

/// Borrowed; `events` is never null where a store is expected, the others are null where a store
/// lacks them.
struct store_ports {
  evsrc::event_store* events = nullptr;
  idempotency_store* keys = nullptr;
  snapshot_store* snapshots = nullptr;
  outbox_store* outbox = nullptr;
};

/// All ports that `Store` derives from.
template <std::derived_from<evsrc::event_store> Store>
[[nodiscard]] store_ports ports_of(Store& store) noexcept {
  store_ports found{.events = &store};
  if constexpr (std::derived_from<Store, idempotency_store>) found.keys = &store;
  if constexpr (std::derived_from<Store, snapshot_store>) found.snapshots = &store;
  if constexpr (std::derived_from<Store, outbox_store>) found.outbox = &store;
  return found;
}

}  // namespace evsrc::testing::inline v0
