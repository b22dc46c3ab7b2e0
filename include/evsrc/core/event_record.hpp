// SPDX-License-Identifier: Apache-2.0
// An event as bytes: on its way into a store, and as read from one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "evsrc/core/metadata.hpp"
#include "evsrc/core/position.hpp"

namespace evsrc::inline v0 {

/// Bytes behind each payload that a page must own, so that a scanner may read past the end.
inline constexpr std::size_t payload_padding = 64;

/// One event to be appended by hand; a command handler fills all of it in. `meta.id` must be set
/// (make_event_id), `meta.time` is stored as it is, 1970 where it is not set; `meta.tags` are
/// indexed.
struct new_event {
  std::string name;
  std::uint32_t version = 1;
  std::string payload;  ///< at most limits::event_payload_bytes; stores do not look inside
  metadata meta{};
};

/// One event as read. The views live as long as the page that holds it (store/event_page.hpp).
struct event_view {
  evsrc::position position{};
  std::string_view category{};
  std::string_view key{};
  stream_version version = 0;  ///< of the stream, counting from 1
  std::string_view name{};
  std::uint32_t event_version = 1;
  std::string_view payload{};  ///< followed by `payload_padding` readable bytes
  event_id id{};
  timestamp time{};
  std::string_view encoded_metadata{};

  /// @cost allocates for what is set; call it where metadata is needed, not in folds
  [[nodiscard]] result<metadata> meta() const {
    return decode_metadata(encoded_metadata, id, time);
  }
};

}  // namespace evsrc::inline v0
