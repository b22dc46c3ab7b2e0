// SPDX-License-Identifier: Apache-2.0
// 1.3: sending, and 1.4: what a delivery shows of it.
#include <set>

#include "bus_workbench.hpp"
#include "evsrc/core/limits.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

message full_message() {
  message made;
  for (int i = 0; i != 256; ++i) made.body.push_back(static_cast<char>(i));
  made.content_type = "application/octet-stream";
  made.id = {"id with spaces / and \"quotes\""};
  made.session_id = "session";
  made.partition_key = "session";
  made.correlation_id = "correlation";
  made.subject = "subject";
  made.reply_to = "reply-to";
  made.reply_to_session_id = "reply-to-session";
  made.to = "to";
  made.time_to_live = 1h;
  made.properties = {{"null", std::monostate{}},
                     {"bool", true},
                     {"integer", std::int64_t{-9'007'199'254'740'993}},
                     {"double", 0.1},
                     {"text", std::string("g\xC3\xBC\0n", 5)},
                     {"time", manual_clock::default_start + 1us},
                     {"uuid", uuid{{1, 2, 3, 4, 5, 6, 0x47, 8, 0x89, 10, 11, 12, 13, 14, 15, 16}}},
                     {"Text", std::string{}}};
  return made;
}

void a_message_arrives_as_it_was_sent(bus_workbench& bench) {
  auto const orders = bench.queue("orders", {.lock_duration = 30s});
  auto const sent = full_message();
  bench.send(orders, sent);
  auto const got = bench.receive_one(orders);
  require(got.message == sent, "every field and every byte must arrive");
  require(got.entity == orders, "a delivery names its entity");
  require(got.sequence_number >= 1, "sequence numbers count from 1");
  require(got.enqueued_at == bench.clock().now(), "enqueued_at is when it was sent");
  require(got.expires_at == got.enqueued_at + 1h, "expires_at is enqueued_at and time to live");
  require(got.delivery_count == 0, "no delivery failed before the first");
  require(got.state == message_state::active, "a received message is active");
  require(!got.lock.value.is_nil(), "a received message is locked");
  require(got.locked_until == bench.clock().now() + 30s, "locked for the entity's lock duration");
  require(got.dead_letter_source.empty(), "it was not dead-lettered");
}

void an_empty_message_arrives(bus_workbench& bench) {
  bench.send(bench.queue(), message{});
  auto const got = bench.receive_one("orders");
  auto bare = got.message;
  bare.id = {};
  require(bare == message{}, "what was not set stays unset");
  require(got.expires_at == timestamp::max(), "without a time to live it never expires");
}

void a_missing_id_is_made(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send(orders, {message{}, message{}, with_id("mine")});
  bench.send(orders, message{});
  std::set<std::string> ids;
  for (auto const& one : bench.receive(orders, 10)) ids.insert(one.message.id.value);
  require(ids.size() == 4 && ids.count("") == 0, "each message gets an id of its own");
  require(ids.count("mine") == 1, "an id that was set stays");
}

void a_batch_arrives_whole_and_in_order(bus_workbench& bench) {
  auto const orders = bench.queue();
  std::vector<std::string> ids;
  for (int i = 0; i != 300; ++i) ids.push_back("m" + std::to_string(i));
  bench.send(orders, with_ids(ids));
  bench.send(orders, with_id("behind"));
  ids.emplace_back("behind");
  bench.require_drained(orders, ids, "a batch in its order");
}

void a_batch_with_one_bad_message_is_refused_whole(bus_workbench& bench) {
  auto const orders = bench.queue();
  bench.send(orders, with_id("before"));
  auto batch = with_ids({"a", "b", "c"});
  batch[1].id.value.assign(limits::message_id_bytes + 1, 'x');
  bench.refuse_send(orders, batch, errc::limit_exceeded, "messages[1].id", "an id too long");
  batch = with_ids({"a", "b", "c"});
  batch[2].time_to_live = 0ms;
  bench.refuse_send(orders, batch, errc::invalid_argument, "messages[2].time_to_live",
                    "no time to live");
  bench.require_drained(orders, {"before"}, "nothing of a refused batch");
}

void a_batch_beyond_its_limits_is_refused_whole(bus_workbench& bench) {
  auto const orders = bench.queue();
  std::vector<message> many(limits::send_messages + 1);
  bench.refuse_send(orders, many, errc::limit_exceeded, "messages", "too many messages");
  many.pop_back();
  require(bench.sender(orders).send(many).has_value(), "as many as allowed must pass");
  auto const most = bench.sender(orders).max_batch_bytes();
  require(most >= 1'000 && most <= limits::send_bytes, "max_batch_bytes is within send_bytes");
  auto two = with_ids({"a", "b"});
  for (auto& one : two) one.body.assign(most / 2 + 1, 'x');
  require_refusal(bench.sender(orders).send(two), errc::limit_exceeded, "messages",
                  "a batch of more bytes than max_batch_bytes");
  require(bench.counts(orders).active == limits::send_messages, "nothing of a refused batch");
}

void sequence_numbers_increase_and_are_never_used_again(bus_workbench& bench) {
  auto const orders = bench.queue();
  std::int64_t last = 0;
  for (int i = 0; i != 5; ++i) {
    bench.send(orders, with_ids({"a" + std::to_string(i), "b" + std::to_string(i)}));
    for (auto const& one : bench.receive(orders, 2, receive_mode::receive_and_delete)) {
      require(one.sequence_number > last, "a later message has a greater sequence number");
      require(one.enqueued_sequence_number == one.sequence_number,
              "where it was sent first is here");
      last = one.sequence_number;
    }
  }
}

void entities_keep_their_messages_apart(bus_workbench& bench) {
  auto const orders = bench.queue("orders");
  auto const orders_eu = bench.queue("orders/eu");
  bench.send(orders, with_id("a"));
  bench.send(orders_eu, with_id("b"));
  bench.require_drained(orders, {"a"}, "its own messages");
  bench.require_drained(orders_eu, {"b"}, "its own messages");
}

void sends_need_an_entity(bus_workbench& bench) {
  auto& early = bench.sender("orders");
  require_error(early.send(with_id("a")), errc::not_found, "a send to nowhere");
  require_error(early.schedule(with_ids({"a"}), bench.clock().now() + 1h), errc::not_found,
                "a schedule to nowhere");
  bench.queue("orders");
  require(early.send(with_id("b")).has_value(), "a sender opened before its queue works with it");
  bench.require_drained("orders", {"b"}, "what was sent since the queue exists");
}

void dead_letter_queues_and_subscriptions_take_no_sends(bus_workbench& bench) {
  bench.queue("orders");
  auto const stock = bench.subscription(bench.topic("events"), "stock");
  for (auto const& path : {dead_letter_path("orders"), stock, dead_letter_path(stock)})
    require_error(bench.bus().open_sender(path), errc::invalid_argument, "a sender to " + path);
  require_error(bench.bus().open_sender(""), errc::invalid_argument, "a sender without a path");
}

constexpr message_bus_check all[] = {
    EVSRC_BUS_CHECK("1.3 send", a_message_arrives_as_it_was_sent),
    EVSRC_BUS_CHECK("1.3 send", an_empty_message_arrives),
    EVSRC_BUS_CHECK("1.3 send", a_missing_id_is_made),
    EVSRC_BUS_CHECK("1.3 batch", a_batch_arrives_whole_and_in_order),
    EVSRC_BUS_CHECK("1.3 batch", a_batch_with_one_bad_message_is_refused_whole),
    EVSRC_BUS_CHECK("1.3 batch", a_batch_beyond_its_limits_is_refused_whole),
    EVSRC_BUS_CHECK("1.3 send", sequence_numbers_increase_and_are_never_used_again),
    EVSRC_BUS_CHECK("1.3 send", entities_keep_their_messages_apart),
    EVSRC_BUS_CHECK("1.3 send", sends_need_an_entity),
    EVSRC_BUS_CHECK("1.3 send", dead_letter_queues_and_subscriptions_take_no_sends),
};

}  // namespace

bus_checks sending_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
