// SPDX-License-Identifier: Apache-2.0
// Tests of what the bus in memory does; what every bus does is also in the contract.
#include "evsrc/memory/message_bus.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace {

using evsrc::disposition;
using evsrc::errc;
using namespace std::chrono_literals;

/// A bus under a clock and a seed, with a queue "q".
struct message_bus : testing::Test {
  evsrc::testing::manual_clock clock;
  evsrc::testing::seeded_random random{42};
  evsrc::memory::message_bus bus{{&clock, &random}};

  void make_queue(evsrc::queue_options const& with = {}, std::string const& name = "q") {
    ASSERT_TRUE(bus.topology().create_queue(name, with));
  }
  static evsrc::message text(std::string body, std::string session = {}) {
    evsrc::message made;
    made.body = std::move(body);
    made.session_id = std::move(session);
    return made;
  }
  void send(evsrc::message const& what, std::string const& to = "q") {
    auto const sent = (*bus.open_sender(to))->send(what);
    ASSERT_TRUE(sent) << to_string(sent.error());
  }
  auto receive(std::string const& from = "q", std::size_t max = 1) {
    auto got = (*bus.open_receiver(from))->receive({max});
    EXPECT_TRUE(got) << to_string(got.error());
    return got ? *got : std::vector<evsrc::delivery>{};
  }
  evsrc::result<void> settle(evsrc::delivery const& what, disposition how) {
    return (*bus.open_receiver(what.entity))->settle(what.settle(how));
  }
  auto peek(std::string const& from = "q") { return *(*bus.open_receiver(from))->peek(0, 1000); }
  auto counts(std::string const& of = "q") { return *bus.topology().counts(of); }
};

TEST_F(message_bus, delivers_in_order_and_forgets_what_is_completed) {
  make_queue();
  for (auto const* body : {"a", "b", "c"}) send(text(body));
  auto const got = receive("q", 10);
  ASSERT_EQ(got.size(), 3U);
  EXPECT_EQ(got[0].message.body, "a");
  EXPECT_EQ(got[0].sequence_number, 1);
  EXPECT_EQ(got[2].sequence_number, 3);
  EXPECT_EQ(got[0].message.id.value.size(), 36U);
  EXPECT_EQ(got[0].locked_until, clock.now() + 1min);
  for (auto const& each : got) EXPECT_TRUE(settle(each, disposition::complete));
  EXPECT_EQ(counts(), evsrc::entity_counts{});
  EXPECT_EQ(settle(got[0], disposition::complete).error().code, errc::lock_lost);
}

TEST_F(message_bus, gives_back_in_place_when_the_lock_ends) {
  make_queue();
  for (auto const* body : {"a", "b", "c"}) send(text(body));
  auto const first = receive();
  clock.advance(30s);
  auto const second = receive();
  clock.advance(30s);
  auto const again = receive("q", 10);
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[0].message.body, "a");
  EXPECT_EQ(again[0].delivery_count, 1U);
  EXPECT_EQ(again[1].message.body, "c");
  EXPECT_NE(again[0].lock, first[0].lock);
  EXPECT_EQ(settle(first[0], disposition::complete).error().code, errc::lock_lost);
  EXPECT_TRUE(settle(second[0], disposition::complete));
}

TEST_F(message_bus, keeps_a_lock_that_is_renewed) {
  make_queue();
  send(text("a"));
  auto const got = receive();
  auto const receiver = *bus.open_receiver("q");
  for (int i = 0; i != 3; ++i) {
    clock.advance(59s);
    EXPECT_EQ(*receiver->renew(got[0].lock), clock.now() + 1min);
  }
  EXPECT_TRUE(receiver->settle(got[0].settle()));
}

TEST_F(message_bus, dead_letters_after_the_last_delivery) {
  make_queue({.max_delivery_count = 2});
  send(text("a"));
  EXPECT_TRUE(settle(receive()[0], disposition::abandon));
  static_cast<void>(receive());
  clock.advance(1min);
  EXPECT_TRUE(receive().empty());
  auto const dead = receive("q/$DeadLetterQueue");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(find_text(dead[0].message.properties, "DeadLetterReason"), "MaxDeliveryCountExceeded");
  EXPECT_EQ(dead[0].dead_letter_source, "q");
  EXPECT_EQ(dead[0].delivery_count, 2U);
  EXPECT_EQ(dead[0].enqueued_sequence_number, 1);
  for (int i = 0; i != 5; ++i) clock.advance(1min), static_cast<void>(receive(dead[0].entity));
  EXPECT_EQ(counts().dead_letter, 1U);
}

