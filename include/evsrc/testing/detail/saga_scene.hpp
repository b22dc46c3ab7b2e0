// SPDX-License-Identifier: Apache-2.0
// Specifications of sagas: what an input leads to, as lines to compare.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/model/saga.hpp"
#include "evsrc/runtime/saga_timeout.hpp"
#include "evsrc/testing/detail/spec_scene.hpp"

namespace evsrc::testing::inline v0 {

/// A command expected of a saga; made by `sent("stock", reserve_stock{})`.
template <class Command>
struct sent_command {
  std::string destination;
  Command command;
  std::string key{};
};

namespace detail {

template <class State, class Input>
inline constexpr bool is_saga_input = false;
template <saga State, class Input>
inline constexpr bool is_saga_input<State, Input> =
    State::reacts_to::template contains<Input> || std::is_same_v<Input, timed_out>;

template <class T>
inline constexpr bool is_sent_command = false;
template <class C>
inline constexpr bool is_sent_command<sent_command<C>> = true;

/// Lines in one order: events, commands, then time-outs by name.
class saga_lines {
 public:
  void add_event(spec_line line) { events_.push_back(std::move(line)); }
  template <class C>
  void add_command(std::string const& destination, std::string const& key, C const& command) {
    std::string name = "sent to " + destination;
    if (!key.empty()) name += " with key " + key;
    commands_.push_back(line_of(name + ": " + std::string(C::wire_name.name), command));
  }
  void add(timeout_change const& change) {
    if (change.after)
      timeouts_.push_back({"timeout " + change.name,
                           "{\"after_ms\":" + std::to_string(change.after->count()) + "}"});
    else
      timeouts_.push_back({"cancelled " + change.name, "{}"});
  }
  [[nodiscard]] std::vector<spec_line> take();

 private:
  std::vector<spec_line> events_;
  std::vector<spec_line> commands_;
  std::vector<spec_line> timeouts_;
};

/// What a saga answered to one input, up to the commit.
template <saga S>
class saga_record {
 public:
  explicit saga_record(spec_record& got) noexcept : got_(&got) {}

  void fill(reaction_plan<S> const& plan) {
    for (auto const& event : plan.events()) {
      lines_.add_event(event_line(event));
      note(broken_rule(event));
    }
    for (auto const& one : plan.commands()) fill_command(one);
    for (auto const& one : plan.timeouts()) {
      lines_.add(one);
      if (!one.after) continue;
      auto const fine = check_timeout(one.name, *one.after);
      if (!fine) note(fine.error().message);
    }
    got_->lines = lines_.take();
    refuse_unencoded(*got_);
  }

 private:
  template <class Addressed>
  void fill_command(Addressed const& one) {
    if constexpr (!std::is_same_v<typename reaction_plan<S>::command, std::monostate>)
      std::visit(
          [&]<class C>(C const& command) {
            lines_.add_command(one.destination, one.key, command);
            auto const valid = check_valid(command);
            if (!valid)
              note("command " + std::string(C::wire_name.name) + ": " + valid.error().message);
          },
          one.command);
  }
  void note(std::string why) {
    if (why.empty() || got_->what == spec_record::outcome::invalid) return;
    got_->what = spec_record::outcome::invalid;
    got_->failure = std::move(why);
  }

  spec_record* got_;
  saga_lines lines_;
};

/// Lets the saga react as the runtime would.
template <saga S, class Input>
void run_saga(spec_record& got, S const& state, Input const& input,
              decision_context const& context) {
  got.noun = "effect";
  bool is_addressed = true;
  if constexpr (!std::is_same_v<Input, timed_out>)
    is_addressed = !std::string(S::key_of(input)).empty();
  if (!is_addressed || has_ended(state)) {
    got.what = spec_record::outcome::passed_over;
    got.failure = is_addressed ? "the saga has ended" : "key_of gave an empty key";
  } else {
    saga_record<S>(got).fill(call_react(state, input, context));
  }
}

}  // namespace detail
}  // namespace evsrc::testing::inline v0
