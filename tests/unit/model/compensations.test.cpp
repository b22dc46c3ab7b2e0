// SPDX-License-Identifier: Apache-2.0
// Tests of include/evsrc/model/compensations.hpp, reaction_plan.hpp and saga.hpp
#include "evsrc/model/compensations.hpp"

#include <gtest/gtest.h>

#include "evsrc/model/saga.hpp"

namespace {

using namespace std::chrono_literals;

struct undo_a {
  static constexpr evsrc::event_name wire_name{"a.undo", 1};
  int id = 0;
  friend bool operator==(undo_a const&, undo_a const&) = default;
};
struct undo_b {
  static constexpr evsrc::event_name wire_name{"b.undo", 1};
  int id = 0;
  friend bool operator==(undo_b const&, undo_b const&) = default;
};
struct step_done {
  static constexpr evsrc::event_name wire_name{"step.done", 1};
  int id = 0;
};
struct step_undone {
  static constexpr evsrc::event_name wire_name{"step.undone", 1};
};
struct trip {
  static constexpr evsrc::category category{"trip"};
  using reacts_to = evsrc::events<step_done>;
  using events = evsrc::events<step_done, step_undone>;
  using commands = evsrc::commands<undo_a, undo_b>;
  static std::string key_of(step_done const&) { return "one"; }
  evsrc::compensations<undo_a, undo_b> undo;
  void apply(step_done const& e) {
    if (e.id % 2 == 0)
      undo.remember("even", undo_a{e.id});
    else
      undo.remember("odd", undo_b{e.id}, "own key");
  }
  void apply(step_undone const&) { undo.forget_latest(); }
};
using plan = evsrc::reaction_plan<trip>;
plan react(trip const&, step_done const& e) { return e; }
[[maybe_unused]] plan react(trip const&, evsrc::timed_out const&) { return evsrc::nothing; }
static_assert(evsrc::check_saga<trip>());

trip with_steps(int count) {
  trip made;
  for (int id = 1; id <= count; ++id) made.apply(step_done{id});
  return made;
}
std::vector<int> ids(plan const& from) {
  std::vector<int> found;
  for (auto const& one : from.commands())
    found.push_back(std::visit([](auto const& command) { return command.id; }, one.command));
  return found;
}

TEST(compensations, are_sent_in_reverse_order) {
  auto const state = with_steps(3);
  plan made;
  state.undo.send_all(made);

  EXPECT_EQ(ids(made), (std::vector<int>{3, 2, 1}));
  EXPECT_EQ(made.commands()[0].destination, "odd");
  EXPECT_EQ(made.commands()[0].key, "own key");
  EXPECT_EQ(made.commands()[1].destination, "even");
  EXPECT_EQ(made.commands()[1].key, "");
}

TEST(compensations, are_sent_one_after_the_other) {
  auto state = with_steps(2);
  plan first;
  EXPECT_TRUE(state.undo.send_latest(first));
  EXPECT_EQ(ids(first), (std::vector<int>{2}));

  plan second = step_undone{};
  EXPECT_TRUE(second.after(state).undo.send_latest(second));
  EXPECT_EQ(ids(second), (std::vector<int>{1}));

  state = second.after(state);
  plan last = step_undone{};
  EXPECT_FALSE(last.after(state).undo.send_latest(last));
  EXPECT_TRUE(last.commands().empty());
}

TEST(compensations, are_completed_with_what_is_known_when_they_are_sent) {
  auto const state = with_steps(2);
  plan made;
  EXPECT_TRUE(state.undo.send_latest(made, [](auto& undo) { undo.id += 40; }));
  EXPECT_EQ(ids(made), (std::vector<int>{42}));
  EXPECT_EQ(state.undo, with_steps(2).undo);
  EXPECT_FALSE(trip{}.undo.send_latest(made, [](auto& undo) { undo.id += 40; }));
}

TEST(compensations, can_be_forgotten) {
  auto state = with_steps(2);
  EXPECT_EQ(state.undo.size(), 2U);
  EXPECT_EQ(state.undo, with_steps(2).undo);
  EXPECT_NE(state.undo, with_steps(3).undo);
  state.undo.forget_all();
  EXPECT_TRUE(state.undo.empty());
  state.undo.forget_latest();
  EXPECT_TRUE(state.undo.steps().empty());
}

TEST(reaction_plan, is_made_of_an_event_several_or_none) {
  EXPECT_EQ(plan(step_done{1}).events().size(), 1U);
  EXPECT_EQ(plan(evsrc::emit(step_done{1}, step_undone{})).events().size(), 2U);
  EXPECT_TRUE(plan(evsrc::nothing).events().empty());
  EXPECT_EQ(plan(step_done{1}).add(step_undone{}).events().size(), 2U);
}

TEST(reaction_plan, names_each_time_out_once) {
  plan made;
  made.timeout("a", 1min).timeout("b", 2min).cancel("a").timeout("b", 3min);

  ASSERT_EQ(made.timeouts().size(), 2U);
  EXPECT_EQ(made.timeouts()[0], (evsrc::timeout_change{"a", {}}));
  EXPECT_EQ(made.timeouts()[1], (evsrc::timeout_change{"b", 3min}));
}

TEST(saga, ends_only_where_it_says_so) { EXPECT_FALSE(evsrc::has_ended(trip{})); }

TEST(saga, is_asked_with_the_context_where_it_wants_it) {
  evsrc::metadata const meta;
  evsrc::decision_context const context({}, 0, meta, evsrc::system_random());
  EXPECT_EQ(evsrc::call_react(trip{}, step_done{4}, context).events().size(), 1U);
  EXPECT_TRUE((evsrc::reacts<trip, step_done>));
  EXPECT_FALSE((evsrc::reacts<trip, step_undone>));
}

}  // namespace
