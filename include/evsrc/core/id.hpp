// SPDX-License-Identifier: Apache-2.0
// Identifiers that the compiler keeps apart.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "evsrc/core/uuid.hpp"

namespace evsrc::inline v0 {

/// A value of type `Rep` that does not mix with other identifiers:
/// `using customer_id = evsrc::strong_id<struct customer_id_tag>;`. JSON shows the bare value.
template <class Tag, class Rep = std::string>
struct strong_id {
  using rep = Rep;
  Rep value{};

  friend auto operator<=>(strong_id const&, strong_id const&) = default;
};

/// Identifies one event for ever; a version 7 UUID unless the caller chose it.
using event_id = uuid;
/// A message's id as brokers know it: text, at most 128 characters.
using message_id = strong_id<struct message_id_tag>;

/// Names a stream: the kind of thing (`category`) and which one (`key`). Lengths: core/limits.hpp.
struct stream_id {
  std::string category;
  std::string key;

  friend auto operator<=>(stream_id const&, stream_id const&) = default;
};

/// "account-42", for people and messages. Not parsed back: a key may hold any byte.
[[nodiscard]] inline std::string to_string(stream_id const& id) {
  return id.category + "-" + id.key;
}

}  // namespace evsrc::inline v0
