// SPDX-License-Identifier: Apache-2.0
// The port that every store implements: one stream at a time.
#pragma once

#include <chrono>
#include <optional>

#include "evsrc/core/limits.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/store/commit.hpp"
#include "evsrc/store/event_page.hpp"

namespace evsrc::inline v0 {

enum class direction : std::uint8_t { forwards, backwards };

/// Part of one stream.
struct stream_read {
  stream_id stream;
  /// Exclusive. Forwards: from the event behind this version, 0 for the first; backwards: from the
  /// event before it, 0 for the last.
  stream_version from = 0;
  direction order = direction::forwards;
  std::size_t max_events = 1'000;              ///< 1 to limits::page_events
  std::size_t max_bytes = limits::page_bytes;  ///< a page holds at least one event
};

/// How long a write may wait for its turn: errc::timed_out, effect none, where that did not come.
/// Stores of this machine then wait for its end; another may say timed_out with effect unknown.
struct commit_options {
  std::chrono::milliseconds deadline = std::chrono::seconds(30);
};

/// Appends to and reads one stream, with the messages and keys of its partition.
/// @threads every function may be called from any thread
class stream_store {
 public:
  stream_store() = default;
  stream_store(stream_store const&) = delete;
  stream_store& operator=(stream_store const&) = delete;
  virtual ~stream_store() = default;

  /// Events of one stream in order, with the stream's version at that moment. A stream that does
  /// not exist is an empty page at version 0. @cost one index range scan
  [[nodiscard]] virtual result<event_page> read(stream_read const& what) = 0;
  /// All of `what` or nothing. @errors as event_store::commit
  [[nodiscard]] virtual result<receipt> append_stream(stream_commit what,
                                                      commit_options const& options = {}) = 0;
};

}  // namespace evsrc::inline v0
