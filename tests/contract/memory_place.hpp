// SPDX-License-Identifier: Apache-2.0
// How the contract opens the store in memory.
#pragma once

#include "evsrc/memory/event_store.hpp"
#include "evsrc/testing/contracts.hpp"

namespace evsrc {

/// Each opening is a fresh store: nothing outlives the handle.
class memory_place final : public testing::store_place {
 public:
  result<std::unique_ptr<testing::store_handle>> open(testing::open_request const& how) override {
    return testing::own(memory::make_event_store({.clock = how.clock}));
  }
};

inline constexpr testing::event_store_features memory_features{
    .idempotency = true, .snapshots = true, .outbox = true, .stepped = true};

}  // namespace evsrc
