// SPDX-License-Identifier: Apache-2.0
// Looks through the dead letters of one queue or subscription, page by page, without locking any.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "evsrc/bus/message_bus.hpp"

namespace evsrc::inline v0 {

/// Beyond every sequence number.
inline constexpr auto last_sequence_number = std::numeric_limits<std::int64_t>::max();

/// Which dead letters: those that all of it fits. What is left as it is fits every one.
struct dead_letter_filter {
  std::string type{};         ///< wire name: the property `evsrc-type`, else the subject
  std::string reason{};       ///< "HandlerFailed", "TTLExpiredException"
  std::string key{};          ///< session id, else partition key
  std::string id{};           ///< origin id: that of the first of all copies
  timestamp enqueued_from{};  ///< when it came into its queue; inclusive
  timestamp enqueued_until = timestamp::max();  ///< exclusive
  std::int64_t sequence_number = 0;             ///< in the dead-letter queue; 0: any

  friend bool operator==(dead_letter_filter const&, dead_letter_filter const&) = default;
};
[[nodiscard]] bool matches(dead_letter_filter const& which, delivery const& letter);
/// "type=order.created reason=HandlerFailed", "all": for people and for records.
[[nodiscard]] std::string to_string(dead_letter_filter const& which);

/// A dead letter, and what its properties say.
struct dead_letter_entry {
  delivery letter{};        ///< peeked: nobody holds a lock because of it
  std::string origin_id{};  ///< of the first of all copies
  std::string type{};
  std::string key{};
  std::string reason{};
  std::string description{};
  std::uint32_t round = 0;     ///< redrives before this one
  std::uint32_t attempts = 0;  ///< delayed attempts of this round, crashed deliveries included
};
[[nodiscard]] dead_letter_entry describe(delivery letter);

/// One page of a look through them, in the order of their sequence numbers.
struct dead_letter_read {
  dead_letter_filter which{};
  std::int64_t from_sequence_number = 0;                      ///< inclusive
  std::int64_t up_to_sequence_number = last_sequence_number;  ///< inclusive
  std::size_t max_letters = 100;                              ///< 1 to limits::receive_messages
};
struct dead_letter_page {
  std::vector<dead_letter_entry> letters{};
  std::int64_t next = 0;  ///< from where the next page begins
  bool is_last = false;
};

/// Reads what is there now: others may come and go between two pages. The bus is lent.
/// @threads any thread may call
class dead_letters {
 public:
  /// `entity`: a queue or "topic/Subscriptions/name".
  dead_letters(message_bus& bus, std::string entity);

  /// A page may be short, even empty, and not the last: it looks at 1,000 messages at most.
  /// @errors invalid_argument: max_letters; not_found: the entity
  [[nodiscard]] result<dead_letter_page> read(dead_letter_read const& what);
  /// @errors not_found
  [[nodiscard]] result<dead_letter_entry> find(std::int64_t sequence_number);
  /// The highest sequence number; 0 where there is no dead letter. @cost some dozens of peeks
  [[nodiscard]] result<std::int64_t> last();
  /// How many fit. @cost reads all of them
  [[nodiscard]] result<std::uint64_t> count(
      dead_letter_filter const& which, std::int64_t up_to_sequence_number = last_sequence_number);

 private:
  [[nodiscard]] result<std::vector<delivery>> peek(std::int64_t from, std::size_t max_messages);

  message_bus* bus_;
  std::string entity_;
};

}  // namespace evsrc::inline v0
