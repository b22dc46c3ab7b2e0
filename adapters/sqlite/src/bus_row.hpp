// SPDX-License-Identifier: Apache-2.0
// Numbers and bytes in the rows of the bus.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "evsrc/core/message.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/core/settlement.hpp"

namespace evsrc::sqlite::inline v0::detail {

/// An entity has two queues, its own and that of its dead letters; a queue and a number in it are
/// one integer. With a sequence number it is the message's place, with the number of a session the
/// lane that the message stands in; the lane of no session has number 0.
inline constexpr unsigned number_bits = 42;
inline constexpr std::int64_t number_max = (std::int64_t{1} << number_bits) - 1;
inline constexpr std::int64_t queue_max = (std::int64_t{1} << (63 - number_bits)) - 1;
inline constexpr std::int64_t entity_max = queue_max / 2;

[[nodiscard]] constexpr std::int64_t place_of(std::int64_t queue, std::int64_t number) noexcept {
  return (queue << number_bits) | number;
}
[[nodiscard]] constexpr std::int64_t queue_of(std::int64_t place) noexcept {
  return place >> number_bits;
}
[[nodiscard]] constexpr std::int64_t number_of(std::int64_t place) noexcept {
  return place & number_max;
}

/// What a lock token says: where the message stands, and which of its deliveries this was. So a
/// token is found by the tables' own keys and needs no index.
struct lock_place {
  static constexpr unsigned nonce_bits = 128 - 2 * number_bits;
  std::int64_t sequence = 0;
  std::int64_t session = 0;
  std::int64_t nonce = 0;
};
[[nodiscard]] lock_token encode_lock(lock_place const& from) noexcept;
[[nodiscard]] lock_place decode_lock(lock_token const& token) noexcept;

/// All of a message but its body.
void encode_head(message const& from, std::string& out);
/// @errors corrupt
[[nodiscard]] result<void> decode_head(std::string_view encoded, message& into);

/// Never is NULL in the tables.
inline constexpr std::int64_t never = timestamp::max().time_since_epoch().count();

}  // namespace evsrc::sqlite::inline v0::detail
