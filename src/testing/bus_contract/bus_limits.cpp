// SPDX-License-Identifier: Apache-2.0
// 1.10: quotas and limits, with errors that name the field.
#include "bus_workbench.hpp"
#include "evsrc/core/limits.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

std::string of_size(std::size_t bytes) { return std::string(bytes, 'x'); }

void a_messages_fields_have_limits(bus_workbench& bench) {
  auto const orders = bench.queue();
  struct row {
    message bad;
    errc expected;
    std::string field;
  };
  std::vector<row> rows;
  auto const add = [&](errc expected, std::string field, auto change) {
    message made = with_id("a");
    change(made);
    rows.push_back({std::move(made), expected, std::move(field)});
  };
  using enum errc;
  add(limit_exceeded, "id", [](message& m) { m.id.value = of_size(limits::message_id_bytes + 1); });
  add(limit_exceeded, "session_id",
      [](message& m) { m.session_id = of_size(limits::session_id_bytes + 1); });
  add(limit_exceeded, "partition_key",
      [](message& m) { m.partition_key = of_size(limits::session_id_bytes + 1); });
  add(invalid_argument, "partition_key", [](message& m) {
    m.session_id = "s";
    m.partition_key = "p";
  });
  add(invalid_argument, "time_to_live", [](message& m) { m.time_to_live = 0ms; });
  add(invalid_argument, "time_to_live", [](message& m) { m.time_to_live = -1ms; });
  add(limit_exceeded, "properties", [](message& m) {
    m.properties = {{"large", of_size(limits::message_property_bytes + 1)}};
  });
  add(limit_exceeded, "properties", [](message& m) {
    for (char const* name : {"a", "b", "c"}) m.properties.emplace_back(name, of_size(30'000));
  });
  add(invalid_argument, "properties", [](message& m) {
    m.properties = {{"twice", true}, {"twice", false}};
  });
  add(invalid_argument, "properties", [](message& m) { m.properties = {{"", true}}; });
  add(limit_exceeded, "messages[0]",
      [](message& m) { m.body = of_size(limits::bus_message_bytes + 1); });
  add(limit_exceeded, "messages[0]",
      [](message& m) { m.subject = of_size(limits::message_header_bytes + 1); });
  for (auto const& one : rows)
    bench.refuse_send(orders, {one.bad}, one.expected, one.field, "a bad " + one.field);
}

void a_message_at_its_limits_passes(bus_workbench& bench) {
  auto const orders = bench.queue();
  message most;
  most.id.value = of_size(limits::message_id_bytes);
  most.session_id = most.partition_key = of_size(limits::session_id_bytes);
  most.properties = {{"large", of_size(limits::message_property_bytes - 1'000)}};
  most.body = of_size(limits::bus_message_bytes - limits::message_header_bytes);
  most.time_to_live = 1ms;
  bench.send(orders, most);
  require(bench.receive_one(orders).message == most, "byte by byte");
}

void an_entity_sets_a_smaller_message_size(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.max_message_bytes = 1'000});
  auto const events = bench.topic("events", {.max_message_bytes = 1'000});
  auto large = with_id("a");
  large.body = of_size(1'001);
  bench.refuse_send(orders, {large}, errc::limit_exceeded, "messages[0]",
                    "beyond max_message_bytes");
  require_error(bench.sender(events).send(large), errc::limit_exceeded, "beyond max_message_bytes");
  large.body = of_size(900);
  bench.send(orders, large);
  bench.send(events, large);
}

void a_full_entity_takes_no_more(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.max_size_bytes = 10'000});
  auto const bills = bench.queue("bills");
  auto one = with_id("a");
  one.body = of_size(4'000);
  bench.send(orders, {one, one});
  bench.refuse_send(orders, {one}, errc::quota_exceeded, "", "beyond max_size_bytes");
  require_error(bench.bus().commit({.sends = {{bills, one}, {orders, one}}}), errc::quota_exceeded,
                "a transaction beyond max_size_bytes");
  bench.require_drained(bills, {}, "nothing of a refused transaction");
  bench.settle(bench.receive_one(orders), disposition::dead_letter);
  bench.refuse_send(orders, {one}, errc::quota_exceeded, "", "dead letters count");
  bench.settle(bench.receive_one(dead_letter_path(orders)));
  require(bench.counts(orders).size_bytes >= 4'000 && bench.counts(orders).size_bytes < 8'000,
          "the size is that of what stands there");
  bench.send(orders, one);
  require(bench.counts(orders).active == 2, "room again");
}

void a_transaction_fills_no_entity_beyond_its_size(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.max_size_bytes = 10'000});
  auto one = with_id("a");
  one.body = of_size(4'000);
  require_refusal(bench.bus().commit({.sends = {{orders, one}, {orders, one}, {orders, one}}}),
                  errc::quota_exceeded, "sends[2]", "three that do not fit together");
  require(bench.standing(orders).empty(), "nothing of a refused transaction");
  value_of(bench.bus().commit({.sends = {{orders, one}, {orders, one}}}), "two that fit");
}

void duplicates_need_no_room(bus_workbench& bench) {
  auto const orders =
      bench.queue("orders", {.requires_duplicate_detection = true, .max_size_bytes = 10'000});
  auto first = with_id("a");
  first.body = of_size(4'000);
  auto other = with_id("b");
  other.body = of_size(4'000);
  bench.send(orders, {first, first, other, other});
  value_of(bench.bus().commit({.sends = {{orders, first}, {orders, other}, {orders, first}}}),
           "a transaction of repeats");
  bench.require_drained(orders, {"a", "b"}, "once each");
}

void what_an_action_adds_needs_room(bus_workbench& bench) {
  auto const events = bench.topic("events", {.max_size_bytes = 10'000});
  bench.subscription(events, "stock", {}, {{.name = "copies", .action = "SET b = a; SET c = a"}});
  require_error(bench.sender(events).send(with_property("x", "a", of_size(4'000))),
                errc::quota_exceeded, "a copy beyond max_size_bytes");
  bench.send(events, with_property("y", "a", of_size(3'000)));
  require(bench.counts(events).active == 1, "a copy that fits");
}

/// More than a bus may remove in one step.
void what_expired_makes_room(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.max_size_bytes = 40'000});
  auto brief = with_id("a");
  brief.body = of_size(100);
  brief.time_to_live = 1min;
  bench.send(orders, std::vector<message>(300, brief));
  auto large = with_id("b");
  large.body = of_size(39'000);
  bench.refuse_send(orders, {large}, errc::quota_exceeded, "", "beyond max_size_bytes");
  bench.clock().advance(1min + 1ms);
  bench.send(orders, large);
  bench.require_drained(orders, {"b"}, "all the others have expired");
}

void a_full_topic_takes_no_more(bus_workbench& bench) {
  auto const events = bench.topic("events", {.max_size_bytes = 10'000});
  auto const stock = bench.subscription(events, "stock");
  bench.subscription(events, "mail");
  auto one = with_id("a");
  one.body = of_size(4'000);
  bench.send(events, one);
  require_error(bench.sender(events).send(one), errc::quota_exceeded,
                "all copies of a topic count together");
  require(bench.counts(stock).active == 1, "nothing of a refused send");
  bench.settle(bench.receive_one(stock));
  require(bench.counts(events).size_bytes < 8'000, "one copy is left");
}

/// Messages that stand locked in a subscription when they expire, their receiver gone.
void what_expired_makes_room_in_a_topic(bus_workbench& bench) {
  auto const events = bench.topic("events", {.max_size_bytes = 10'000});
  auto const stock = bench.subscription(events, "stock", {.lock_duration = 1min});
  auto brief = with_id("a");
  brief.body = of_size(6'000);
  brief.time_to_live = 1min;
  bench.send(events, brief);
  static_cast<void>(bench.receive_one(stock));
  auto other = with_id("b");
  other.body = of_size(6'000);
  require_error(bench.sender(events).send(other), errc::quota_exceeded, "the topic is full");
  bench.clock().advance(1min + 1ms);
  bench.send(events, other);
  bench.require_drained(stock, {"b"}, "the other one has expired");
}

void settlements_have_limits(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send(orders, with_id("a"));
  auto const held = bench.receive_one(orders);
  auto const refuse = [&](settlement const& bad, std::string_view field) {
    require_refusal(bench.receiver(orders).settle(bad), errc::limit_exceeded, field,
                    "settling with a bad field");
    require_refusal(bench.bus().commit({.settles = {bad}}), errc::limit_exceeded, field,
                    "a transaction with a bad field");
  };
  refuse(held.dead_letter(of_size(limits::dead_letter_reason_bytes + 1)), "reason");
  refuse(held.dead_letter("r", of_size(limits::dead_letter_description_bytes + 1)), "description");
  auto modified = held.settle(disposition::abandon);
  modified.modify = {{"large", of_size(limits::message_property_bytes + 1)}};
  refuse(modified, "modify");
  bench.settle(held.dead_letter(of_size(limits::dead_letter_reason_bytes),
                                of_size(limits::dead_letter_description_bytes)));
  bench.require_drained(dead_letter_path(orders), {"a"}, "at the limits it passes");
}

void entity_settings_have_limits(bus_workbench& bench) {
  auto& topology = bench.topology();
  auto const refuse_queue = [&](queue_options const& bad, std::string_view field) {
    auto const told = topology.create_queue("orders", bad);
    require(!told && (told.error().code == errc::invalid_argument ||
                      told.error().code == errc::limit_exceeded),
            "a queue with a bad " + std::string(field) + " must be refused");
    require(told.error().message.find(field) != std::string::npos,
            "the error must name " + std::string(field) + ": " + to_string(told.error()));
    require_error(topology.describe_queue("orders"), errc::not_found, "a refused queue");
  };
  refuse_queue({.lock_duration = 5s - 1ms}, "lock_duration");
  refuse_queue({.lock_duration = 5min + 1ms}, "lock_duration");
  refuse_queue({.max_delivery_count = 0}, "max_delivery_count");
  refuse_queue({.max_delivery_count = 2'001}, "max_delivery_count");
  refuse_queue({.default_time_to_live = 0ms}, "default_time_to_live");
  refuse_queue({.duplicate_detection_window = 20s - 1ms}, "duplicate_detection_window");
  refuse_queue({.duplicate_detection_window = 7 * 24h + 1ms}, "duplicate_detection_window");
  refuse_queue({.max_message_bytes = limits::bus_message_bytes + 1}, "max_message_bytes");
  bench.queue("least", {.lock_duration = 5s, .max_delivery_count = 1});
  bench.queue("most", {.lock_duration = 5min, .max_delivery_count = 2'000});
  bench.topic();
  require_refusal(topology.create_subscription("events", "stock", {.lock_duration = 1s}),
                  errc::invalid_argument, "lock_duration", "a subscription's lock_duration");
  require_refusal(topology.update_queue("least", {.max_delivery_count = 0}), errc::invalid_argument,
                  "max_delivery_count", "an update");
  require(value_of(topology.describe_queue("least"), "describe_queue").max_delivery_count == 1,
          "a refused update changes nothing");
}

void names_have_limits(bus_workbench& bench) {
  auto& topology = bench.topology();
  bench.topic();
  for (auto const& bad : {std::string{}, std::string("a//b"), std::string("/a"), std::string("a/"),
                          std::string("a?b"), std::string("a\nb")})
    require_error(topology.create_queue(bad), errc::invalid_argument, "the name '" + bad + "'");
  require_error(topology.create_queue(of_size(limits::entity_name_bytes + 1)), errc::limit_exceeded,
                "a name too long");
  require_error(topology.create_topic(of_size(limits::entity_name_bytes + 1)), errc::limit_exceeded,
                "a name too long");
  require_error(
      topology.create_subscription("events", of_size(limits::subscription_name_bytes + 1)),
      errc::limit_exceeded, "a subscription's name too long");
  auto const longest = bench.queue(of_size(limits::entity_name_bytes));
  bench.send(longest, with_id("a"));
  bench.require_drained(longest, {"a"}, "the longest name");
  auto const stock = bench.subscription("events", of_size(limits::subscription_name_bytes));
  bench.send("events", with_id("b"));
  bench.require_drained(stock, {"b"}, "the longest name");
  require(value_of(topology.queues(), "queues").size() == 1, "nothing of the refused ones");
}

constexpr message_bus_check all[] = {
    EVSRC_BUS_CHECK("1.10 message", a_messages_fields_have_limits),
    EVSRC_BUS_CHECK("1.10 message", a_message_at_its_limits_passes),
    EVSRC_BUS_CHECK("1.10 message", an_entity_sets_a_smaller_message_size),
    EVSRC_BUS_CHECK("1.10 quota", a_full_entity_takes_no_more),
    EVSRC_BUS_CHECK("1.10 quota", a_transaction_fills_no_entity_beyond_its_size),
    EVSRC_BUS_CHECK("1.10 quota", duplicates_need_no_room),
    EVSRC_BUS_CHECK("1.10 quota", what_an_action_adds_needs_room),
    EVSRC_BUS_CHECK("1.10 quota", what_expired_makes_room),
    EVSRC_BUS_CHECK("1.10 quota", what_expired_makes_room_in_a_topic),
    EVSRC_BUS_CHECK("1.10 quota", a_full_topic_takes_no_more),
    EVSRC_BUS_CHECK("1.10 settlement", settlements_have_limits),
    EVSRC_BUS_CHECK("1.10 entity", entity_settings_have_limits),
    EVSRC_BUS_CHECK("1.10 entity", names_have_limits),
};

}  // namespace

bus_checks limit_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