TEST_F(message_bus, takes_deferred_messages_by_number_alone) {
  make_queue();
  for (auto const* body : {"a", "b"}) send(text(body));
  EXPECT_TRUE(settle(receive()[0], disposition::defer));
  EXPECT_EQ(receive()[0].message.body, "b");
  auto const receiver = *bus.open_receiver("q");
  std::int64_t const wanted[] = {1, 2};
  EXPECT_EQ(receiver->receive_deferred(wanted).error().code, errc::not_found);
  auto const got = *receiver->receive_deferred(std::span{wanted, 1});
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].state, evsrc::message_state::deferred);
  EXPECT_TRUE(receiver->settle(got[0].settle(disposition::abandon)));
  EXPECT_EQ(peek()[0].state, evsrc::message_state::deferred);
  EXPECT_EQ(peek()[0].delivery_count, 1U);
  EXPECT_TRUE(receiver->settle((*receiver->receive_deferred(std::span{wanted, 1}))[0].settle()));
  EXPECT_EQ(counts().deferred, 0U);
}

TEST_F(message_bus, expires_what_nobody_holds) {
  make_queue({.default_time_to_live = 10s, .dead_letter_on_expiration = true});
  make_queue({}, "dropping");
  auto brief = text("a");
  brief.time_to_live = 5s;
  send(brief, "dropping");
  send(text("b"));
  auto const held = receive();
  clock.advance(10s);
  EXPECT_EQ(counts("dropping").active, 0U);
  EXPECT_EQ(counts().active, 1U) << "a locked message outlives its time";
  EXPECT_TRUE(settle(held[0], disposition::abandon));
  EXPECT_EQ(counts().active, 0U);
  auto const dead = receive("q/$DeadLetterQueue");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(find_text(dead[0].message.properties, "DeadLetterReason"), "TTLExpiredException");
  EXPECT_EQ(dead[0].expires_at, evsrc::timestamp::max());
}

TEST_F(message_bus, enqueues_scheduled_messages_behind_those_that_are_there) {
  make_queue();
  auto const sender = *bus.open_sender("q");
  evsrc::message const batch[] = {text("later"), text("never")};
  auto const at = clock.now() + 1h;
  auto const numbers = *sender->schedule(batch, at);
  ASSERT_EQ(numbers, (std::vector<std::int64_t>{1, 2}));
  send(text("now"));
  EXPECT_EQ(counts().scheduled, 2U);
  EXPECT_EQ(peek()[0].state, evsrc::message_state::scheduled);
  EXPECT_TRUE(sender->cancel_scheduled(std::span{numbers}.subspan(1)));
  EXPECT_EQ(sender->cancel_scheduled(numbers).error().code, errc::not_found);
  clock.advance(2h);
  send(text("last"));
  auto const got = receive("q", 10);
  ASSERT_EQ(got.size(), 3U);
  EXPECT_EQ(got[0].message.body, "now");
  EXPECT_EQ(got[1].message.body, "later");
  EXPECT_EQ(got[1].enqueued_at, at);
  EXPECT_EQ(got[1].sequence_number, 4);
  EXPECT_EQ(got[1].enqueued_sequence_number, 1);
  EXPECT_EQ(sender->cancel_scheduled(std::span{numbers}.first(1)).error().code, errc::not_found);
}

TEST_F(message_bus, accepts_a_duplicate_and_drops_it) {
  make_queue({.requires_duplicate_detection = true, .duplicate_detection_window = 20s});
  auto same = text("a");
  same.id = {"m"};
  evsrc::message const batch[] = {same, same};
  auto const sender = *bus.open_sender("q");
  EXPECT_TRUE(sender->send(batch));
  clock.advance(20s - 1us);
  EXPECT_EQ(sender->schedule(batch, clock.now() + 1h)->size(), 2U);
  EXPECT_EQ(counts().active + counts().scheduled, 1U);
  clock.advance(1us);
  EXPECT_TRUE(sender->send(batch));
  EXPECT_EQ(counts().active, 2U);
}

