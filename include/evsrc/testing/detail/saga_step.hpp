// SPDX-License-Identifier: Apache-2.0
// The `then` words of a saga's specification.
#pragma once

#include <exception>
#include <string_view>
#include <utility>
#include <vector>

#include "evsrc/testing/detail/saga_scene.hpp"

namespace evsrc::testing::inline v0 {

/// An input that a saga has reacted to. As when_step: one of the `then` functions must be asked.
template <saga S>
class [[nodiscard]] reaction_step {
 public:
  explicit reaction_step(detail::spec_record got) : got_(std::move(got)) {}
  reaction_step(reaction_step&& other) noexcept
      : got_(std::move(other.got_)), judged_(std::exchange(other.judged_, true)) {}
  ~reaction_step() {
    if (!judged_ && std::uncaught_exceptions() == 0) detail::abort_unjudged(got_);
  }

  /// Exactly these own events and `sent(...)` commands, each kind in this order, and these
  /// `timeout(...)` and `cancelled(...)`, all fields equal.
  template <class... Effects>
  [[nodiscard]] verdict then(Effects const&... effects) {
    static_assert(sizeof...(Effects) > 0, "evsrc: no effect at all is then_nothing()");
    judged_ = true;
    detail::saga_lines expected;
    (add(expected, effects), ...);
    return judge_events(got_, expected.take());
  }
  /// Neither event nor command nor time-out.
  [[nodiscard]] verdict then_nothing() {
    judged_ = true;
    return judge_events(got_, {});
  }
  /// The saga was not asked: it has ended, or `key_of` gave an empty key.
  [[nodiscard]] verdict then_passed_over() {
    judged_ = true;
    return judge_passed_over(got_);
  }
  /// An event, command or time-out breaks its own rules; the message contains `part`.
  [[nodiscard]] verdict then_invalid(std::string_view part = {}) {
    judged_ = true;
    return judge_invalid(got_, part);
  }

 private:
  template <class Effect>
  static void add(detail::saga_lines& to, Effect const& one) {
    if constexpr (std::is_same_v<Effect, timeout_change>) {
      to.add(one);
    } else if constexpr (detail::is_sent_command<Effect>) {
      static_assert(
          std::is_constructible_v<typename reaction_plan<S>::command, decltype(one.command)>,
          "evsrc: this is not one of the saga's commands");
      to.add_command(one.destination, one.key, one.command);
    } else {
      static_assert(S::events::template contains<Effect>,
                    "evsrc: this is neither an event of the saga nor made by sent(...), "
                    "timeout(...) or cancelled(...)");
      to.add_event(detail::line_of(Effect::wire_name.name, one));
    }
  }

  detail::spec_record got_;
  bool judged_ = false;
};

/// A command expected at that destination.
template <class Command>
[[nodiscard]] sent_command<Command> sent(std::string destination, Command command,
                                         std::string key = {}) {
  return {std::move(destination), std::move(command), std::move(key)};
}
/// A time-out expected to be set.
[[nodiscard]] inline timeout_change timeout(std::string name, std::chrono::milliseconds after) {
  return {std::move(name), after};
}
/// A time-out expected to be cancelled.
[[nodiscard]] inline timeout_change cancelled(std::string name) { return {std::move(name), {}}; }

}  // namespace evsrc::testing::inline v0
