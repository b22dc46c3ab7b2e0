// SPDX-License-Identifier: Apache-2.0
// States of aggregates that were in use lately, in common for several command handlers.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

#include "evsrc/runtime/detail/snapshot_keeper.hpp"

namespace evsrc::inline v0 {

/// What handlers of one store know of its streams. Handlers that decide on the same aggregates, one
/// alone and one in a together<...>, are best given one cache: each then starts from what the other
/// did, where with caches of their own it would meet a conflict and read on. A handler that is
/// given none has its own.
/// @threads any thread may call; a state is lent to one command at a time
/// @cost memory of `entries_per_type` states for each type of aggregate
class aggregate_cache {
 public:
  /// 0 keeps none.
  explicit aggregate_cache(std::size_t entries_per_type = 4'096) noexcept
      : entries_(entries_per_type) {}
  aggregate_cache(aggregate_cache const&) = delete;
  aggregate_cache& operator=(aggregate_cache const&) = delete;

  /// For the runtime.
  template <aggregate A>
  [[nodiscard]] detail::state_memory<A>& of() {
    std::scoped_lock const lock(mutex_);
    auto& found = all_[&type<A>];
    if (!found) found = std::make_shared<detail::state_memory<A>>(entries_);
    return *static_cast<detail::state_memory<A>*>(found.get());
  }

 private:
  template <class A>
  static constexpr char type = 0;

  std::size_t const entries_;
  std::mutex mutex_;
  std::map<void const*, std::shared_ptr<void>> all_;
};

}  // namespace evsrc::inline v0
