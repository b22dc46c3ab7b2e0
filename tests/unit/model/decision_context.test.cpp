// SPDX-License-Identifier: Apache-2.0
// What a decision may know, and how decide is found.
#include "evsrc/model/decision_context.hpp"

#include <gtest/gtest.h>

#include "evsrc/model/decision.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace decision_context_test {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
  std::string by;
  evsrc::stream_version seen = 0;
};
struct door {
  static constexpr evsrc::category category{"door"};
  using events = evsrc::events<opened>;
  void apply(opened const&) {}
};
struct open_door {};
struct open_door_knowingly {};

evsrc::decision<door> decide(door const&, open_door const&) { return opened{"nobody", 0}; }
evsrc::decision<door> decide(door const&, open_door_knowingly const&,
                             evsrc::decision_context const& context) {
  return opened{context.meta().user, context.version()};
}

TEST(decision_context, is_left_out_for_a_decide_of_two_arguments) {
  evsrc::testing::seeded_random random(1);
  evsrc::metadata const meta;
  evsrc::decision_context const context({}, 4, meta, random);

  auto const made = evsrc::call_decide(door{}, open_door{}, context);

  EXPECT_EQ(std::get<opened>(made.events()[0]).by, "nobody");
}

TEST(decision_context, reaches_a_decide_of_three_arguments) {
  evsrc::testing::seeded_random random(1);
  evsrc::metadata meta;
  meta.user = "ada";
  evsrc::decision_context const context({}, 4, meta, random);

  auto const made = evsrc::call_decide(door{}, open_door_knowingly{}, context);

  EXPECT_EQ(std::get<opened>(made.events()[0]).by, "ada");
  EXPECT_EQ(std::get<opened>(made.events()[0]).seen, 4U);
}

TEST(decision_context, gives_ids_that_a_seed_repeats) {
  evsrc::metadata const meta;
  evsrc::testing::seeded_random first(9);
  evsrc::testing::seeded_random second(9);
  evsrc::decision_context const one({}, 0, meta, first);
  evsrc::decision_context const other({}, 0, meta, second);

  auto const id = one.new_id();

  EXPECT_EQ(id, other.new_id());
  EXPECT_NE(id, one.new_id());
}

}  // namespace decision_context_test
