// SPDX-License-Identifier: Apache-2.0
// The port of stores that hold many streams in one order: commits over all of it, queries,
// checkpoints.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "evsrc/core/unique_function.hpp"
#include "evsrc/store/stream_store.hpp"

namespace evsrc::inline v0 {

/// Everything, one category, or a query over names and tags.
struct all_events {};
struct events_of_category {
  std::string category;
};
using event_scope = std::variant<all_events, events_of_category, query>;

/// Part of the whole order. Give `page.next()` back as `from` to go on.
struct scope_read {
  event_scope scope = all_events{};
  /// Exclusive. Forwards the start is before the first event; backwards it is behind the last.
  cursor from{};
  direction order = direction::forwards;
  std::size_t max_events = 1'000;              ///< 1 to limits::page_events
  std::size_t max_bytes = limits::page_bytes;  ///< a page holds at least one event
};

/// One stream of a category.
struct stream_summary {
  std::string key;
  stream_version version = 0;
};

/// Keys of a category in byte order.
struct streams_read {
  std::string category;
  std::string after_key{};  ///< exclusive; empty for the first
  std::size_t max_streams = 1'000;
};

/// Called once with the outcome of a submitted commit; may submit more, must not block or throw.
using completion = unique_function<void(result<receipt>)>;

/// A store with one order over all its streams.
/// @threads every function may be called from any thread
class event_store : public stream_store {
 public:
  /// Writes all of `what` or nothing and returns when it is as durable as the store was opened for.
  /// @errors version_conflict, condition_failed, fenced, checkpoint_mismatch, checkpoint_ahead,
  ///   key_reused, invalid_argument, limit_exceeded, overloaded, closed: nothing written;
  ///   timed_out, unavailable, disk_full, read_only, corrupt, io_failed: see error::effect (G2)
  /// @cost one transaction, shared with commits that wait at the same time (G3)
  [[nodiscard]] virtual result<receipt> commit(evsrc::commit what,
                                               commit_options const& options = {}) = 0;
  /// As `commit`, without waiting; many may be in flight. Completions of one caller run in the
  /// order of its calls, on the thread that led the group or in `poll()`. If the queue is full
  /// `done` is called at once with errc::overloaded.
  virtual void submit(evsrc::commit what, completion done) = 0;
  /// Commits what was submitted and not yet taken. @return how many completions ran
  virtual std::size_t poll() = 0;

  [[nodiscard]] virtual result<event_page> query(scope_read const& what) = 0;
  /// A cursor behind the last event that is committed now.
  [[nodiscard]] virtual result<cursor> head() = 0;
  /// Returns as soon as there is an event behind `where`, or when `patience` is over, with the head
  /// of that moment in both cases. @errors checkpoint_ahead: a cursor of another store or beyond
  /// the head of this one; closed
  [[nodiscard]] virtual result<cursor> wait_beyond(cursor where,
                                                   std::chrono::milliseconds patience) = 0;
  [[nodiscard]] virtual result<std::vector<stream_summary>> streams(streams_read const& what) = 0;

  /// Where the checkpoint `name` stands; the start where it was never set.
  [[nodiscard]] virtual result<cursor> find_checkpoint(std::string_view name) = 0;
  /// All zero where nobody ever owned `name`.
  [[nodiscard]] virtual result<owner_state> find_owner(std::string_view name) = 0;

  /// The same text as that of a bus in the same file, whose settlements may ride on commits and
  /// which takes messages within them; empty where there is none.
  [[nodiscard]] virtual std::string place() const { return {}; }

  /// Answers everything pending, waiting at most `deadline`; what did not begin by then is
  /// errc::closed. Later calls answer errc::closed. Closing twice is fine.
  virtual void close(std::chrono::milliseconds deadline) = 0;
};

}  // namespace evsrc::inline v0
