// SPDX-License-Identifier: Apache-2.0
// What concurrent callers of a store did and saw, and pure judges of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/cursor.hpp"
#include "evsrc/core/error.hpp"
#include "evsrc/store/expected_version.hpp"
#include "evsrc/store/query.hpp"
#include "evsrc/testing/verdict.hpp"

namespace evsrc::testing::inline v0 {

/// When a call began and when its answer came: nanoseconds of one monotonic clock for all workers.
/// `completed` 0: never answered.
struct call_times {
  std::uint64_t invoked = 0;
  std::uint64_t completed = 0;
};

struct recorded_append {
  stream_id stream;
  expected_version expected = expected_version::any();
  std::vector<event_id> events{};
};

/// `seen` are the matching events of the read that gave the condition's cursor.
struct recorded_condition {
  query matching;
  std::vector<event_id> seen{};
};

struct recorded_key {
  std::string scope;
  std::string key;
  std::string fingerprint;
  std::string outcome;
};

enum class answer_kind : std::uint8_t {
  none,  ///< the worker ended before the answer came: the commit may have happened
  committed,
  duplicate,
  refused,  ///< an error of effect::none
  unknown,  ///< any other error
};

/// One commit, from the caller's side.
struct recorded_commit {
  std::uint32_t worker = 0;  ///< one thread of one process
  std::uint64_t race = 0;    ///< commits of one race exclude each other; 0: none
  call_times times{};
  std::vector<recorded_append> appends{};
  std::vector<recorded_condition> unless{};
  std::vector<recorded_key> once{};
  answer_kind answer = answer_kind::none;
  errc refusal = errc::invalid_argument;  ///< where refused or unknown
  std::vector<position> positions{};      ///< of the receipt, with `versions` and `outcome`
  std::vector<stream_version> versions{};
  std::string outcome{};
};

/// A look at one stream's version.
struct recorded_look {
  std::uint32_t worker = 0;
  call_times times{};
  stream_id stream;
  stream_version version = 0;
};

struct seen_event {
  evsrc::position position{};
  stream_id stream;
  stream_version version = 0;
  std::string name;
  event_id id{};
  std::vector<event_tag> tags{};
};

/// One page of a follower, who reads all events forwards. Pages of one follower stand in the order
/// of its reads; after a restart it goes on from the cursor that it had kept.
struct recorded_page {
  std::uint32_t worker = 0;
  call_times times{};
  cursor from{};
  cursor next{};
  bool at_end = false;
  std::vector<seen_event> events{};
};

/// All that happened, and all events in the store's order when everybody had finished.
struct history {
  std::vector<recorded_commit> commits{};
  std::vector<recorded_look> looks{};
  std::vector<recorded_page> pages{};
  std::vector<seen_event> all_events{};
};

/// Adds what another worker recorded; `all_events` stays.
void merge(history& into, history from);

// The judges. Each looks at one promise; none needs a store. @cost about linear in the history

/// Of the commits that expected one exact version of a stream and wrote to it at most one was
/// committed, and each version conflict is explained by an event beyond the expected version.
[[nodiscard]] verdict one_winner_per_version(history const& what);
/// Exactly one commit of each race was committed; none only where an answer is missing or unknown.
[[nodiscard]] verdict one_winner_per_race(history const& what);
/// Every event of a committed commit is there once, at the position and version of its receipt, and
/// the versions of each stream count 1, 2, 3 without a gap.
[[nodiscard]] verdict no_lost_append(history const& what);
/// Of no commit some events are there and others not.
[[nodiscard]] verdict no_torn_commit(history const& what);
/// No event of a refused commit or of a duplicate is there.
[[nodiscard]] verdict losers_wrote_nothing(history const& what);
/// Nothing was refused: for callers that do not stand in each other's way.
[[nodiscard]] verdict nobody_was_refused(history const& what);
/// One position, one event: in all receipts, pages and at the end; increasing within a commit,
/// along a stream and from one commit of a worker to its next.
[[nodiscard]] verdict positions_unique_increasing(history const& what);
/// Each follower read every event that was there at the end exactly once, each stream in order, and
/// each page went on where the one before had ended.
[[nodiscard]] verdict follower_reads_each_once_in_order(history const& what);
/// Before a committed commit with a condition stands no matching event that its read had not seen.
[[nodiscard]] verdict conditions_respected(history const& what);
/// What was acknowledged is visible to looks and pages that began later, and looks never go back.
[[nodiscard]] verdict acknowledged_is_visible(history const& what);
/// Who was told of a version conflict finds the event that explains it from then on. For callers
/// that expect a version which the stream has or had, as those do who read it first.
[[nodiscard]] verdict conflicts_are_visible(history const& what);
/// Of the commits with one key and fingerprint at most one was committed, and each duplicate got
/// that one's outcome and positions.
[[nodiscard]] verdict duplicates_not_redecided(history const& what);

struct history_judge {
  std::string_view name;
  verdict (*judge)(history const&);
};
/// The judges that hold for every history: all but `one_winner_per_race` (for races) and
/// `nobody_was_refused`.
[[nodiscard]] std::span<history_judge const> history_judges() noexcept;
/// All of `history_judges()`; the first that fails, with the judge's name in front.
[[nodiscard]] verdict judge_all(history const& what);

}  // namespace evsrc::testing::inline v0
