// SPDX-License-Identifier: Apache-2.0
// Which events, by name and tag.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/event_record.hpp"

namespace evsrc::inline v0 {

/// Matches an event that has one of `names` (empty: any name) and all of `tags` (empty: any tags).
/// Names are wire names; former ones stand in the list beside the current one.
struct query_item {
  std::vector<std::string> names{};
  std::vector<event_tag> tags{};

  friend bool operator==(query_item const&, query_item const&) = default;
};

/// Matches an event that one of `items` matches; no items at all match every event.
/// Limits: limits::query_items, query_names_per_item, query_tags_per_item.
struct query {
  std::vector<query_item> items{};

  friend bool operator==(query const&, query const&) = default;
};

/// The rule in code: what every store's index must agree with.
[[nodiscard]] bool matches(query const& what, std::string_view name,
                           std::vector<event_tag> const& tags) noexcept;

}  // namespace evsrc::inline v0
