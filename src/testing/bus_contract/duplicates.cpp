// SPDX-License-Identifier: Apache-2.0
// 1.3: duplicate detection, by message id within a window.
#include "bus_workbench.hpp"
#include "evsrc/core/limits.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

constexpr auto window = 60s;

std::string detecting(bus_workbench& bench, std::string name = "orders") {
  return bench.queue(std::move(name),
                     {.requires_duplicate_detection = true, .duplicate_detection_window = window});
}

void a_repeat_within_the_window_is_accepted_and_dropped(bus_workbench& bench) {
  auto const orders = detecting(bench);
  bench.send(orders, with_id("a"));
  bench.send(orders, with_id("a"));
  bench.settle(bench.receive_id(orders, "a"));
  bench.clock().advance(window - 1s);
  bench.send(orders, with_ids({"a", "b"}));
  bench.require_drained(orders, {"b"}, "also when the first one was completed");
}

void a_repeat_beyond_the_window_arrives(bus_workbench& bench) {
  auto const orders = detecting(bench);
  bench.send(orders, with_id("a"));
  bench.clock().advance(window + 1s);
  bench.send(orders, with_id("a"));
  bench.require_drained(orders, {"a", "a"}, "outside the window it is no duplicate");
  bench.clock().advance(window - 1s);
  bench.send(orders, with_id("a"));
  bench.require_drained(orders, {}, "and it began a window of its own");
}

void duplicates_are_known_by_message_id_alone(bus_workbench& bench) {
  auto const orders = detecting(bench);
  auto first = in_session("s", "a");
  first.correlation_id = "c";
  first.properties = {{"p", std::int64_t{1}}};
  bench.send(orders, first);
  auto other_id = first;
  other_id.id = {"b"};
  bench.send(orders, other_id);
  auto same_id = with_id("a");
  same_id.body = "another body";
  same_id.correlation_id = "another";
  bench.send(orders, same_id);
  bench.send(orders, with_ids({"A", "a ", "B"}));
  bench.require_drained(orders, {"a", "b", "A", "a ", "B"}, "by all of the id and nothing else");
}

void a_repeat_within_one_batch_is_dropped(bus_workbench& bench) {
  auto const orders = detecting(bench);
  bench.send(orders, with_ids({"a", "b", "a", "c", "b"}));
  bench.require_drained(orders, {"a", "b", "c"}, "the first of each");
}

void scheduled_messages_count_for_detection(bus_workbench& bench) {
  auto const orders = detecting(bench);
  auto const later = bench.clock().now() + 10s;
  bench.schedule(orders, with_ids({"a"}), later);
  bench.send(orders, with_ids({"a", "b"}));
  bench.require_drained(orders, {"b"}, "a repeat of a scheduled one");
  auto const dropped = bench.schedule(orders, with_ids({"b", "c"}), later);
  require(dropped[0] != dropped[1], "a dropped duplicate has a number of its own");
  require_error(bench.sender(orders).cancel_scheduled(std::vector{dropped[0]}), errc::not_found,
                "cancelling a dropped duplicate");
  bench.clock().advance(11s);
  bench.require_drained(orders, {"a", "c"}, "a scheduled repeat is dropped");
}

void messages_without_an_id_are_no_duplicates(bus_workbench& bench) {
  auto const orders = detecting(bench);
  bench.send(orders, {message{}, message{}});
  bench.send(orders, message{});
  require(bench.receive(orders, 10).size() == 3, "the bus makes each an id of its own");
}

void what_was_refused_is_no_duplicate_later(bus_workbench& bench) {
  auto const orders = detecting(bench);
  auto batch = with_ids({"a", "b"});
  batch[1].body.assign(limits::bus_message_bytes + 1, 'x');
  bench.refuse_send(orders, batch, errc::limit_exceeded, "messages[1]", "a body too large");
  bench.send(orders, with_ids({"a", "b"}));
  bench.require_drained(orders, {"a", "b"}, "a refused send must not count as seen");
}

void each_entity_has_a_window_of_its_own(bus_workbench& bench) {
  auto const orders = detecting(bench, "orders");
  auto const returns = detecting(bench, "returns");
  auto const plain = bench.queue("plain");
  for (auto const& entity : {orders, returns, plain})
    for (int i = 0; i != 2; ++i) bench.send(entity, with_id("a"));
  bench.require_drained(orders, {"a"}, "with detection");
  bench.require_drained(returns, {"a"}, "with detection, another queue");
  bench.require_drained(plain, {"a", "a"}, "without detection");
}

void a_topic_detects_for_all_its_subscriptions(bus_workbench& bench) {
  auto const events = bench.topic(
      "events", {.requires_duplicate_detection = true, .duplicate_detection_window = window});
  auto const stock = bench.subscription(events, "stock");
  auto const mail = bench.subscription(events, "mail");
  bench.send(events, with_id("a"));
  bench.send(events, with_ids({"a", "b"}));
  bench.require_drained(stock, {"a", "b"}, "one copy of each id");
  bench.clock().advance(window + 1s);
  bench.send(events, with_id("a"));
  bench.require_drained(stock, {"a"}, "outside the window");
  bench.require_drained(mail, {"a", "b", "a"}, "the same for every subscription");
}

constexpr message_bus_check all[] = {
    EVSRC_BUS_CHECK("1.3 duplicate", a_repeat_within_the_window_is_accepted_and_dropped),
    EVSRC_BUS_CHECK("1.3 duplicate", a_repeat_beyond_the_window_arrives),
    EVSRC_BUS_CHECK("1.3 duplicate", duplicates_are_known_by_message_id_alone),
    EVSRC_BUS_CHECK("1.3 duplicate", a_repeat_within_one_batch_is_dropped),
    EVSRC_BUS_CHECK("1.3 duplicate", scheduled_messages_count_for_detection),
    EVSRC_BUS_CHECK("1.3 duplicate", messages_without_an_id_are_no_duplicates),
    EVSRC_BUS_CHECK("1.3 duplicate", what_was_refused_is_no_duplicate_later),
    EVSRC_BUS_CHECK("1.3 duplicate", each_entity_has_a_window_of_its_own),
    EVSRC_BUS_CHECK("1.3 duplicate", a_topic_detects_for_all_its_subscriptions),
};

}  // namespace

bus_checks duplicate_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
