// SPDX-License-Identifier: Apache-2.0
// What concurrent callers of a bus did and saw, and pure judges of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/error.hpp"
#include "evsrc/core/settlement.hpp"
#include "evsrc/core/timestamp.hpp"
#include "evsrc/testing/history.hpp"
#include "evsrc/testing/verdict.hpp"

namespace evsrc::testing::inline v0 {

enum class call_outcome : std::uint8_t {
  none,     ///< the worker ended before the answer came: the call may have taken effect
  done,     ///< acknowledged
  refused,  ///< an error of effect::none
  unknown,  ///< any other error
};

/// What every call has. Workers number their calls' times on one monotonic clock; `bus_time` is the
/// clock that the bus judges locks by, read when the answer had come.
struct bus_call {
  std::uint32_t worker = 0;  ///< one thread of one process
  call_times times{};
  timestamp bus_time{};
  std::string entity;
  call_outcome outcome = call_outcome::none;
  errc refusal = errc::invalid_argument;  ///< where refused or unknown
};

/// One message of a send. Ids are unique in a history, but where the entity detects duplicates.
struct sent_message {
  std::string id;
  std::string session_id{};
  std::string body{};
};

/// A batch that was sent or scheduled. Sends and settlements with one number of a transaction, not
/// 0, were one call and have the same outcome.
struct recorded_send : bus_call {
  std::uint64_t transaction = 0;
  bool is_scheduled = false;
  std::vector<sent_message> messages{};
};

/// A lock as its holder knows it: `from` is when the bus gave it, by the bus's own clock.
struct held_lock {
  lock_token token{};
  timestamp from{};
  timestamp until{};
};

struct seen_message {
  std::string id;
  std::string session_id{};
  std::string body{};
  std::int64_t sequence_number = 0;
  std::uint32_t delivery_count = 0;
  held_lock lock{};  ///< nil token: received and deleted, or peeked
  std::string dead_letter_reason{};
  timestamp expires_at = timestamp::max();
};

/// One receive; `holder` is the number of the accept that it went through, 0 without sessions.
struct recorded_receive : bus_call {
  std::uint64_t holder = 0;
  bool is_deferred = false;  ///< by sequence numbers
  bool is_deleting = false;  ///< receive_and_delete
  std::vector<seen_message> messages{};
};

struct recorded_settle : bus_call {
  std::uint64_t transaction = 0;
  lock_token lock{};
  disposition what = disposition::complete;
  std::string reason{};
};

/// A renewal of a message's lock, or of the session of the accept with that number.
struct recorded_renewal : bus_call {
  std::uint64_t holder = 0;
  lock_token lock{};
  timestamp until{};  ///< where done
};

/// A session that was accepted, and its end: `closing` are the times of its receiver's destruction,
/// 0 while that is there.
struct recorded_accept : bus_call {
  std::uint64_t holder = 0;  ///< unique in the history, from 1
  std::string session_id{};
  held_lock lock{};  ///< without token
  call_times closing{};
};

/// A scheduled message that was taken back.
struct recorded_cancel : bus_call {
  std::string id;
};

/// An entity's messages when everybody had finished, dead letters in an entity of their own.
struct standing_entity {
  std::string entity;
  std::vector<seen_message> messages{};
};

/// All that happened. Calls of one worker stand in the order in which it made them.
struct bus_history {
  std::vector<recorded_send> sends{};
  std::vector<recorded_receive> receives{};
  std::vector<recorded_settle> settles{};
  std::vector<recorded_renewal> renewals{};
  std::vector<recorded_accept> accepts{};
  std::vector<recorded_cancel> cancels{};
  std::vector<standing_entity> standing{};
  std::vector<std::string> detecting{};  ///< entities that detect duplicates, their window endless
};

/// Adds what another worker recorded; `standing` and `detecting` stay.
void merge(bus_history& into, bus_history from);

// The judges. Each looks at one promise; none needs a bus. Histories are of queues: nothing was
// removed by an operator, and nothing expires without a dead letter. @cost n log n in the history,
// quadratic in the deliveries of one message or session

/// Whatever was received or stands at the end was sent before, as it is, by a send that was not
/// refused; and a sequence number is of one message.
[[nodiscard]] verdict no_invented_message(bus_history const& what);
/// Of each send all messages got in or none, and of acknowledged ones each was received and ended,
/// was cancelled, or stands at the end in its entity or that one's dead-letter queue.
[[nodiscard]] verdict nothing_acknowledged_is_lost(bus_history const& what);
/// A message that was sent once is there once: under one sequence number. Where duplicates are
/// detected this holds however often its id was sent.
[[nodiscard]] verdict no_message_is_there_twice(bus_history const& what);
/// Each message was completed, dead-lettered or deleted at most once; and was not given to anybody,
/// nor stands in its entity, after that.
[[nodiscard]] verdict each_is_ended_once(bus_history const& what);
/// No two locks of one message, and of one session, held at the same time: the later one began when
/// the other had ended, by its time, a settlement or its session's close.
[[nodiscard]] verdict locks_exclude_each_other(bus_history const& what);
/// Nothing was settled or renewed by a lock that another holder had followed.
[[nodiscard]] verdict lost_locks_do_nothing(bus_history const& what);
/// No lock was refused within its time by the bus's clock, but after a settlement of its own.
[[nodiscard]] verdict held_locks_are_honoured(bus_history const& what);
/// A session's messages came in order of their sequence numbers: none while one in front of it was
/// neither ended nor in the same holder's hands.
[[nodiscard]] verdict sessions_are_in_order(bus_history const& what);
/// What was sent after an acknowledged send to the same entity has greater sequence numbers, and
/// so has a batch in its order. Scheduled messages stand for themselves.
[[nodiscard]] verdict sends_are_in_order(bus_history const& what);
/// What was cancelled arrives nowhere.
[[nodiscard]] verdict cancelled_never_arrives(bus_history const& what);
/// What a holder dead-lettered is a dead letter with the reason that was given.
[[nodiscard]] verdict dead_letters_keep_their_reason(bus_history const& what);
/// Nothing was given to a receiver at or beyond its time to live.
[[nodiscard]] verdict nothing_expired_is_delivered(bus_history const& what);

struct bus_history_judge {
  std::string_view name;
  verdict (*judge)(bus_history const&);
};
/// All of the above.
[[nodiscard]] std::span<bus_history_judge const> bus_history_judges() noexcept;
/// All judges; the first that fails, with its name in front.
[[nodiscard]] verdict judge_all(bus_history const& what);

}  // namespace evsrc::testing::inline v0
