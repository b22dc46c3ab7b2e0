// SPDX-License-Identifier: Apache-2.0
// How far a named reader has come: compare and set.
#pragma once

#include <string>

#include "evsrc/core/cursor.hpp"

namespace evsrc::inline v0 {

/// Part of a commit: moves the checkpoint `name` from `from` to `to`. If it is not at `from`, the
/// commit fails with errc::checkpoint_mismatch and writes nothing. A name never set is at the
/// start. `to` must be a cursor of this store, at or before its head, else errc::checkpoint_ahead.
struct checkpoint {
  std::string name;
  cursor from{};
  cursor to{};
};

}  // namespace evsrc::inline v0
