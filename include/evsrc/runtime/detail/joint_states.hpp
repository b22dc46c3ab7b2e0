// SPDX-License-Identifier: Apache-2.0
// States as they will be once a commit in the making is in.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "evsrc/model/fold.hpp"
#include "evsrc/runtime/detail/snapshot_keeper.hpp"
#include "evsrc/store/commit.hpp"

namespace evsrc::inline v0::detail {

/// What a commit in the making has on loan of one cache.
class joint_member {
 public:
  joint_member() = default;
  joint_member(joint_member const&) = delete;
  joint_member& operator=(joint_member const&) = delete;
  virtual ~joint_member() = default;

  /// The commit is done: the states go back to their cache.
  virtual void committed() = 0;
};

/// States of one aggregate type. The events of a decision are applied when the state is needed
/// again, which keeps a copy of the state before, or when they are in the store: after a commit
/// that failed, states are as the store had them and only have to be read on.
template <aggregate A>
class joint_parts final : public joint_member {
 public:
  using loan = typename state_cache<A>::loan;
  using event = typename A::events::variant;

  explicit joint_parts(state_memory<A>& memory) : memory_(memory.shared_from_this()) {}
  ~joint_parts() override {
    for (auto& [key, one] : all_) {
      if (!one.state) continue;
      if (one.original) {
        (*one.state)->state = std::move(*one.original);
        (*one.state)->slot.version = *one.before;
      }
      (*one.state)->slot.behind = true;
      try {
        memory_->cache.give_back(std::move(*one.state));
      } catch (...) {  // forgotten; the next command reads it
      }
    }
  }

  /// True where this commit decided on the state before.
  [[nodiscard]] bool knows(std::string const& key) const { return all_.contains(key); }
  /// That state, with the events that the commit adds to it; nullopt where an earlier decision
  /// failed half-way, or where it cannot be known without reading the events from the store.
  [[nodiscard]] std::optional<loan> take(std::string const& key, bool follows) {
    auto& one = all_.find(key)->second;
    if (!one.state || !follows) return std::nullopt;
    if (!one.waiting.empty() && !one.original) one.original = (*one.state)->state;
    apply(one);
    return std::exchange(one.state, std::nullopt);
  }
  /// After a decision.
  void put(loan state, std::vector<event> events) {
    auto& one = all_[state->slot.key];
    if (!one.before) one.before = state->slot.version;
    one.state = std::move(state);
    one.waiting = std::move(events);
  }

  void committed() override {
    auto all = std::exchange(all_, {});
    for (auto& [key, one] : all) {
      if (!one.state) continue;
      try {
        apply(one);
        memory_->snapshots.save((*one.state)->state, (*one.state)->slot);
        memory_->cache.give_back(std::move(*one.state));
      } catch (...) {  // the state is not kept; the next command reads it
      }
    }
  }

 private:
  struct entry {
    std::optional<loan> state;
    std::optional<stream_version> before;  ///< the first decision
    std::optional<A> original;             ///< ... where its events have been applied
    std::vector<event> waiting;            ///< decided, not applied
  };

  static void apply(entry& one) {
    if (one.waiting.empty()) return;
    auto& slotted = **one.state;
    for (auto const& each : std::exchange(one.waiting, {})) follow(slotted, each);
  }
  /// A query's state, and one whose `apply` wants metadata, is read by the next command instead.
  static void follow(slotted_state<A>& one, event const& which) {
    if constexpr (has_query_scope<A> || wants_metadata<A>) {
      one.slot.behind = true;
    } else {
      apply_any(one.state, which);
      ++one.slot.version;
    }
  }

  std::shared_ptr<state_memory<A>> memory_;  // may be left by its handler
  std::unordered_map<std::string, entry> all_;
};

/// One for each cache that states are from. Destroyed without `committed` it leaves the caches as
/// if nothing had been decided.
class joint_states {
 public:
  template <aggregate A>
  [[nodiscard]] joint_parts<A>& of(state_memory<A>& memory) {
    for (auto& one : all_)
      if (one.memory == &memory) return static_cast<joint_parts<A>&>(*one.parts);
    all_.push_back({&memory, std::make_unique<joint_parts<A>>(memory)});
    return static_cast<joint_parts<A>&>(*all_.back().parts);
  }
  /// Nothing that fails in here may look like a failed commit.
  void committed() noexcept {
    for (auto& one : all_) one.parts->committed();
    all_.clear();
  }

 private:
  struct entry {
    void const* memory;
    std::unique_ptr<joint_member> parts;
  };
  std::vector<entry> all_;
};

/// @errors unsupported: the message's commit writes the stream already, decided on another copy of
/// its state
[[nodiscard]] result<void> check_apart(commit const& whole, stream_id const& stream);
[[nodiscard]] error joint_state_lost(stream_id const& stream);

}  // namespace evsrc::inline v0::detail
