// SPDX-License-Identifier: Apache-2.0
// Messages of a topic that are for one of its subscriptions alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "evsrc/bus/entity.hpp"
#include "evsrc/core/message.hpp"

namespace evsrc::inline v0 {

/// The folded path of the one subscription of `topic` that gets the message, past rules and actions
/// (property_names::only_for). nullopt: rules decide, also where it names another topic's.
[[nodiscard]] inline std::optional<std::string> addressee_of(message const& sent,
                                                             std::string_view topic) {
  auto const named = find_text(sent.properties, property_names::only_for);
  if (named.empty()) return std::nullopt;
  auto const path = parse_entity_path(named);
  if (!path || path->subscription.empty() || folded(path->name) != folded(topic))
    return std::nullopt;
  return folded(subscription_path(path->name, path->subscription));
}

}  // namespace evsrc::inline v0
