// SPDX-License-Identifier: Apache-2.0
// 1.7 and 1.11: entities: made, described, changed, switched off, removed.
#include "bus_workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;

queue_options unusual_queue() {
  return {.lock_duration = 33s,
          .max_delivery_count = 7,
          .default_time_to_live = 12h,
          .dead_letter_on_expiration = true,
          .requires_session = true,
          .requires_duplicate_detection = true,
          .duplicate_detection_window = 45s,
          .max_message_bytes = 12'345,
          .max_size_bytes = 1'234'567,
          .status = entity_status::send_disabled};
}

void entities_are_described_as_they_were_made(bus_workbench& bench) {
  auto& topology = bench.topology();
  bench.queue("plain");
  bench.queue("unusual", unusual_queue());
  require(value_of(topology.describe_queue("plain"), "describe_queue") == queue_options{},
          "the defaults");
  require(value_of(topology.describe_queue("unusual"), "describe_queue") == unusual_queue(),
          "every setting");
  topic_options const topic{.default_time_to_live = 3h,
                            .requires_duplicate_detection = true,
                            .duplicate_detection_window = 2min,
                            .max_message_bytes = 777,
                            .max_size_bytes = 88'888,
                            .status = entity_status::disabled};
  subscription_settings const settings{.lock_duration = 44s,
                                       .max_delivery_count = 3,
                                       .default_time_to_live = 5min,
                                       .dead_letter_on_expiration = true,
                                       .dead_letter_on_filter_error = false,
                                       .requires_session = true,
                                       .status = entity_status::receive_disabled};
  bench.topic("events", topic);
  bench.subscription("events", "stock", settings);
  require(value_of(topology.describe_topic("events"), "describe_topic") == topic, "every setting");
  require(value_of(topology.describe_subscription("events", "stock"), "describe_subscription") ==
              settings,
          "every setting");
}

void the_defaults_are_those_of_service_bus(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.requires_duplicate_detection = true});
  bench.topic("events");
  auto const stock = bench.subscription("events", "stock");
  auto const at_topic = value_of(bench.topology().describe_topic("events"), "describe_topic");
  require(at_topic.duplicate_detection_window == 10min, "a window of ten minutes");
  for (auto const* entity : {"orders", "events"}) bench.send(entity, with_id("a"));
  for (auto const& entity : {orders, stock}) {
    auto const got = bench.receive_one(entity);
    require(got.locked_until == bench.clock().now() + 60s, "a lock of a minute");
    require(got.expires_at == timestamp::max(), "no time to live");
    bench.settle(got, disposition::abandon);
    for (int failed = 1; failed != 10; ++failed)
      bench.settle(bench.receive_one(entity), disposition::abandon);
    bench.require_drained(entity, {}, "ten deliveries");
    bench.require_drained(dead_letter_path(entity), {"a"}, "ten deliveries");
  }
  bench.clock().advance(10min - 1ms);
  bench.send(orders, with_id("a"));
  bench.require_drained(orders, {}, "a repeat within ten minutes");
  bench.clock().advance(1ms);
  bench.send(orders, with_id("a"));
  bench.require_drained(orders, {"a"}, "none after ten minutes");
}

void what_exists_is_not_made_again(bus_workbench& bench) {
  auto& topology = bench.topology();
  bench.queue("orders", {.max_delivery_count = 5});
  bench.topic("events");
  bench.subscription("events", "stock");
  bench.send("orders", with_id("a"));
  require_error(topology.create_queue("orders"), errc::already_exists, "a queue again");
  require_error(topology.create_topic("orders"), errc::already_exists, "a topic of a queue's name");
  require_error(topology.create_topic("events"), errc::already_exists, "a topic again");
  require_error(topology.create_queue("events"), errc::already_exists, "a queue of a topic's name");
  require_error(topology.create_subscription("events", "stock"), errc::already_exists,
                "a subscription again");
  require(value_of(topology.describe_queue("orders"), "describe_queue").max_delivery_count == 5,
          "the first one stands");
  bench.require_drained("orders", {"a"}, "with its messages");
}

void what_does_not_exist_is_not_found(bus_workbench& bench) {
  auto& topology = bench.topology();
  bench.queue("orders");
  bench.topic("events");
  require_error(topology.describe_queue("nothing"), errc::not_found, "describe_queue");
  require_error(topology.describe_queue("events"), errc::not_found, "a topic is no queue");
  require_error(topology.update_queue("nothing", {}), errc::not_found, "update_queue");
  require_error(topology.describe_topic("orders"), errc::not_found, "a queue is no topic");
  require_error(topology.update_topic("nothing", {}), errc::not_found, "update_topic");
  require_error(topology.create_subscription("nothing", "stock"), errc::not_found, "no topic");
  require_error(topology.describe_subscription("events", "stock"), errc::not_found,
                "describe_subscription");
  require_error(topology.update_subscription("events", "stock", {}), errc::not_found,
                "update_subscription");
  require_error(topology.subscriptions("nothing"), errc::not_found, "subscriptions");
  require_error(topology.remove("nothing"), errc::not_found, "remove");
  require_error(topology.remove(subscription_path("events", "stock")), errc::not_found, "remove");
  require_error(topology.counts("nothing"), errc::not_found, "counts");
  require_error(bench.bus().sessions("nothing", "", 10), errc::not_found, "sessions");
  require_error(bench.receiver(subscription_path("events", "stock")).receive({}), errc::not_found,
                "receive");
}

