// SPDX-License-Identifier: Apache-2.0
// Where a consumer stands, what it did, and why it does not move.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evsrc/core/error.hpp"
#include "evsrc/core/timestamp.hpp"
#include "evsrc/runtime/consumer_options.hpp"

namespace evsrc::inline v0 {

/// Since this consumer was made.
struct consumer_counts {
  std::uint64_t received = 0;    ///< deliveries
  std::uint64_t done = 0;        ///< messages whose effects were committed
  std::uint64_t duplicates = 0;  ///< had ended before; their handler's effects were not repeated
  std::uint64_t retried = 0;     ///< delayed attempts that were arranged
  std::uint64_t deferred = 0;
  std::uint64_t held = 0;       ///< moved into the ledger of a blocked key
  std::uint64_t conflicts = 0;  ///< handled again because others wrote the same streams
  std::uint64_t locks_lost = 0;
  std::map<std::string, std::uint64_t> dead_letters{};  ///< by reason

  friend bool operator==(consumer_counts const&, consumer_counts const&) = default;
};

enum class consumer_standing : std::uint8_t {
  idle,      ///< nobody has polled it yet
  running,   ///< messages come and go
  empty,     ///< nothing is there
  paused,    ///< too many failures in a row, or the store or bus is away: goes on by itself
  draining,  ///< takes no more
  stopped,   ///< refused to start, or cannot go on without a person
};
[[nodiscard]] std::string_view to_string(consumer_standing value) noexcept;

/// A key whose messages wait.
struct waiting_key {
  std::string key;
  std::string standing;  ///< "blocked", "waiting", "draining"
  std::string message_id{};
  std::string reason{};
  std::string description{};
  timestamp since{};
  std::size_t held = 0;
};

/// The text of `to_string` is for people and may change.
struct consumer_explanation {
  std::string name;
  std::string entity;
  consumer_standing standing = consumer_standing::idle;
  std::optional<error> trouble{};            ///< why it pauses or stopped, or what failed last
  std::size_t in_hand = 0;                   ///< messages that it has and has not settled
  std::uint64_t attempts = 0;                ///< of the retry policy
  std::chrono::milliseconds inbox_window{};  ///< the maximum: for ever
  inbox_window_terms window_terms{};
  consumer_counts counts{};
  std::vector<waiting_key> keys{};
};
[[nodiscard]] std::string to_string(consumer_explanation const& what);

}  // namespace evsrc::inline v0
