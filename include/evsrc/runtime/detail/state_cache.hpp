// SPDX-License-Identifier: Apache-2.0
// States of streams that were in use lately.
#pragma once

#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "evsrc/core/cursor.hpp"
#include "evsrc/core/position.hpp"

namespace evsrc::inline v0::detail {

/// How far a state has been read.
struct stream_slot {
  std::string key;
  stream_version version = 0;  ///< of the stream; unused for a query
  cursor seen{};               ///< of the query; unused for a stream
  stream_version kept = 0;     ///< at the last look whether a snapshot is due
  bool behind = true;          ///< must be read on before it is used
  bool proven = false;         ///< was read from the store in this command
};

template <class A>
struct slotted_state {
  stream_slot slot;
  A state{};
};

/// Lends states out: a state is in the cache or with one command, never both, so it is changed in
/// place and never copied. Whoever finds it lent reads the store. The least recently used goes
/// first. @threads any thread may call
template <class A>
class state_cache {
  using entries = std::list<slotted_state<A>>;
  using index = std::unordered_map<std::string_view, typename entries::iterator>;

 public:
  /// One state on loan. Destroyed without `give_back` it is forgotten.
  class loan {
   public:
    [[nodiscard]] slotted_state<A>& operator*() noexcept { return one_.front(); }
    [[nodiscard]] slotted_state<A>* operator->() noexcept { return &one_.front(); }
    [[nodiscard]] slotted_state<A> const* operator->() const noexcept { return &one_.front(); }

   private:
    friend state_cache;
    entries one_;
    typename index::node_type place_;
  };

  explicit state_cache(std::size_t entries_max) : entries_max_(entries_max) {}

  /// The state of `key`, or the one before any event.
  [[nodiscard]] loan take(std::string key) {
    loan taken;
    {
      std::scoped_lock const lock(mutex_);
      if (auto const found = index_.find(key); found != index_.end()) {
        taken.one_.splice(taken.one_.begin(), recent_, found->second);
        taken.place_ = index_.extract(found);
        return taken;
      }
    }
    taken.one_.emplace_front();
    taken.one_.front().slot.key = std::move(key);
    return taken;
  }

  /// Keeps the state for the next command; of two for one key the later version.
  void give_back(loan state) {
    if (entries_max_ == 0) return;
    state->slot.proven = false;
    loan oldest;  // destroyed outside the lock
    std::scoped_lock const lock(mutex_);
    if (auto const found = index_.find(state->slot.key); found != index_.end()) {
      auto& kept = found->second->slot;
      if (kept.version > state->slot.version || kept.seen > state->slot.seen) return;
      oldest.one_.splice(oldest.one_.begin(), recent_, found->second);
      oldest.place_ = index_.extract(found);
    } else if (recent_.size() >= entries_max_) {
      oldest.place_ = index_.extract(std::string_view(recent_.back().slot.key));
      oldest.one_.splice(oldest.one_.begin(), recent_, std::prev(recent_.end()));
    }
    recent_.splice(recent_.begin(), state.one_);
    auto const at = recent_.begin();
    if (state.place_.empty()) {
      index_.emplace(at->slot.key, at);
    } else {
      state.place_.key() = at->slot.key;
      state.place_.mapped() = at;
      index_.insert(std::move(state.place_));
    }
  }

 private:
  std::size_t const entries_max_;
  std::mutex mutex_;
  entries recent_;  // the front was used last
  index index_;     // keys point into `recent_`
};

}  // namespace evsrc::inline v0::detail