void names_are_compared_without_case(bus_workbench& bench) {
  auto& topology = bench.topology();
  bench.queue("Orders");
  bench.topic("Events");
  bench.subscription("events", "Stock");
  require_error(topology.create_queue("ORDERS"), errc::already_exists, "the same name");
  require_error(topology.create_subscription("EVENTS", "STOCK"), errc::already_exists, "the same");
  require(value_of(topology.queues(), "queues") == names{"Orders"}, "kept as it was created");
  require(value_of(topology.subscriptions("eVents"), "subscriptions") == names{"Stock"},
          "kept as it was created");
  bench.send("oRDERS", with_id("a"));
  bench.send("eVENTS", with_id("b"));
  auto const held = bench.receive_id("orders", "a");
  auto how = held.settle(disposition::dead_letter);
  how.entity = "ORDERS";
  value_of(bench.bus().commit({.settles = {how}}), "settling under the name in capitals");
  bench.settle(bench.receive_id("ORDERS/$deadletterqueue", "a"));
  bench.settle(bench.receive_id("events/subscriptions/stock", "b"));
}

void entities_are_listed_in_order(bus_workbench& bench) {
  auto& topology = bench.topology();
  require(value_of(topology.queues(), "queues").empty(), "none yet");
  for (auto const* name : {"b", "a/b", "c", "a"}) bench.queue(name);
  for (auto const* name : {"z", "y"}) bench.topic(name);
  for (auto const* name : {"2", "1", "3"}) bench.subscription("z", name);
  require(value_of(topology.queues(), "queues") == names{"a", "a/b", "b", "c"}, "queues");
  require(value_of(topology.topics(), "topics") == names{"y", "z"}, "topics");
  require(value_of(topology.subscriptions("z"), "subscriptions") == names{"1", "2", "3"},
          "subscriptions");
  require(value_of(topology.subscriptions("y"), "subscriptions").empty(), "none there");
}

void an_update_takes_effect(bus_workbench& bench) {
  auto& topology = bench.topology();
  bench.queue("orders");
  bench.send_ids("orders", {"a", "b"});
  value_of(topology.update_queue("orders", {.lock_duration = 10s, .max_delivery_count = 1}),
           "update_queue");
  auto const held = bench.receive_id("orders", "a");
  require(held.locked_until == bench.clock().now() + 10s, "the new lock duration");
  bench.settle(held, disposition::abandon);
  bench.require_drained("orders", {"b"}, "the new delivery count");
  bench.require_drained(dead_letter_path("orders"), {"a"}, "the new delivery count");
  bench.topic("events");
  auto const stock = bench.subscription("events", "stock");
  value_of(topology.update_subscription("events", "stock", {.lock_duration = 5s}),
           "update_subscription");
  value_of(topology.update_topic("events", {.default_time_to_live = 1min}), "update_topic");
  bench.send("events", with_id("c"));
  auto const copy = bench.receive_one(stock);
  require(copy.locked_until == bench.clock().now() + 5s, "the new lock duration");
  require(copy.expires_at == bench.clock().now() + 1min, "the new time to live");
}

void some_settings_are_fixed(bus_workbench& bench) {
  auto& topology = bench.topology();
  bench.queue("orders");
  bench.topic("events");
  bench.subscription("events", "stock");
  using enum errc;
  require_refusal(topology.update_queue("orders", {.requires_session = true}), invalid_argument,
                  "requires_session", "sessions for a queue that has none");
  require_refusal(topology.update_queue("orders", {.requires_duplicate_detection = true}),
                  invalid_argument, "requires_duplicate_detection", "detection, later");
  require_refusal(topology.update_topic("events", {.requires_duplicate_detection = true}),
                  invalid_argument, "requires_duplicate_detection", "detection, later");
  require_refusal(topology.update_subscription("events", "stock", {.requires_session = true}),
                  invalid_argument, "requires_session", "sessions for a subscription, later");
  require(value_of(topology.describe_queue("orders"), "describe_queue") == queue_options{},
          "a refused update changes nothing");
}

