// SPDX-License-Identifier: Apache-2.0
// States kept to save replays: a cache, never a source of truth.
#pragma once

#include <optional>
#include <string>

#include "evsrc/core/id.hpp"
#include "evsrc/core/position.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0 {

/// A state as of `version`, with what says whether today's program can still use it.
struct snapshot {
  stream_version version = 0;
  std::string fingerprint;  ///< of the state's fields and its state_version, at most 64 bytes
  std::string state;        ///< at most limits::snapshot_bytes
};

/// One snapshot per stream. @threads every function may be called from any thread
class snapshot_store {
 public:
  snapshot_store() = default;
  snapshot_store(snapshot_store const&) = delete;
  snapshot_store& operator=(snapshot_store const&) = delete;
  virtual ~snapshot_store() = default;

  [[nodiscard]] virtual result<std::optional<snapshot>> load_snapshot(stream_id const& stream) = 0;
  /// Replaces the stream's snapshot unless the kept one is of a later version. Not durable at once:
  /// a crash may bring the earlier one back.
  [[nodiscard]] virtual result<void> save_snapshot(stream_id const& stream, snapshot what) = 0;
  [[nodiscard]] virtual result<void> remove_snapshot(stream_id const& stream) = 0;
};

}  // namespace evsrc::inline v0
