// SPDX-License-Identifier: Apache-2.0
// Tests of include/evsrc/runtime/saga_routes.hpp: a saga that a consumer feeds.
#include "evsrc/runtime/saga_routes.hpp"

#include "ordering.hpp"
#include "post_office.hpp"

namespace {

using namespace ordering;

struct saga_routes : post::post_office {
  evsrc::saga_handler<order_saga> saga{store, timed()};

  saga_routes() { evsrc::add_saga(way, saga); }
  evsrc::saga_options timed() {
    evsrc::saga_options made;
    made.clock = &time;
    made.random = &random;
    made.timeouts_to = "payments";
    return made;
  }
  template <class E>
  void tell(std::string id, E const& event) {
    evsrc::outgoing_message row;
    row.id.value = std::move(id);
    row.key = event.order_id;
    row.type = E::wire_name.name;
    ASSERT_TRUE(evsrc::encode_json(event, row.body));
    send(to_message(std::move(row)));
  }
  std::vector<std::string> sent() {
    std::vector<std::string> found;
    auto const rows = memory.read_outbox({});
    for (auto const& row : *rows) found.push_back(row.message.type);
    return found;
  }
};

using texts = std::vector<std::string>;

TEST_F(saga_routes, take_inputs_from_a_consumer_once) {
  create_sessions();
  auto orders = make(in_order());
  tell("a", order_created{"7"});
  tell("a", order_created{"7"});
  tell("b", stock_reserved{"7"});
  settle_down(orders);

  EXPECT_EQ(saga.load("7")->version, 2U);
  EXPECT_EQ(sent(), (texts{"stock.reserve", "payment.charge", "order-saga.timeout"}));
  EXPECT_EQ(left(), 0U);
}

TEST_F(saga_routes, take_time_outs_from_a_consumer) {
  create_sessions();
  auto orders = make(in_order());
  tell("a", order_created{"7"});
  settle_down(orders);
  auto const rows = memory.read_outbox({});
  ASSERT_EQ(rows->size(), 2U);
  auto const late = to_message((*rows)[1].message);
  time.advance(10min);
  send(late);
  settle_down(orders);
  EXPECT_TRUE(saga.load("7")->state.is_ended());

  tell("b", stock_reserved{"7"});
  send(late);
  settle_down(orders);
  EXPECT_EQ(saga.load("7")->version, 2U);
  EXPECT_EQ((*memory.find_once("saga:order-saga", "b"))->outcome, "passed_over");
  EXPECT_TRUE(dead().empty());
}

TEST_F(saga_routes, ask_again_after_a_conflict_and_burn_no_attempt) {
  create_sessions();
  auto orders = make(in_order());
  tell("a", order_created{"7"});
  store.fail_commits({{evsrc::errc::version_conflict, "moved"}});
  settle_down(orders);
  EXPECT_EQ(saga.load("7")->version, 1U);
  EXPECT_EQ(sent().size(), 2U);
}

}  // namespace
