// SPDX-License-Identifier: Apache-2.0
// Orders, stocks and contexts that the tests of retail start from.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <variant>
#include <vector>

#include "evsrc/core/random.hpp"
#include "evsrc/model/decision_context.hpp"
#include "evsrc/model/fold.hpp"
#include "evsrc/model/validation.hpp"
#include "evsrc/retail/order_commands.hpp"
#include "evsrc/retail/reserve_order.hpp"

namespace evsrc::retail_samples {

inline money amount(char const* text) { return parse_money(text).value(); }

inline retail::order_item item(std::string product, std::int64_t quantity, char const* price) {
  retail::order_item one;
  one.product_id = std::move(product);
  one.quantity = quantity;
  one.price = amount(price);
  one.name = "a thing";
  return one;
}

inline retail::create_order two_line_order() {
  retail::create_order command;
  command.order_id = "536365";
  command.customer_id = "17850";
  command.items = {item("85123A", 6, "2.55"), item("71053", 6, "3.39")};
  command.currency = "GBP";
  command.shipping_address = {{"city", "London"}, {"country", "United Kingdom"}};
  return command;
}

inline decision_context const& context() {
  static metadata const meta{};
  static decision_context const fixed{*parse_timestamp("2010-12-01T08:26:00"), 0, meta,
                                      system_random()};
  return fixed;
}

/// `decide` with or without a context; each event keeps its own rules.
template <class State, class Command>
auto ask(State const& state, Command const& command) {
  auto answer = call_decide(state, command, context());
  if constexpr (requires { typename State::events; }) {
    for (auto const& event : answer.events()) {
      auto const sound = std::visit([](auto const& one) { return check_valid(one); }, event);
      EXPECT_TRUE(sound.has_value()) << (sound ? "" : sound.error().message);
    }
  }
  return answer;
}

/// The state after the command, which must be accepted.
template <class State, class Command>
State after(State state, Command const& command) {
  auto const answer = ask(state, command);
  EXPECT_FALSE(answer.is_rejected());
  for (auto const& event : answer.events()) apply_any(state, event);
  return state;
}

template <class Event, class State, class... Rejections>
Event const* only_event(decision<State, Rejections...> const& answer) {
  return answer.events().size() == 1 ? std::get_if<Event>(&answer.events().front()) : nullptr;
}

template <class T>
std::string broken_rule(T const& value) {
  auto const sound = value.validate();
  return sound ? std::string("none") : sound.error().message;
}

}  // namespace evsrc::retail_samples
