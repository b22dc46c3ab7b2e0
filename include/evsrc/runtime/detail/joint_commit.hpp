// SPDX-License-Identifier: Apache-2.0
// Commands that are decided into a commit of another's: a message's handler has one for all.
#pragma once

#include <iterator>
#include <utility>

#include "evsrc/runtime/detail/command_run.hpp"
#include "evsrc/runtime/detail/joint_states.hpp"

namespace evsrc::inline v0::detail {

/// A commit in the making, and the states that it was decided on. Several may have their states in
/// common, where their commits become one in the order of their decisions.
class joint_commit {
 public:
  explicit joint_commit(commit& whole) : whole_(&whole), states_(&own_) {}
  joint_commit(commit& whole, joint_states& common) noexcept : whole_(&whole), states_(&common) {}
  joint_commit(joint_commit const&) = delete;
  joint_commit& operator=(joint_commit const&) = delete;

  [[nodiscard]] commit& whole() noexcept { return *whole_; }
  [[nodiscard]] joint_states& states() noexcept { return *states_; }
  /// The commit is done.
  void committed() noexcept { states_->committed(); }

 private:
  commit* whole_;
  joint_states own_;
  joint_states* states_;
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
      set loaded(around_.memory, keys_, &joint_.states());
      if (auto ready = loaded.acquire(*around_.store); !ready) return std::move(ready.error());
      return decide_on(loaded);
    } catch (...) {
      return thrown_error("decide, apply or validate");
    }
  }

 private:
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
    if (auto apart = loaded.check_apart(joint_.whole()); !apart) return std::move(apart.error());
    handled done;
    set::fill(done, keys_, loaded.versions_to_be(events));
    move_in(std::move(added));
    loaded.hand_over(events);
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
};

}  // namespace evsrc::inline v0::detail
