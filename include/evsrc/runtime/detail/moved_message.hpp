// SPDX-License-Identifier: Apache-2.0
// Dead letters that went to another place. They keep their origin, and may come back.
#pragma once

#include <string_view>

#include "evsrc/runtime/detail/inbox.hpp"

namespace evsrc::inline v0::detail {

/// Why the next round of a moved message is skipped where it came from.
inline constexpr char const* moved_reason = "moved";

/// As identify(), for one consumer: what was moved away from it comes back in the round behind the
/// skipped one, whoever sends it back.
[[nodiscard]] message_identity identify_for(std::string_view consumer, message const& what,
                                            timestamp enqueued_at);
/// Notes on a message that leaves `consumer` in which round it would come back.
void note_return(message& what, std::string_view consumer, std::uint32_t round);
/// For a message that is a new one.
void erase_returns(message& what);

/// True where a round that ended so lets the next one begin.
[[nodiscard]] bool lets_next_begin(final_disposition const& last) noexcept;

}  // namespace evsrc::inline v0::detail
