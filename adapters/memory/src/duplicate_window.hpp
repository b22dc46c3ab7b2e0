// SPDX-License-Identifier: Apache-2.0
// The ids that an entity has seen lately.
#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "evsrc/core/timestamp.hpp"

namespace evsrc::memory::inline v0::detail {

/// @cost constant; memory is that of the ids within the window
class duplicate_window {
 public:
  /// Forgets what is older than the window.
  void advance(timestamp now, std::chrono::milliseconds window) {
    for (; !order_.empty() && order_.front().first + window <= now; order_.pop_front()) {
      auto const found = seen_.find(order_.front().second);
      if (found != seen_.end() && found->second == order_.front().first) seen_.erase(found);
    }
  }
  /// Asked after `advance`. A clock that went back leaves old ids in the middle of the order.
  [[nodiscard]] bool has(std::string const& id, timestamp now,
                         std::chrono::milliseconds window) const {
    auto const found = seen_.find(id);
    return found != seen_.end() && found->second + window > now;
  }
  void add(std::string const& id, timestamp now) {
    seen_.insert_or_assign(id, now);
    order_.emplace_back(now, id);
  }

 private:
  std::unordered_map<std::string, timestamp> seen_;
  std::deque<std::pair<timestamp, std::string>> order_;
};

}  // namespace evsrc::memory::inline v0::detail
