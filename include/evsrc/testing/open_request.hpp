// SPDX-License-Identifier: Apache-2.0
// How a contract wants a store or bus opened.
#pragma once

#include "evsrc/core/clock.hpp"

namespace evsrc::testing::inline v0 {

struct open_request {
  evsrc::clock* clock = nullptr;  ///< never null; outlives the handle
  bool stepped = false;  ///< submitted work waits for `commit` or `poll`; no thread of its own
};

}  // namespace evsrc::testing::inline v0
