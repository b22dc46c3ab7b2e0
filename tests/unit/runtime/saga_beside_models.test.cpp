// SPDX-License-Identifier: Apache-2.0
// Sagas where all of the library is included: "reacts" once meant what read models do there, and
// no saga with time-outs could be used.
#include "evsrc/evsrc.hpp"

#include <gtest/gtest.h>

#include "evsrc/memory/event_store.hpp"

namespace boiling {

struct egg_put_in {
  static constexpr evsrc::event_name wire_name{"egg.put-in", 1};
  std::string egg;
};
struct clock_set {
  static constexpr evsrc::event_name wire_name{"boiling.clock-set", 1};
};
struct egg_done {
  static constexpr evsrc::event_name wire_name{"boiling.done", 1};
};
struct ring {
  static constexpr evsrc::event_name wire_name{"bell.ring", 1};
};
struct boiling {
  static constexpr evsrc::category category{"boiling"};
  using reacts_to = evsrc::events<egg_put_in>;
  using commands = evsrc::commands<ring>;
  using events = evsrc::events<clock_set, egg_done>;
  static std::string key_of(egg_put_in const& e) { return e.egg; }
  bool is_done = false;
  void apply(clock_set const&) {}
  void apply(egg_done const&) { is_done = true; }
};
evsrc::reaction_plan<boiling> react(boiling const&, egg_put_in const&) {
  evsrc::reaction_plan<boiling> next = clock_set{};
  return next.timeout("soft", std::chrono::minutes(5));
}
evsrc::reaction_plan<boiling> react(boiling const&, evsrc::timed_out const&) { return egg_done{}; }

TEST(saga_beside_models, has_time_outs) {
  auto const store = evsrc::memory::make_event_store();
  evsrc::saga_handler<boiling> const handler(*store);
  evsrc::commit first;
  ASSERT_TRUE(handler.react(egg_put_in{"7"}, {.id = "put-in"}, first));
  ASSERT_TRUE(store->commit(std::move(first)));
  auto const open = handler.timeouts("7");
  ASSERT_TRUE(open);
  ASSERT_EQ(open->size(), 1U);

  evsrc::commit second;
  evsrc::saga_timeout<boiling> const due{"7", "soft", (*open)[0].sequence};
  auto const late = handler.react(due, {.id = "late"}, second);
  ASSERT_TRUE(late) << to_string(late.error());
  ASSERT_TRUE(store->commit(std::move(second)));
  EXPECT_TRUE(handler.load("7")->state.is_done);
}

}  // namespace boiling
