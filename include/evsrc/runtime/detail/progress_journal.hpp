// SPDX-License-Identifier: Apache-2.0
// What a runner remembers beside its checkpoint, as events of a stream of its own.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evsrc/core/clock.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/runtime/explanation.hpp"
#include "evsrc/store/event_store.hpp"

namespace evsrc::inline v0::detail {

/// A stream that is held, or was redriven ahead of the runner's cursor.
struct held_stream {
  failed_event first{};  ///< `first.version` is the first that was not processed
  bool is_held = true;
  stream_version done_through = 0;  ///< where not held: up to here it was processed by redrive
};
using held_streams = std::map<stream_id, held_stream>;

/// What the journal adds up to.
struct journal_state {
  held_streams held;
  std::uint64_t skipped = 0;
};

/// Writes and folds `evsrc.key-parked`, `evsrc.key-redriven`, `evsrc.event-skipped`.
class progress_journal {
 public:
  progress_journal(stream_id stream, clock& time, random_source& random)
      : stream_(std::move(stream)), clock_(&time), random_(&random) {}

  [[nodiscard]] result<journal_state> load(event_store& store) const;
  [[nodiscard]] result<append> parked(failed_event const& event) const;
  [[nodiscard]] result<append> skipped(failed_event const& event) const;
  /// `finished`: nothing of the stream is held any more.
  [[nodiscard]] result<append> redriven(stream_id const& stream, stream_version through,
                                        bool finished) const;

 private:
  stream_id stream_;
  clock* clock_;
  random_source* random_;
};

/// What is recorded of the tables of a projection, over all its versions.
struct model_versions {
  stream_version version = 0;  ///< of the stream of these records
  std::string live{};          ///< label of the tables that are read; empty before the first
  std::vector<std::string> building{};  ///< created, not activated, not dropped
  std::vector<std::string> created{};   ///< all that ever were
};

/// Writes and folds `evsrc.model-created`, `evsrc.model-activated`, `evsrc.model-dropped`.
class model_journal {
 public:
  model_journal(stream_id stream, clock& time, random_source& random)
      : stream_(std::move(stream)), clock_(&time), random_(&random) {}

  [[nodiscard]] result<model_versions> load(event_store& store) const;
  /// The records of one change: created, activated, dropped; empty labels are left out.
  [[nodiscard]] result<append> record(stream_version expected, std::string const& created,
                                      std::string const& activated,
                                      std::vector<std::string> const& dropped) const;

 private:
  stream_id stream_;
  clock* clock_;
  random_source* random_;
};

}  // namespace evsrc::inline v0::detail
