// SPDX-License-Identifier: Apache-2.0
// Events to state.
#include "evsrc/model/fold.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace fold_test {

struct added {
  static constexpr evsrc::event_name wire_name{"sum.added", 1};
  int amount = 0;
};
struct negated {
  static constexpr evsrc::event_name wire_name{"sum.negated", 1};
};
struct signed_off {
  static constexpr evsrc::event_name wire_name{"sum.signed_off", 1};
};
struct sum {
  static constexpr evsrc::category category{"sum"};
  using events = evsrc::events<added, negated, signed_off>;
  int total = 0;
  std::string signed_by{};
  constexpr void apply(added const& e) { total += e.amount; }
  constexpr void apply(negated const&) { total = -total; }
  void apply(signed_off const&, evsrc::metadata const& meta) { signed_by = meta.user; }
};
using history = std::vector<sum::events::variant>;

TEST(fold, of_nothing_is_the_initial_state) { EXPECT_EQ(evsrc::fold<sum>(history{}).total, 0); }

TEST(fold, applies_events_in_order) {
  EXPECT_EQ(evsrc::fold<sum>(history{added{2}, negated{}, added{5}}).total, 3);
}

TEST(fold, goes_on_from_a_state) {
  history const all{added{2}, negated{}, added{5}, negated{}};
  std::span<sum::events::variant const> const events = all;

  auto const whole = evsrc::fold<sum>(all);
  auto const halves = evsrc::fold<sum>(events.subspan(2), evsrc::fold<sum>(events.first(2)));

  EXPECT_EQ(whole.total, halves.total);
}

TEST(fold, gives_metadata_to_those_that_ask) {
  sum state;
  evsrc::metadata meta;
  meta.user = "ada";

  evsrc::apply_any(state, signed_off{}, meta);

  EXPECT_EQ(state.signed_by, "ada");
  EXPECT_TRUE(evsrc::detail::wants_metadata<sum>);
}

}  // namespace fold_test
