// SPDX-License-Identifier: Apache-2.0
// 1.4 and 1.9: topics and their subscriptions.
#include "bus_workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

void each_subscription_gets_a_copy(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const stock = bench.subscription(events, "stock");
  auto const mail = bench.subscription(events, "mail");
  auto sent = with_property("a", "priority", std::int64_t{7});
  sent.session_id = "s";
  sent.subject = "order.created";
  bench.send(events, sent);
  auto const at_stock = bench.receive_one(stock);
  auto const at_mail = bench.receive_one(mail);
  require(at_stock.message == sent && at_mail.message == sent, "a copy is what was sent");
  require(folded(at_stock.entity) == folded(stock), "it names its subscription");
  require(at_stock.lock != at_mail.lock, "each under a lock of its own");
  bench.settle(at_stock);
  auto elsewhere = at_mail.settle();
  elsewhere.entity = stock;
  bench.require_lost(elsewhere, "another subscription's lock");
  bench.settle(at_mail, disposition::abandon);
  bench.require_drained(stock, {}, "completed there");
  bench.require_drained(mail, {"a"}, "given back here");
}

void a_slow_subscription_delays_no_other(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const slow = bench.subscription(events, "slow");
  auto const quick = bench.subscription(events, "quick");
  for (int i = 0; i != 200; ++i) {
    auto const id = std::to_string(i);
    bench.send(events, with_id(id));
    if (i == 0) bench.receive_id(slow, "0");
    bench.settle(bench.receive_id(quick, id));
  }
  require(bench.counts(slow).active == 200 && bench.counts(quick).active == 0,
          "one has received all while the other held its first");
}

void a_topic_without_subscriptions_takes_messages(bus_workbench& bench) {
  auto const events = bench.topic();
  bench.send(events, with_ids({"a", "b"}));
  require(bench.counts(events).active == 0, "nobody is there to get them");
  auto const late = bench.subscription(events, "late");
  bench.require_nothing(late, "a subscription gets what is sent since it exists");
  bench.send(events, with_id("c"));
  bench.require_drained(late, {"c"}, "which is this");
}

void a_batch_is_copied_whole_and_in_order(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const stock = bench.subscription(events, "stock");
  auto const mail = bench.subscription(events, "mail");
  auto bad = with_ids({"x", "y"});
  bad[1].time_to_live = 0ms;
  require_refusal(bench.sender(events).send(bad), errc::invalid_argument,
                  "messages[1].time_to_live", "no time to live");
  bench.send(events, with_ids({"a", "b", "c"}));
  bench.require_drained(stock, {"a", "b", "c"}, "the batch, and nothing of the refused one");
  bench.require_drained(mail, {"a", "b", "c"}, "the batch, and nothing of the refused one");
}

void subscriptions_have_settings_of_their_own(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const once =
      bench.subscription(events, "once", {.lock_duration = 10s, .max_delivery_count = 1});
  auto const patient = bench.subscription(events, "patient", {.lock_duration = 5min});
  bench.send(events, with_id("a"));
  auto const start = bench.clock().now();
  require(bench.receive_one(once).locked_until == start + 10s, "its own lock duration");
  require(bench.receive_one(patient).locked_until == start + 5min, "its own lock duration");
  bench.clock().advance(10s + 1ms);
  bench.require_nothing(once, "its own delivery count");
  bench.require_drained(dead_letter_path(once), {"a"}, "its own dead letters");
  bench.require_nothing(patient, "still locked");
}

void a_subscription_with_sessions_keeps_them_in_order(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const stock =
      bench.subscription(events, "stock", {.lock_duration = 10s, .requires_session = true});
  bench.send_ids(events, {"a", "b"}, "s");
  bench.send_ids(events, {"c"}, "t");
  bench.send(events, with_id("d"));
  auto const holder = bench.accept(stock, "s");
  require(ids_of(receive_from(*holder, 5)) == std::vector<std::string>{"a", "b"}, "in order");
  require(bench.accept(stock)->session_id() == "t", "the other session");
  auto const dead = bench.receive_id(dead_letter_path(stock), "d");
  require(find_text(dead.message.properties, property_names::dead_letter_reason) ==
              dead_letter_reasons::session_id_null,
          "a copy without a session id goes to the dead letters, and says so");
}

void a_topic_itself_gives_no_messages(bus_workbench& bench) {
  auto const events = bench.topic();
  bench.send(events, with_id("a"));
  auto const opened = bench.bus().open_receiver(events);
  bool const refuses = !opened || !(*opened)->receive({});
  require(refuses, "receiving from a topic must be refused");
}

void a_topics_counts_are_the_sums(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const stock = bench.subscription(events, "stock");
  bench.subscription(events, "mail");
  bench.send(events, with_ids({"a", "b", "c"}));
  bench.settle(bench.receive_one(stock));
  bench.settle(bench.receive_one(stock), disposition::dead_letter);
  bench.settle(bench.receive_one(stock), disposition::defer);
  auto const counted = bench.counts(events);
  require(counted.active == 3 && counted.deferred == 1 && counted.dead_letter == 1,
          "of all its subscriptions");
  require(counted.size_bytes > 0, "their bytes, too");
}

constexpr message_bus_check all[] = {
    EVSRC_BUS_CHECK("1.9 topic", each_subscription_gets_a_copy),
    EVSRC_BUS_CHECK("1.9 topic", a_slow_subscription_delays_no_other),
    EVSRC_BUS_CHECK("1.9 topic", a_topic_without_subscriptions_takes_messages),
    EVSRC_BUS_CHECK("1.3 batch", a_batch_is_copied_whole_and_in_order),
    EVSRC_BUS_CHECK("1.4 subscription", subscriptions_have_settings_of_their_own),
    EVSRC_BUS_CHECK("1.5 session", a_subscription_with_sessions_keeps_them_in_order),
    EVSRC_BUS_CHECK("1.4 subscription", a_topic_itself_gives_no_messages),
    EVSRC_BUS_CHECK("1.9 topic", a_topics_counts_are_the_sums),
};

}  // namespace

bus_checks topic_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
