// SPDX-License-Identifier: Apache-2.0
// The bytes in the columns that hold more than one value, and the hashes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evsrc/core/event_record.hpp"
#include "evsrc/core/property.hpp"
#include "evsrc/store/receipt.hpp"

namespace evsrc::sqlite::inline v0::detail {

/// A hash of bytes that stays the same for ever: it is part of the file's format.
[[nodiscard]] std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) noexcept;
/// The number that a tag has in the index. Two tags may share one: readers compare the texts.
/// Values that differ in their last two bytes alone get numbers that stand side by side: what is
/// written together, under ids that count up, then touches few pages (docs/decisions/0004).
[[nodiscard]] std::int64_t hash_tag(std::string_view name, std::string_view value) noexcept;

/// Of everything in an event's row that does not depend on where it stands.
[[nodiscard]] std::uint64_t hash_content(event_id const& id, timestamp time, std::string_view meta,
                                         std::string_view payload) noexcept;
/// The checksum column: content and place.
[[nodiscard]] std::int64_t checksum_of(std::uint64_t content, std::int64_t stream,
                                       std::uint64_t version, std::int64_t kind) noexcept;

/// Positions, versions and the position of `up_to`.
[[nodiscard]] std::string encode_receipt(receipt const& from);
[[nodiscard]] result<receipt> decode_receipt(std::string_view encoded, std::uint64_t store);
/// The properties of outbox rows in files of version 1: count, then names and texts.
[[nodiscard]] result<property_list> decode_text_pairs(std::string_view encoded);

[[nodiscard]] inline std::string_view as_bytes(event_id const& id) noexcept {
  return {reinterpret_cast<char const*>(id.octets.data()), id.octets.size()};
}
[[nodiscard]] inline std::int64_t as_integer(timestamp time) noexcept {
  return time.time_since_epoch().count();
}
[[nodiscard]] inline timestamp as_timestamp(std::int64_t microseconds) noexcept {
  return timestamp{std::chrono::microseconds{microseconds}};
}

}  // namespace evsrc::sqlite::inline v0::detail
