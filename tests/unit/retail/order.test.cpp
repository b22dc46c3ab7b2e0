// SPDX-License-Identifier: Apache-2.0
// Tests of an order's states.
#include "evsrc/retail/order.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <utility>

#include "order_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;
using retail::order_state;

static_assert(evsrc::check_aggregate<retail::order>());

constexpr std::array all_states{
    order_state::none,      order_state::created,  order_state::pending_inventory,
    order_state::confirmed, order_state::paid,     order_state::fulfilled,
    order_state::completed, order_state::cancelled};

TEST(order_state, has_exactly_the_allowed_transitions) {
  using enum order_state;
  std::set<std::pair<order_state, order_state>> const allowed{{none, created},
                                                              {created, pending_inventory},
                                                              {created, confirmed},
                                                              {created, cancelled},
                                                              {pending_inventory, created},
                                                              {pending_inventory, confirmed},
                                                              {pending_inventory, cancelled},
                                                              {confirmed, paid},
                                                              {confirmed, cancelled},
                                                              {paid, fulfilled},
                                                              {paid, cancelled},
                                                              {fulfilled, completed}};
  for (auto const from : all_states)
    for (auto const to : all_states)
      EXPECT_EQ(retail::can_become(from, to), allowed.count({from, to}) == 1)
          << to_string(from) << " -> " << to_string(to);
}

TEST(order, is_nothing_before_its_first_event) {
  EXPECT_FALSE(retail::order{}.exists());
  EXPECT_TRUE(retail::order{} == retail::order{});
}

TEST(order, is_built_by_versions_1_and_2_too) {
  retail::order state;
  state.apply(upcast(upcast(retail::order_created_v1{"order-1", amount("45.85")})));
  EXPECT_EQ(state.state, order_state::created);
  EXPECT_EQ(state.total, amount("45.85"));
  EXPECT_EQ(state.currency, "USD");
}

TEST(order, goes_from_created_to_completed) {
  auto state = after(retail::order{}, two_line_order());
  EXPECT_EQ(state.state, order_state::created);
  EXPECT_EQ(state.total, amount("35.64"));
  state = after(state, retail::confirm_order{});
  EXPECT_EQ(state.state, order_state::confirmed);
  state = after(state, retail::complete_payment{"p-1", amount("35.64"), {}});
  EXPECT_EQ(state.state, order_state::paid);
  EXPECT_EQ(state.paid, amount("35.64"));
  state = after(state, retail::schedule_shipping{"s-1", "a carrier", {}});
  EXPECT_EQ(state.state, order_state::paid);
  EXPECT_EQ(state.shipment_id, "s-1");
  state = after(state, retail::complete_shipping{"s-1", {}, {}});
  EXPECT_EQ(state.state, order_state::fulfilled);
  state = after(state, retail::complete_order{});
  EXPECT_EQ(state.state, order_state::completed);
}

}  // namespace
