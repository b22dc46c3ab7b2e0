// SPDX-License-Identifier: Apache-2.0
// What is known about an event beside its fields.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evsrc/core/id.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/core/timestamp.hpp"

namespace evsrc::inline v0 {

/// A name and a value that queries find an event by, such as {"sku", "85123A"}.
struct event_tag {
  std::string name;
  std::string value;

  friend auto operator<=>(event_tag const&, event_tag const&) = default;
};

/// Who, when, why. What the caller leaves empty the command handler fills in.
struct metadata {
  event_id id{};              ///< nil: the handler makes one (UUIDv7)
  timestamp time{};           ///< the epoch itself (1970-01-01T00:00:00Z) counts as not set
  std::string source{};       ///< the service that wrote it
  std::string subject{};      ///< what it is about: the stream, "account/42", if left empty
  std::string correlation{};  ///< the same for all that one request set off
  std::string causation{};    ///< the message or event that led to this one
  std::string user{};
  std::string trace_parent{};  ///< W3C traceparent
  std::vector<event_tag> tags{};
  std::vector<std::pair<std::string, std::string>> headers{};  ///< free, order kept

  friend bool operator==(metadata const&, metadata const&) = default;
};

/// Appends everything but `id` and `time`, which stores keep in columns of their own, in a compact
/// form: a format byte (1), then length-prefixed fields. Empty metadata is zero bytes.
void encode_metadata(metadata const& from, std::string& out);
/// Reads what `encode_metadata` wrote, and no other bytes: one value has one encoded form.
/// @errors malformed: cut off or not ours; newer_version: a later format byte
[[nodiscard]] result<metadata> decode_metadata(std::string_view encoded, event_id id,
                                               timestamp time);

}  // namespace evsrc::inline v0