void what_is_removed_is_gone(bus_workbench& bench) {
  auto& topology = bench.topology();
  bench.queue("orders");
  bench.topic("events");
  auto const stock = bench.subscription("events", "stock");
  bench.subscription("events", "mail");
  bench.send_ids("orders", {"a", "b"});
  bench.send("events", with_id("c"));
  auto const held = bench.receive_one("orders");
  require_error(topology.remove(dead_letter_path("orders")), errc::invalid_argument,
                "removing a dead-letter queue");
  value_of(topology.remove("orders"), "remove");
  auto const late = bench.receiver("orders").settle(held.settle());
  require(!late, "settling in a queue that is gone must fail");
  require_error(bench.sender("orders").send(with_id("x")), errc::not_found, "sending there");
  require_error(bench.receiver("orders").receive({}), errc::not_found, "receiving there");
  bench.queue("orders");
  bench.require_nothing("orders", "a new queue of that name is empty");
  value_of(topology.remove(stock), "remove");
  require(value_of(topology.subscriptions("events"), "subscriptions") == names{"mail"},
          "the other one stays");
  bench.subscription("events", "stock");
  bench.require_nothing(stock, "a new subscription of that name is empty");
  value_of(topology.remove("events"), "remove");
  require(value_of(topology.topics(), "topics").empty(), "no topic is left");
  require_error(bench.receiver(stock).receive({}), errc::not_found, "its subscriptions went along");
}

void disabled_entities_refuse(bus_workbench& bench) {
  auto& topology = bench.topology();
  auto const orders = bench.queue();
  bench.send_ids(orders, {"a", "b", "c", "d"});
  auto const switch_to = [&](entity_status status) {
    value_of(topology.update_queue(orders, {.status = status}), "update_queue");
  };
  auto const require_state = [&](bool sends, bool receives) {
    auto const sent = bench.sender(orders).send(with_id("x"));
    auto const received = bench.receiver(orders, receive_mode::receive_and_delete).receive({});
    if (sends) value_of(sent, "send");
    if (!sends) require_error(sent, errc::entity_disabled, "sending");
    if (receives) value_of(received, "receive");
    if (!receives) require_error(received, errc::entity_disabled, "receiving");
  };
  switch_to(entity_status::send_disabled);
  require_state(false, true);
  switch_to(entity_status::receive_disabled);
  require_state(true, false);
  switch_to(entity_status::disabled);
  require_state(false, false);
  switch_to(entity_status::active);
  require_state(true, true);
  bench.require_drained(orders, {"c", "d", "x", "x"}, "what was taken and not given");
}

void a_disabled_subscription_still_gets_copies(bus_workbench& bench) {
  auto& topology = bench.topology();
  bench.topic("events");
  auto const stock =
      bench.subscription("events", "stock", {.status = entity_status::receive_disabled});
  bench.send("events", with_id("a"));
  require_error(bench.receiver(stock).receive({}), errc::entity_disabled, "receiving");
  value_of(topology.update_topic("events", {.status = entity_status::send_disabled}),
           "update_topic");
  require_error(bench.sender("events").send(with_id("b")), errc::entity_disabled, "sending");
  value_of(topology.update_subscription("events", "stock", {}), "update_subscription");
  bench.require_drained(stock, {"a"}, "what arrived while nobody could receive");
}

void counts_follow_what_happens(bus_workbench& bench) {
  auto const orders = bench.queue();
  require(bench.counts(orders) == entity_counts{}, "an empty queue");
  bench.send_ids(orders, {"a", "b", "c", "d"});
  auto const size = bench.counts(orders).size_bytes;
  bench.schedule(orders, with_ids({"e"}), bench.clock().now() + 1h);
  bench.settle(bench.receive_one(orders));
  bench.settle(bench.receive_one(orders), disposition::defer);
  bench.settle(bench.receive_one(orders), disposition::dead_letter);
  bench.receive_one(orders);
  auto const counted = bench.counts(orders);
  require(counted.active == 1 && counted.deferred == 1 && counted.dead_letter == 1 &&
              counted.scheduled == 1,
          "one of each state, the locked one is active");
  require(size >= 8 && counted.size_bytes > 0, "bytes of bodies and ids at least");
}

constexpr message_bus_check all[] = {
    EVSRC_BUS_CHECK("1.11 entity", entities_are_described_as_they_were_made),
    EVSRC_BUS_CHECK("1.10 defaults", the_defaults_are_those_of_service_bus),
    EVSRC_BUS_CHECK("1.7 entity-already-exists", what_exists_is_not_made_again),
    EVSRC_BUS_CHECK("1.7 not-found", what_does_not_exist_is_not_found),
    EVSRC_BUS_CHECK("1.4 address", names_are_compared_without_case),
    EVSRC_BUS_CHECK("1.11 entity", entities_are_listed_in_order),
    EVSRC_BUS_CHECK("1.11 entity", an_update_takes_effect),
    EVSRC_BUS_CHECK("1.11 entity", some_settings_are_fixed),
    EVSRC_BUS_CHECK("1.11 entity", what_is_removed_is_gone),
    EVSRC_BUS_CHECK("1.7 entity-disabled", disabled_entities_refuse),
    EVSRC_BUS_CHECK("1.7 entity-disabled", a_disabled_subscription_still_gets_copies),
    EVSRC_BUS_CHECK("1.11 counts", counts_follow_what_happens),
};

}  // namespace

bus_checks topology_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
