// SPDX-License-Identifier: Apache-2.0
// What a handler wants written because of an event.
#pragma once

#include "evsrc/runtime/effects.hpp"

namespace evsrc::inline v0 {

/// Collects the writes that one event leads to. They enter the commit that moves the reader past
/// the event, with a `once` entry for the event: in the store these effects happen once, however
/// often the handler runs; calls to the outside may repeat (G12).
// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): Clang 14 overlooks `final`
class reaction final : public effects {
 public:
  /// For the runtime and for tests of handlers: writes go into `into`, which outlives this.
  reaction(event_view const& cause, commit& into, clock& time, random_source& random,
           std::string source) noexcept
      : effects(into, time, random, std::move(source)), event_(&cause) {}

  /// The event as it is stored: stream, version there, position, time.
  [[nodiscard]] event_view const& cause() const noexcept { return *event_; }

 private:
  [[nodiscard]] result<detail::cause_links> find_cause() const override;

  event_view const* event_;
};

namespace detail {

/// Adds the entry that makes the effects of `cause` happen once.
void add_effect_key(commit& what, std::string const& scope, event_view const& cause);

}  // namespace detail
}  // namespace evsrc::inline v0
