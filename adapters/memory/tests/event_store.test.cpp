// SPDX-License-Identifier: Apache-2.0
// Tests of what only the store in memory does; the rest is its contract.
#include "evsrc/memory/event_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace {

using evsrc::errc;
using namespace std::chrono_literals;

evsrc::commit one_event(std::string payload = "{}") {
  static std::atomic<std::uint32_t> count = 0;
  auto const number = ++count;
  evsrc::new_event event;
  event.name = "thing.happened";
  event.payload = std::move(payload);
  for (std::size_t i = 0; i != 4; ++i)
    event.meta.id.octets[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  evsrc::commit what;
  what.appends.push_back({{"thing", "a"}, evsrc::expected_version::any(), {event}});
  return what;
}

TEST(memory_store, counts_positions_from_one_without_gaps) {
  evsrc::memory::event_store store;
  for (std::uint64_t i = 1; i != 4; ++i)
    EXPECT_EQ(store.commit(one_event())->positions.front().value, i);
}

TEST(memory_store, refuses_more_bytes_than_it_may_hold_and_goes_on) {
  evsrc::memory::event_store store{{.max_bytes = 2'000}};
  ASSERT_TRUE(store.commit(one_event(std::string(1'000, 'x'))));
  auto const refused = store.commit(one_event(std::string(1'000, 'x')));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::limit_exceeded);
  EXPECT_EQ(refused.error().effect, evsrc::effect::none);
  EXPECT_TRUE(store.commit(one_event()));
  EXPECT_EQ(store.query({})->size(), 2U);
}

TEST(memory_store, gets_the_bytes_of_expired_keys_back) {
  evsrc::memory::event_store store{{.max_bytes = 2'000}};
  for (int i = 0; i != 100; ++i) {
    auto const done = store.record_once(
        {"scope", "key-" + std::to_string(i), "f", std::string(100, 'x'), evsrc::timestamp{}});
    ASSERT_TRUE(done) << i << ": " << to_string(done.error());
    EXPECT_EQ(store.remove_expired(10), 1U);
  }
  ASSERT_TRUE(store.commit(one_event(std::string(1'500, 'x'))));
}

TEST(memory_store, counts_a_key_that_replaces_an_expired_one_once) {
  evsrc::memory::event_store store{{.max_bytes = 2'000}};
  for (int i = 0; i != 100; ++i) {
    evsrc::commit what;
    // Of two entries for one key the first one is kept.
    what.once.push_back({"scope", "key", "f", std::string(100, 'x'), evsrc::timestamp{}});
    what.once.push_back({"scope", "key", "f", std::string(200, 'x'), evsrc::timestamp{}});
    auto const done = store.commit(std::move(what));
    ASSERT_TRUE(done) << i << ": " << to_string(done.error());
  }
  ASSERT_TRUE(store.commit(one_event(std::string(1'500, 'x'))));
}

TEST(memory_store, bounds_its_queue_as_it_was_told) {
  evsrc::memory::event_store by_count{{.queued_commits = 2}};
  evsrc::memory::event_store by_bytes{{.queued_bytes = 2'500}};
  for (auto* store : {&by_count, &by_bytes}) {
    int overloaded = 0;
    for (int i = 0; i != 3; ++i)
      store->submit(one_event(std::string(1'000, 'x')), [&](auto answer) {
        overloaded += !answer && answer.error().code == errc::overloaded ? 1 : 0;
      });
    EXPECT_EQ(overloaded, 1);
    EXPECT_EQ(store->poll(), 2U);
  }
}

TEST(memory_store, is_another_store_each_time) {
  evsrc::memory::event_store first;
  evsrc::memory::event_store second;
  EXPECT_NE(first.head()->store(), second.head()->store());
  EXPECT_NE(first.head()->store(), 0U);
}

TEST(memory_store, answers_what_is_pending_when_it_is_destroyed) {
  int answered = 0;
  {
    evsrc::memory::event_store store;
    store.submit(one_event(), [&](auto answer) { answered += answer ? 1 : 0; });
  }
  EXPECT_EQ(answered, 1);
}

TEST(memory_store, may_be_closed_by_a_completion) {
  evsrc::memory::event_store store;
  int answered = 0;
  for (int i = 0; i != 3; ++i)
    store.submit(one_event(), [&](auto) {
      ++answered;
      store.close(1h);  // would wait for itself
    });
  EXPECT_EQ(store.poll(), 3U);
  EXPECT_EQ(answered, 3);
  EXPECT_EQ(store.head().error().code, errc::closed);
}

TEST(memory_store, refuses_a_message_id_that_waits_already) {
  evsrc::memory::event_store store;
  evsrc::commit what;
  what.messages = {{{"m"}, "orders"}};
  ASSERT_TRUE(store.commit(what));
  EXPECT_EQ(store.commit(what).error().code, errc::invalid_argument);
  what.cancel = {{"m"}};  // the row that waits gives way to the new one
  EXPECT_TRUE(store.commit(what));
  EXPECT_EQ(store.read_outbox({})->size(), 1U);
}

// Completions stay in order while several threads poll and commit at the same time.
TEST(memory_store, completes_in_order_whoever_polls) {
  evsrc::memory::event_store store;
  std::vector<int> order;  // written by one completion at a time
  std::atomic<bool> is_over = false;
  std::vector<std::thread> pollers;
  for (int i = 0; i != 3; ++i)
    pollers.emplace_back([&] {
      while (!is_over) static_cast<void>(store.poll());
    });
  constexpr int count = 2'000;
  for (int i = 0; i != count; ++i)
    store.submit(one_event(), [&order, i](auto) { order.push_back(i); });
  store.close(1h);
  is_over = true;
  for (auto& poller : pollers) poller.join();
  ASSERT_EQ(order.size(), static_cast<std::size_t>(count));
  for (int i = 0; i != count; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

}  // namespace
