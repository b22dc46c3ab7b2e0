// SPDX-License-Identifier: Apache-2.0
// Consumers of subscriptions: their copies go through the topic and pass no rules again.
#include "evsrc/runtime/redrive.hpp"
#include "post_office.hpp"

namespace {

using namespace post;
using evsrc::errc;

struct consumers_of_topics : post_office {
  bool is_broken = true;
  std::vector<std::int64_t> visits;  ///< what the rule's action counted, at each call

  consumers_of_topics() {
    EXPECT_TRUE(bus.topology().create_topic("events"));
    evsrc::rule const once{"fresh", evsrc::sql_rule_filter{"NOT EXISTS(visits) OR visits < 0"},
                           "SET visits = 1"};
    create_subscription("stock", once);
    create_subscription("other", {evsrc::default_rule_name});
    ask = [this](auto& context) -> evsrc::result<evsrc::handling> {
      auto const* const count = find_property(context.message().properties, "visits");
      visits.push_back(count == nullptr ? 0 : std::get<std::int64_t>(*count));
      if (is_broken) return evsrc::fail(errc::unavailable, "away");
      return evsrc::ack{};
    };
  }
  void create_subscription(char const* name, evsrc::rule const& only_rule) {
    evsrc::subscription_settings with;
    with.requires_session = true;
    EXPECT_TRUE(bus.topology().create_subscription("events", name, with, {only_rule}));
  }
  evsrc::consumer make_stock(evsrc::consumer_options options) {
    options.name = "stock";
    options.entity = "events/Subscriptions/stock";
    options.sessions = 4;
    options.retry = {.immediate = 0, .delayed = 1, .first_delay = 10min, .jitter_percent = 0};
    return make(options);
  }
  void publish(std::string id) {
    auto to = bus.open_sender("events");
    ASSERT_TRUE((*to)->send(paying(std::move(id), "ann", 100)));
  }
  std::uint64_t others() {
    return bus.topology().counts("events/Subscriptions/other").value().active;
  }
};

TEST_F(consumers_of_topics, get_delayed_and_redriven_copies_past_their_rules) {
  auto stock = make_stock(plain());
  publish("m1");
  settle_down(stock);
  time.advance(10min);
  settle_down(stock);
  EXPECT_EQ(visits.size(), 2U) << "no rule takes the copy, as it was seen before";
  evsrc::redriver again{memory,
                        bus,
                        {.consumer = "stock",
                         .entity = "events/subscriptions/STOCK",
                         .clock = &time,
                         .random = &random}};
  is_broken = false;
  EXPECT_EQ(again.redrive_dead_letters()->redriven, 1U);
  settle_down(stock);
  EXPECT_EQ(visits, (std::vector<std::int64_t>{1, 1, 1})) << "the action was applied once";
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(others(), 1U) << "the original, and none of its copies";
}

TEST_F(consumers_of_topics, get_copies_of_keys_in_order_for_them_alone) {
  auto options = in_order();
  options.max_lock_renewal = 1min;  // shorter than the pause: the key waits in the ledger
  auto stock = make_stock(options);
  publish("m1");
  settle_down(stock);
  is_broken = false;
  time.advance(10min);
  settle_down(stock);
  EXPECT_EQ(visits, (std::vector<std::int64_t>{1, 1}));
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(others(), 1U);
}

}  // namespace
