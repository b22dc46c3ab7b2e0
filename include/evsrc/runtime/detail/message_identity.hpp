// SPDX-License-Identifier: Apache-2.0
// Which message this is, over copies, redeliveries and rounds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "evsrc/bus/delivery.hpp"

namespace evsrc::inline v0::detail {

/// What evsrc's properties say of a message; for a first delivery of an original, its own fields.
struct message_identity {
  std::string origin;          ///< id of the first of all copies; empty: the message has none
  std::uint32_t round = 0;     ///< redrives before this one
  std::uint32_t attempts = 0;  ///< delayed attempts before this copy
  timestamp first_enqueued{};
  bool is_copy = false;  ///< carries an origin id

  friend bool operator==(message_identity const&, message_identity const&) = default;
};
[[nodiscard]] message_identity identify(message const& what, timestamp enqueued_at);

/// "<origin>/<suffix>" within limits::message_id_bytes (G18).
[[nodiscard]] message_id copy_id(std::string_view origin, std::string_view suffix);
/// A message like `from` under a broker id of its own, with what `as` says in its properties; what
/// a dead-letter queue added is gone. It is due at `at` and expires when `from` would.
[[nodiscard]] message copy_of(message const& from, message_identity const& as,
                              std::string_view suffix, timestamp at, timestamp expires_at);

/// Some digits that tell entities apart, in whatever letter case they are written.
[[nodiscard]] std::string digits_of(std::string_view entity);
/// Addresses a message to one subscription of the topic that it is sent to. Copies of one message
/// for several subscriptions are alike but for that, and a topic's duplicate detection looks at
/// ids: a copy's id names the subscription, too. An original keeps its id.
void address_to(message& what, std::string const& subscription);

}  // namespace evsrc::inline v0::detail
