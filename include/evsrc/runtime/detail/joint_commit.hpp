// SPDX-License-Identifier: Apache-2.0
// Commands that are decided into a commit of another's: a message's handler has one for all.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/runtime/detail/command_run.hpp"

namespace evsrc::inline v0::detail {

/// A state on loan until the commit that it takes part in is done. Destroyed before, it is
/// forgotten: nobody knows whether the cached state still holds.
class joint_member {
 public:
  joint_member() = default;
  joint_member(joint_member const&) = delete;
  joint_member& operator=(joint_member const&) = delete;
  virtual ~joint_member() = default;

  /// The commit is done: gives the state back to its cache.
  virtual void committed() = 0;
};

/// A commit in the making, and the states that it was decided on.
class joint_commit {
 public:
  explicit joint_commit(commit& whole) noexcept : whole_(&whole) {}

  [[nodiscard]] commit& whole() noexcept { return *whole_; }
  /// nullptr where `handler` has not decided on these keys for this commit.
  [[nodiscard]] joint_member* find(void const* handler, std::string const& keys) noexcept {
    for (auto& one : members_)
      if (one.handler == handler && one.keys == keys) return one.member.get();
    return nullptr;
  }
  void add(void const* handler, std::string keys, std::unique_ptr<joint_member> member) {
    members_.push_back({handler, std::move(keys), std::move(member)});
  }
  /// Nothing that fails in here may look like a failed commit.
  void committed() noexcept {
    for (auto& one : members_) {
      try {
        one.member->committed();
      } catch (...) {  // the state is not kept; the next command reads it
      }
    }
    members_.clear();
  }

 private:
  struct entry {
    void const* handler;
    std::string keys;
    std::unique_ptr<joint_member> member;
  };

  commit* whole_;
  std::vector<entry> members_;
};

/// @errors unsupported: the commit already expects something of one of these streams, decided on
/// another copy of its state
[[nodiscard]] result<void> check_disjoint(commit const& whole, std::vector<append> const& added);

template <class State>
class joint_state final : public joint_member {
  using set = working_set<State>;

 public:
  joint_state(typename set::memory& memory, typename set::keys const& keys)
      : loaded_(memory, keys) {}

  [[nodiscard]] set& loaded() noexcept { return loaded_; }
  void committed() override { loaded_.keep(); }

 private:
  set loaded_;
};

/// Loads, decides, and adds what was decided to the commit. A decision without events is guarded as
/// well: its state is proven when the commit is.
template <class State, class Publications, class Command>
class joint_run {
  using set = working_set<State>;
  using decision_type = decision_of<State, Command>;

 public:
  using outcome = command_outcome<decision_type>;

  joint_run(command_surroundings<State, Publications>& around, typename set::keys const& keys,
            Command const& command, metadata const& meta, joint_commit& joint)
      : around_(around), keys_(keys), command_(command), meta_(meta), joint_(joint) {}

  [[nodiscard]] outcome operator()() {
    try {
      if (auto valid = check_valid(command_); !valid) return std::move(valid.error());
      auto loaded = acquire();
      if (!loaded) return std::move(loaded.error());
      return decide_on(**loaded);
    } catch (...) {
      return thrown_error("decide, apply or validate");
    }
  }

 private:
  [[nodiscard]] result<set*> acquire() {
    auto keys_text = set::keys_text(keys_);
    if (auto* known = joint_.find(&around_, keys_text)) {
      if constexpr (!set::follows)
        return fail(errc::unsupported,
                    "a second command on one state in one message: this state is read from the "
                    "store after each commit",
                    "message_context.handle");
      is_new_ = false;
      return &static_cast<joint_state<State>*>(known)->loaded();
    }
    auto made = std::make_unique<joint_state<State>>(around_.memory, keys_);
    set* const loaded = &made->loaded();
    EVSRC_TRY(loaded->acquire(*around_.store));
    joint_.add(&around_, std::move(keys_text), std::move(made));
    return loaded;
  }

  [[nodiscard]] outcome decide_on(set& loaded) {
    command_stamp stamp;
    bool const dated = meta_.time != timestamp{};
    stamp.given = &meta_;
    stamp.source = around_.source;
    stamp.now = dated ? meta_.time : around_.time->now();
    stamp.random = around_.random;
    decision_context const context(stamp.now, loaded.version(), meta_, *around_.random);
    decision_type const decided = call_decide(std::as_const(loaded).state(), command_, context);
    auto const& events = decided.events();
    commit added;
    event_writer<Publications> writer(stamp, around_.publications, added);
    if (auto written = loaded.write(events, writer, added); !written)
      return std::move(written.error());
    if (is_new_) {
      if (auto apart = check_disjoint(joint_.whole(), added.appends); !apart)
        return std::move(apart.error());
    }
    handled done;
    set::fill(done, keys_, loaded.versions_to_be(events));
    loaded.advance(events);
    move_in(std::move(added));
    if (decided.is_rejected()) return outcome(decided.rejection(), false);
    return done;
  }
  void move_in(commit&& added) {
    auto const move_all = [](auto& from, auto& to) {
      to.insert(to.end(), std::make_move_iterator(from.begin()),
                std::make_move_iterator(from.end()));
    };
    move_all(added.appends, joint_.whole().appends);
    move_all(added.unless, joint_.whole().unless);
    move_all(added.messages, joint_.whole().messages);
  }

  command_surroundings<State, Publications>& around_;
  typename set::keys const& keys_;
  Command const& command_;
  metadata const& meta_;
  joint_commit& joint_;
  bool is_new_ = true;
};

}  // namespace evsrc::inline v0::detail
