// SPDX-License-Identifier: Apache-2.0
// Runs a RapidCheck property as a test; the seed is printed whether it holds or not.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <variant>

#include "evsrc/core/random.hpp"
#include "evsrc/model/decision_context.hpp"
#include "evsrc/model/fold.hpp"
#include "evsrc/model/validation.hpp"

namespace evsrc::property {

template <class Property>
void holds(std::string const& what, Property&& property) {
  EXPECT_TRUE(rc::check(what, std::forward<Property>(property)));
}

inline decision_context const& context() {
  static metadata const meta{};
  static decision_context const fixed{timestamp{std::chrono::seconds{1291191960}}, 0, meta,
                                      system_random()};
  return fixed;
}

/// Decides twice, which must be the same answer; the events keep their own rules.
template <class State, class Command>
auto decide_purely(State const& state, Command const& command) {
  constexpr bool is_comparable = requires { state == state; };
  [[maybe_unused]] auto const before = [&] {
    if constexpr (is_comparable)
      return State{state};
    else
      return false;
  }();
  auto answer = call_decide(state, command, context());
  auto const again = call_decide(state, command, context());
  RC_ASSERT(answer.is_rejected() == again.is_rejected());
  RC_ASSERT(answer.events() == again.events());
  if constexpr (is_comparable) RC_ASSERT(state == before);
  return answer;
}

template <class Variant>
void keeps_rules(Variant const& event) {
  auto const sound = std::visit([](auto const& one) { return check_valid(one); }, event);
  if (!sound) RC_FAIL(sound.error().message);
}

}  // namespace evsrc::property