TEST_F(message_bus, holds_sessions_one_at_a_time) {
  make_queue({.requires_session = true});
  for (auto const* session : {"s2", "s1", "s2"}) send(text(session, session));
  EXPECT_EQ((*bus.open_sender("q"))->send(text("x")).error().message,
            "messages[0].session_id: empty, but the queue has sessions");
  EXPECT_EQ((*bus.open_receiver("q"))->receive({}).error().code, errc::invalid_argument);
  auto oldest = *bus.accept_session("q");
  EXPECT_EQ(oldest->session_id(), "s2");
  EXPECT_EQ(bus.accept_session("q", {.session_id = "s2"}).error().code, errc::session_locked);
  auto const other = *bus.accept_session("q");
  EXPECT_EQ(other->session_id(), "s1");
  EXPECT_EQ(bus.accept_session("q").error().code, errc::timed_out);
  EXPECT_TRUE(oldest->set_state("half"));
  auto const got = *oldest->receive({10});
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[0].locked_until, oldest->locked_until());
  EXPECT_TRUE(oldest->settle(got[0].settle()));
  clock.advance(30s);
  EXPECT_TRUE(oldest->renew_session());
  clock.advance(30s);
  EXPECT_EQ(other->receive({}).error().code, errc::lock_lost);
  EXPECT_EQ(oldest->peek(0, 9)->size(), 1U);
  oldest.reset();  // gives back, uncounted
  auto const next = *bus.accept_session("q", {.session_id = "s2"});
  EXPECT_EQ(*next->state(), "half");
  EXPECT_EQ(next->receive({})->at(0).delivery_count, 0U);
  clock.advance(1min);
  EXPECT_EQ(next->settle(got[1].settle()).error().code, errc::lock_lost);
  EXPECT_EQ((*bus.accept_session("q", {.session_id = "s2"}))->receive({})->at(0).delivery_count,
            1U);
  EXPECT_EQ(*bus.sessions("q", "", 10), (std::vector<std::string>{"s1", "s2"}));
  EXPECT_EQ(*bus.sessions("q", "s1", 10), (std::vector<std::string>{"s2"}));
}

TEST_F(message_bus, copies_to_every_subscription) {
  auto& topology = bus.topology();
  ASSERT_TRUE(topology.create_topic("t"));
  ASSERT_TRUE(topology.create_subscription("t", "a"));
  ASSERT_TRUE(topology.create_subscription("T", "b", {.requires_session = true}));
  ASSERT_TRUE(topology.create_subscription("t", "none", {}, {}));
  send(text("x"), "t");
  EXPECT_EQ(receive("t/Subscriptions/a")[0].enqueued_sequence_number, 1);
  EXPECT_EQ(receive("T/subscriptions/A").size(), 0U);
  auto const dead = receive("t/Subscriptions/b/$DeadLetterQueue");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(find_text(dead[0].message.properties, "DeadLetterReason"), "Session ID is null.");
  EXPECT_EQ(counts("t/Subscriptions/none").active, 0U);
  EXPECT_EQ(counts("t").dead_letter, 1U);
  EXPECT_EQ(bus.open_sender("t/Subscriptions/a").error().code, errc::invalid_argument);
}

TEST_F(message_bus, commits_all_or_nothing) {
  make_queue();
  make_queue({.max_message_bytes = 5}, "small");
  send(text("a"));
  auto const got = receive();
  evsrc::bus_transaction what{{got[0].settle()}, {{"q", text("b")}, {"small", text("too long")}}};
  auto const refused = bus.commit(what);
  EXPECT_EQ(refused.error().code, errc::limit_exceeded);
  EXPECT_EQ(refused.error().message.rfind("sends[1].body", 0), 0U) << refused.error().message;
  EXPECT_EQ(counts().active, 1U);
  what.sends[1].message.body = "fits";
  what.settles.push_back(what.settles[0]);
  EXPECT_EQ(bus.commit(what).error().code, errc::lock_lost);
  what.settles.pop_back();
  EXPECT_TRUE(bus.commit(what));
  EXPECT_EQ(peek()[0].message.body, "b");
  EXPECT_EQ(counts("small").active, 1U);
}

TEST_F(message_bus, wakes_a_receiver_that_waits) {
  make_queue();
  auto const receiver = *bus.open_receiver("q");
  std::thread sender{[&] { send(text("a")); }};
  EXPECT_EQ(receiver->receive({1, 1h})->size(), 1U);
  sender.join();
  std::thread closer{[&] { bus.close(); }};
  EXPECT_EQ(receiver->receive({1, 1h}).error().code, errc::closed);
  closer.join();
}

TEST_F(message_bus, wakes_a_receiver_when_the_clock_of_the_test_moves) {
  make_queue();
  evsrc::message const later[] = {text("a")};
  ASSERT_TRUE((*bus.open_sender("q"))->schedule(later, clock.now() + 1h));
  std::thread mover{[&] { clock.advance(1h); }};
  EXPECT_EQ((*bus.open_receiver("q"))->receive({1, 1h})->size(), 1U);
  mover.join();
}

}  // namespace
