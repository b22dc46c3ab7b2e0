// SPDX-License-Identifier: Apache-2.0
// How the completed steps of a saga are undone: in reverse order.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "evsrc/model/reaction_plan.hpp"

namespace evsrc::inline v0 {

/// A part of a saga's state: the undo commands of the steps that are done. The saga's `apply`
/// changes it, so that it is folded from events like all else; `react` only asks it.
///
///     evsrc::compensations<release_stock, refund_payment> undo;
///     void apply(stock_reserved const& e) { undo.remember("stock", release_stock{e.order_id}); }
///     void apply(payment_made const& e) { undo.remember("payments", refund_payment{e.id}); }
///
/// All at once, when a step fails: `state.undo.send_all(plan)`, and `apply(order_failed const&)`
/// calls `forget_all()`. One after the other: `state.undo.send_latest(plan)`, and the event which
/// says that it was undone calls `forget_latest()`; then
/// `plan.after(state).undo.send_latest(plan)` sends the next, and is false when none is left.
template <class... Commands>
class compensations {
 public:
  using command = std::variant<Commands...>;

  /// A step is done; `undo` is what takes it back.
  template <class C>
  void remember(std::string destination, C undo, std::string key = {}) {
    steps_.push_back({std::move(destination), command(std::move(undo)), std::move(key)});
  }
  /// The latest step was undone.
  void forget_latest() noexcept {
    if (!steps_.empty()) steps_.pop_back();
  }
  void forget_all() noexcept { steps_.clear(); }

  [[nodiscard]] bool empty() const noexcept { return steps_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return steps_.size(); }
  /// Completed steps, the latest last.
  [[nodiscard]] std::vector<addressed_command<command>> const& steps() const noexcept {
    return steps_;
  }

  /// Sends the undo commands of all steps, that of the latest first.
  template <class S>
  void send_all(reaction_plan<S>& plan) const {
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) send(plan, *step);
  }
  /// Sends the undo command of the latest step. @return false: there is none
  template <class S>
  bool send_latest(reaction_plan<S>& plan) const {
    return send_latest(plan, [](auto&) {});
  }
  /// The same, once `complete` has put into the command what was not known when the step was done,
  /// such as why: `send_latest(plan, [&](auto& undo) { undo.reason = why; })`.
  template <class S, class Complete>
  bool send_latest(reaction_plan<S>& plan, Complete const& complete) const {
    if (steps_.empty()) return false;
    auto step = steps_.back();
    std::visit(complete, step.command);
    send(plan, step);
    return true;
  }

  friend bool operator==(compensations const&, compensations const&) = default;

 private:
  template <class S>
  static void send(reaction_plan<S>& plan, addressed_command<command> const& step) {
    std::visit([&](auto const& undo) { plan.send(step.destination, undo, step.key); },
               step.command);
  }

  std::vector<addressed_command<command>> steps_;
};

}  // namespace evsrc::inline v0
