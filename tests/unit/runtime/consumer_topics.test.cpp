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
  void create_subscription(char const* name, evsrc::rule const& only_rule,
                           char const* topic = "events") {
    evsrc::subscription_settings with;
    with.requires_session = true;
    EXPECT_TRUE(bus.topology().create_subscription(topic, name, with, {only_rule}));
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

/// Both lose the same message to the same outage, and the topic looks for duplicates.
struct copies_through_one_topic : consumers_of_topics {
  copies_through_one_topic() {
    evsrc::topic_options with;
    with.requires_duplicate_detection = true;
    EXPECT_TRUE(bus.topology().create_topic("seen", with));
    for (auto const* const name : {"stock", "other"})
      create_subscription(name, {evsrc::default_rule_name}, "seen");
  }
  evsrc::consumer make_for(std::string const& name, evsrc::consumer_options options) {
    options.name = name;
    options.entity = "seen/Subscriptions/" + name;
    options.sessions = 4;
    options.retry = {.immediate = 0, .delayed = 1, .first_delay = 5min, .jitter_percent = 0};
    return make(options);
  }
  void settle_both(evsrc::consumer_options const& options) {
    auto stock = make_for("stock", options);
    auto other = make_for("other", options);
    settle_down(stock);
    settle_down(other);
    time.advance(5min);
    settle_down(stock);
    settle_down(other);
  }
  void publish_to_both(std::string id) {
    auto to = bus.open_sender("seen");
    ASSERT_TRUE((*to)->send(paying(std::move(id), "ann", 100)));
  }
  evsrc::redriver redriver_of(std::string const& name) {
    return {memory,
            bus,
            {.consumer = name,
             .entity = "seen/Subscriptions/" + name,
             .clock = &time,
             .random = &random}};
  }
};

TEST_F(copies_through_one_topic, are_no_duplicates_of_each_other_when_they_are_delayed) {
  publish_to_both("m1");
  auto stock = make_for("stock", plain());
  auto other = make_for("other", plain());
  settle_down(stock);
  settle_down(other);
  is_broken = false;
  time.advance(5min);
  settle_down(stock);
  settle_down(other);
  EXPECT_EQ(visits.size(), 4U);
  EXPECT_EQ(balance("ann"), 200);
}

TEST_F(copies_through_one_topic, are_no_duplicates_of_each_other_when_they_are_redriven) {
  for (auto const& options : {plain(), in_order()}) {
    is_broken = true;
    auto const before = balance("ann");
    publish_to_both(options.keep_order ? "m2" : "m1");
    settle_both(options);
    for (auto const* const name : {"stock", "other"})
      EXPECT_EQ(redriver_of(name).redrive_dead_letters()->redriven, 1U) << name;
    is_broken = false;
    settle_both(options);
    EXPECT_EQ(balance("ann"), before + 200);
  }
}

TEST_F(copies_through_one_topic, are_no_duplicates_of_each_other_when_they_are_edited) {
  publish_to_both("m1");
  settle_both(plain());
  is_broken = false;
  for (auto const* const name : {"stock", "other"}) {
    auto again = redriver_of(name);
    EXPECT_TRUE(again.redrive_edited(1, [](evsrc::message& changed) -> evsrc::result<void> {
      changed.body = paying("m1", "ann", 7).body;
      return {};
    })) << name;
  }
  settle_both(plain());
  EXPECT_EQ(balance("ann"), 14);
}

}  // namespace
