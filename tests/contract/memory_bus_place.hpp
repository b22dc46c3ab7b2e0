// SPDX-License-Identifier: Apache-2.0
// How the contract opens the bus in memory.
#pragma once

#include "evsrc/memory/message_bus.hpp"
#include "evsrc/testing/bus_contracts.hpp"

namespace evsrc {

/// Each opening is an empty bus: nothing outlives the handle.
class memory_bus_place final : public testing::bus_place {
 public:
  result<std::unique_ptr<testing::bus_handle>> open(testing::open_request const& how) override {
    return testing::own(memory::make_message_bus({.clock = how.clock}));
  }
};

inline constexpr testing::message_bus_features memory_bus_features{};

}  // namespace evsrc
