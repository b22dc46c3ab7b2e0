// SPDX-License-Identifier: Apache-2.0
// Tests of include/evsrc/runtime/subscription.hpp
#include "evsrc/runtime/subscription.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>

#include "reading.hpp"

namespace {

using namespace std::chrono_literals;
using namespace reading;

/// Stands still but for sleeps, at which something happens.
class acting_clock final : public evsrc::clock {
 public:
  std::function<void()> at_sleep;

  [[nodiscard]] evsrc::timestamp now() noexcept override { return inner_.now(); }
  [[nodiscard]] steady_time steady() noexcept override { return inner_.steady(); }
  void sleep(std::chrono::microseconds duration) override {
    inner_.advance(duration);
    at_sleep();
  }

 private:
  evsrc::testing::manual_clock inner_;
};

struct subscription_test : testing::Test {
  std::unique_ptr<evsrc::memory::event_store> store = evsrc::memory::make_event_store();
  evsrc::testing::manual_clock clock;
  std::vector<std::string> seen;

  evsrc::subscription_options options(std::string name = "reader") {
    evsrc::subscription_options made;
    made.name = std::move(name);
    made.clock = &clock;
    return made;
  }
  evsrc::event_handler record() {
    return [this](evsrc::event_view const& event, evsrc::reaction&) -> evsrc::result<void> {
      seen.push_back(std::string(event.key) + "@" + std::to_string(event.version));
      return {};
    };
  }
  /// Fails for events of key `bad` while `is_bad`.
  evsrc::event_handler record_but_fail(bool const& is_bad) {
    return
        [this, &is_bad](evsrc::event_view const& event, evsrc::reaction&) -> evsrc::result<void> {
          if (event.key == "bad" && is_bad) return evsrc::invalid("sku", "is bad");
          seen.push_back(std::string(event.key) + "@" + std::to_string(event.version));
          return {};
        };
  }
};

using subscription = subscription_test;
using seen_list = std::vector<std::string>;

TEST_F(subscription, catches_up_and_then_follows) {
  sell(*store, "a", "x");
  sell(*store, "b", "x");
  evsrc::subscription reader(*store, options(), record());
  EXPECT_EQ(drain(reader), 2U);
  sell(*store, "a", "x");
  EXPECT_EQ(drain(reader), 1U);
  EXPECT_EQ(seen, (seen_list{"a@1", "b@1", "a@2"}));
}

TEST_F(subscription, continues_behind_its_checkpoint_after_a_restart) {
  for (int i = 0; i < 5; ++i) sell(*store, "a", "x");
  auto small = options();
  small.batch_events = 2;
  {
    evsrc::subscription reader(*store, small, record());
    ASSERT_TRUE(reader.poll());
    ASSERT_TRUE(reader.poll());
  }
  EXPECT_EQ(seen.size(), 4U);
  evsrc::subscription again(*store, small, record());
  EXPECT_EQ(drain(again), 1U);
  EXPECT_EQ(seen.back(), "a@5");
}

TEST_F(subscription, reads_one_category) {
  sell(*store, "a", "x");
  evsrc::commit other;
  other.appends.push_back(
      {{"office", "b"}, evsrc::expected_version::any(), {event_of(shop_opened{"here"})}});
  ASSERT_TRUE(store->commit(std::move(other)));
  auto with = options();
  with.scope = evsrc::events_of_category{"office"};
  evsrc::subscription reader(*store, with, record());
  drain(reader);
  EXPECT_EQ(seen, (seen_list{"b@1"}));
}

TEST_F(subscription, reads_the_events_of_a_query_under_all_their_names) {
  write(*store, "a",
        {raw("item.was-sold", 1, R"({"sku":"x"})"), event_of(shop_opened{"here"}),
         event_of(item_sold{"x", 5})});
  auto with = options();
  with.scope = evsrc::query_for<item_sold>();
  std::int64_t pieces = 0;
  evsrc::subscription reader(*store, with,
                             evsrc::handle<item_sold>([&](item_sold const& e) -> evsrc::result<> {
                               pieces += e.quantity;
                               return {};
                             }));
  EXPECT_EQ(drain(reader), 2U);
  EXPECT_EQ(pieces, 6);
}

TEST_F(subscription, reads_one_stream_also_from_a_checkpoint_between_its_events) {
  sell(*store, "a", "x");
  sell(*store, "b", "x");
  sell(*store, "a", "x");
  auto with = options();
  with.scope = evsrc::stream_id{"shop", "a"};
  with.batch_events = 1;
  {
    evsrc::subscription reader(*store, with, record());
    ASSERT_TRUE(reader.poll());
  }
  sell(*store, "b", "x");
  sell(*store, "a", "x");
  {
    evsrc::subscription reader(*store, with, record());
    EXPECT_EQ(drain(reader), 2U);
  }
  sell(*store, "b", "x");
  evsrc::subscription reader(*store, with, record());
  EXPECT_EQ(drain(reader), 0U);
  sell(*store, "a", "x");
  EXPECT_EQ(drain(reader), 1U);
  EXPECT_EQ(seen, (seen_list{"a@1", "a@2", "a@3", "a@4"}));
}

TEST_F(subscription, does_not_read_the_records_of_others) {
  sell(*store, "bad", "x");
  bool const is_bad = true;
  auto skips = options("skipper");
  skips.on_failure = evsrc::failure_policy::skip;
  evsrc::subscription skipper(*store, skips, record_but_fail(is_bad));
  drain(skipper);
  EXPECT_EQ(count_of(*store, {"evsrc.subscription", "skipper"}), 1U);
  evsrc::subscription reader(*store, options(), record());
  drain(reader);
  EXPECT_EQ(seen, (seen_list{"bad@1"}));
}

TEST_F(subscription, commits_effects_with_the_checkpoint) {
  auto const written = sell(*store, "a", "x");
  auto with = options();
  with.scope = evsrc::query_for<item_sold>();
  evsrc::subscription reader(
      *store, with,
      evsrc::handle<item_sold>([](item_sold const& e, evsrc::metadata const& meta,
                                  evsrc::reaction& effects) -> evsrc::result<> {
        EXPECT_EQ(meta.correlation, "corr");
        EVSRC_TRY(effects.emit({"thanks", "all"}, thanks_sent{e.sku}));
        evsrc::outgoing_message mail;
        mail.destination = "mails";
        mail.body = "{}";
        mail.type = "mail.wanted";
        return effects.send(mail);
      }));
  ASSERT_TRUE(reader.wait(written, 1s));
  auto const thanks = store->read({.stream = {"thanks", "all"}});
  ASSERT_TRUE(thanks);
  ASSERT_EQ(thanks->size(), 1U);
  auto const meta = thanks->events()[0].meta();
  ASSERT_TRUE(meta);
  EXPECT_EQ(meta->correlation, "corr");
  EXPECT_FALSE(meta->causation.empty());
  EXPECT_EQ(meta->source, "reader");
  auto const outbox = store->read_outbox({});
  ASSERT_TRUE(outbox);
  ASSERT_EQ(outbox->size(), 1U);
  EXPECT_EQ((*outbox)[0].message.correlation, "corr");
}

TEST_F(subscription, has_effects_once_even_if_its_checkpoint_was_lost) {
  for (int i = 0; i < 4; ++i) sell(*store, "a", "x");
  auto const thank = [] {
    return evsrc::handle<item_sold>(
        [](item_sold const& e, evsrc::reaction& effects) -> evsrc::result<> {
          return effects.emit({"thanks", "all"}, thanks_sent{e.sku});
        });
  };
  auto with = options();
  with.scope = evsrc::query_for<item_sold>();
  {
    evsrc::subscription reader(*store, with, thank());
    drain(reader);
  }
  EXPECT_EQ(count_of(*store, {"thanks", "all"}), 4U);
  evsrc::commit back;
  auto const there = store->find_checkpoint("reader");
  ASSERT_TRUE(there);
  auto const first = store->query({.max_events = 2});
  ASSERT_TRUE(first);
  back.checkpoints.push_back({"reader", *there, first->next()});
  ASSERT_TRUE(store->commit(std::move(back)));
  sell(*store, "a", "y");
  evsrc::subscription reader(*store, with, thank());
  drain(reader);
  EXPECT_EQ(count_of(*store, {"thanks", "all"}), 5U);
}

TEST_F(subscription, stops_at_a_failed_event_and_goes_on_when_told) {
  sell(*store, "a", "x");
  sell(*store, "bad", "x");
  sell(*store, "b", "x");
  bool is_bad = true;
  evsrc::subscription reader(*store, options(), record_but_fail(is_bad));
  drain(reader);
  EXPECT_EQ(seen.back(), "a@1");
  auto const told = reader.explain();
  EXPECT_EQ(told.standing, evsrc::standing::stopped);
  ASSERT_TRUE(told.failing);
  EXPECT_EQ(told.failing->stream.key, "bad");
  EXPECT_EQ(told.events_behind, 2U);
  EXPECT_NE(to_string(told).find("stopped at item.sold v2 (shop-bad version 1): "
                                 "invalid_argument: sku: is bad"),
            std::string::npos)
      << to_string(told);
  EXPECT_EQ(reader.poll().error().code, evsrc::errc::invalid_argument);
  is_bad = false;
  reader.resume();
  drain(reader);
  EXPECT_EQ(reader.explain().standing, evsrc::standing::caught_up);
  EXPECT_EQ(seen.back(), "b@1");
}

TEST_F(subscription, parks_a_key_and_redrives_it_in_order) {
  sell(*store, "bad", "x");
  sell(*store, "a", "x");
  sell(*store, "bad", "x");
  bool is_bad = true;
  auto parks = options();
  parks.on_failure = evsrc::failure_policy::park_key;
  {
    evsrc::subscription reader(*store, parks, record_but_fail(is_bad));
    drain(reader);
    EXPECT_EQ(seen, (seen_list{"a@1"}));
  }
  evsrc::subscription reader(*store, parks, record_but_fail(is_bad));  // the record is durable
  sell(*store, "bad", "x");
  drain(reader);
  EXPECT_EQ(seen, (seen_list{"a@1"}));
  auto const told = reader.explain();
  ASSERT_EQ(told.parked.size(), 1U);
  EXPECT_EQ(told.parked[0].version, 1U);
  EXPECT_EQ(told.parked[0].why.message, "sku: is bad");
  EXPECT_NE(to_string(told).find("parked from item.sold v2 (shop-bad version 1)"),
            std::string::npos);

  EXPECT_EQ(reader.redrive({"shop", "bad"}).error().code, evsrc::errc::invalid_argument);
  EXPECT_EQ(reader.explain().parked.size(), 1U);
  is_bad = false;
  EXPECT_EQ(reader.redrive({"shop", "bad"}), 3U);
  EXPECT_EQ(seen, (seen_list{"a@1", "bad@1", "bad@2", "bad@3"}));
  EXPECT_TRUE(reader.explain().parked.empty());
  EXPECT_EQ(reader.redrive({"shop", "bad"}).error().code, evsrc::errc::not_found);
  sell(*store, "bad", "x");
  drain(reader);
  EXPECT_EQ(seen.back(), "bad@4");
}

TEST_F(subscription, does_not_handle_twice_what_a_redrive_was_ahead_with) {
  sell(*store, "bad", "x");
  sell(*store, "bad", "x");
  bool is_bad = true;
  auto parks = options();
  parks.on_failure = evsrc::failure_policy::park_key;
  parks.batch_events = 1;
  {
    evsrc::subscription reader(*store, parks, record_but_fail(is_bad));
    ASSERT_TRUE(reader.poll());  // parked; version 2 was not read yet
    is_bad = false;
    EXPECT_EQ(reader.redrive({"shop", "bad"}), 2U);
  }
  evsrc::subscription reader(*store, parks, record_but_fail(is_bad));
  sell(*store, "bad", "x");
  drain(reader);
  EXPECT_EQ(seen, (seen_list{"bad@1", "bad@2", "bad@3"}));
}

TEST_F(subscription, skips_and_records_a_failed_event) {
  sell(*store, "a", "x");
  sell(*store, "bad", "x");
  sell(*store, "b", "x");
  bool const is_bad = true;
  auto skips = options();
  skips.on_failure = evsrc::failure_policy::skip;
  evsrc::subscription reader(*store, skips, record_but_fail(is_bad));
  drain(reader);
  EXPECT_EQ(seen.back(), "b@1");
  EXPECT_EQ(reader.explain().skipped, 1U);
  auto const records = store->read({.stream = {"evsrc.subscription", "reader"}});
  ASSERT_EQ(records->size(), 1U);
  EXPECT_NE(records->events()[0].payload.find("sku: is bad"), std::string::npos);
}

TEST_F(subscription, makes_retryable_failures_again_before_it_stops) {
  sell(*store, "a", "x");
  int calls = 0;
  auto with = options();
  with.attempts = 3;
  evsrc::subscription reader(
      *store, with, [&](evsrc::event_view const&, evsrc::reaction&) -> evsrc::result<void> {
        ++calls;
        return evsrc::fail(evsrc::errc::unavailable, "the mail server is away");
      });
  EXPECT_FALSE(reader.poll());
  EXPECT_EQ(reader.explain().standing, evsrc::standing::retrying);
  EXPECT_EQ(reader.explain().attempts, 1U);
  EXPECT_FALSE(reader.poll());
  EXPECT_EQ(reader.explain().standing, evsrc::standing::retrying);
  EXPECT_FALSE(reader.poll());
  EXPECT_EQ(reader.explain().standing, evsrc::standing::stopped);
  EXPECT_FALSE(reader.poll());
  EXPECT_EQ(calls, 3);
}

TEST_F(subscription, turns_what_a_handler_throws_into_an_error) {
  sell(*store, "a", "x");
  evsrc::subscription reader(*store, options(),
                             [](evsrc::event_view const&, evsrc::reaction&) -> evsrc::result<void> {
                               throw std::runtime_error("no fuse");
                             });
  auto const done = reader.poll();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, evsrc::errc::handler_failed);
  EXPECT_NE(done.error().message.find("no fuse"), std::string::npos);
}

TEST_F(subscription, waits_for_its_turn_and_takes_over_from_a_silent_owner) {
  sell(*store, "a", "x");
  auto first_options = options();
  first_options.holder = "first";
  auto second_options = options();
  second_options.holder = "second";
  seen_list seen_by_second;
  evsrc::subscription first(*store, first_options, record());
  evsrc::subscription second(
      *store, second_options,
      [&](evsrc::event_view const& event, evsrc::reaction&) -> evsrc::result<void> {
        seen_by_second.emplace_back(event.key);
        return {};
      });
  drain(first);
  sell(*store, "b", "x");
  EXPECT_EQ(drain(second), 0U);
  auto const told = second.explain();
  EXPECT_EQ(told.standing, evsrc::standing::waiting);
  EXPECT_FALSE(told.is_owner);
  EXPECT_EQ(told.owner.holder, "first");
  EXPECT_NE(to_string(told).find("waiting, another runner owns it; 1 events behind"),
            std::string::npos)
      << to_string(told);

  clock.advance(4s);
  ASSERT_TRUE(first.poll());  // b, and with it a heartbeat
  EXPECT_EQ(drain(second), 0U);
  clock.advance(4s);
  EXPECT_EQ(drain(second), 0U);
  sell(*store, "c", "x");
  clock.advance(2s);
  EXPECT_EQ(drain(second), 1U);
  EXPECT_EQ(seen_by_second, (seen_list{"c"}));

  sell(*store, "d", "x");
  EXPECT_EQ(drain(first), 0U);  // it tries, and is fenced
  EXPECT_EQ(first.explain().standing, evsrc::standing::waiting);
  EXPECT_EQ(first.explain().owner.holder, "second");
  EXPECT_EQ(drain(second), 1U);
}

TEST_F(subscription, never_takes_over_where_its_patience_is_endless) {
  auto with = options();
  with.patience = std::chrono::milliseconds::max();
  with.heartbeat = std::chrono::milliseconds::max();
  with.holder = "first";
  evsrc::subscription first(*store, with, record());
  with.holder = "second";
  evsrc::subscription second(*store, with, record());
  drain(first);
  auto const taken = store->find_owner("reader");
  for (int day = 0; day != 5; ++day) {
    clock.advance(24h);
    EXPECT_EQ(drain(first), 0U);
    EXPECT_EQ(drain(second), 0U);
  }
  EXPECT_EQ(store->find_owner("reader")->holder, "first");
  EXPECT_EQ(store->find_owner("reader")->heartbeat, taken->heartbeat) << "nothing was due";
}

TEST_F(subscription, keeps_its_ownership_without_work_by_heartbeats) {
  evsrc::subscription first(*store, options(), record());
  evsrc::subscription second(*store, options(), record());
  drain(first);
  drain(second);
  for (int i = 0; i < 10; ++i) {
    clock.advance(2s);
    drain(first);
    drain(second);
  }
  EXPECT_TRUE(first.explain().is_owner);
  EXPECT_EQ(first.explain().owner.epoch, 1U);
}

TEST_F(subscription, gives_its_ownership_back_when_it_ends) {
  {
    evsrc::subscription first(*store, options(), record());
    drain(first);
  }
  evsrc::subscription second(*store, options(), record());
  sell(*store, "a", "x");
  EXPECT_EQ(drain(second), 1U);
}

TEST_F(subscription, has_no_effect_where_it_was_fenced) {
  sell(*store, "a", "x");
  evsrc::subscription* other = nullptr;
  auto const take_over_first = [&](evsrc::event_view const& event,
                                   evsrc::reaction& effects) -> evsrc::result<void> {
    if (other != nullptr) {
      auto* const next = std::exchange(other, nullptr);
      drain(*next);
      clock.advance(10s);
      drain(*next);
    }
    return effects.emit({"thanks", "all"}, thanks_sent{std::string(event.key)});
  };
  evsrc::subscription first(*store, options(), take_over_first);
  evsrc::subscription second(*store, options(), record());
  other = &second;
  EXPECT_EQ(first.poll(), 0U);
  EXPECT_EQ(seen, (seen_list{"a@1"}));
  EXPECT_EQ(count_of(*store, {"thanks", "all"}), 0U);
}

TEST_F(subscription, says_when_its_checkpoint_is_of_another_store) {
  auto const other = evsrc::memory::make_event_store();
  auto const receipt = sell(*other, "a", "x");
  sell(*store, "a", "x");
  evsrc::subscription reader(*store, options(), record());
  auto const waited = reader.wait(receipt, 1s);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, evsrc::errc::checkpoint_ahead);
}

TEST_F(subscription, times_out_where_another_runner_does_not_move_and_names_it) {
  auto first_options = options();
  first_options.holder = "host/first";
  evsrc::subscription first(*store, first_options, record());
  drain(first);
  auto const receipt = sell(*store, "a", "x");
  evsrc::subscription second(*store, options(), record());
  auto const waited = second.wait(receipt, 100ms);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, evsrc::errc::timed_out);
  EXPECT_NE(
      waited.error().message.find("reader did not come as far as " + to_string(receipt.up_to) +
                                  " within 100 ms; its owner is host/first, epoch 1"),
      std::string::npos)
      << waited.error().message;
  drain(first);
  EXPECT_TRUE(second.wait(receipt, 100ms));
}

TEST_F(subscription, waits_without_end_where_it_was_told_to) {
  evsrc::subscription first(*store, options(), record());
  drain(first);
  auto const receipt = sell(*store, "a", "x");
  acting_clock time;
  time.at_sleep = [&] { drain(first); };
  auto with = options();
  with.clock = &time;
  evsrc::subscription second(*store, with, record());
  auto const waited = second.wait(receipt, std::chrono::milliseconds::max());
  EXPECT_TRUE(waited) << waited.error().message;
}

TEST_F(subscription, counts_from_its_checkpoint_before_its_first_poll) {
  for (int i = 0; i != 5; ++i) sell(*store, "a", "x");
  {
    evsrc::subscription reader(*store, options(), record());
    drain(reader);
  }
  sell(*store, "a", "x");
  evsrc::subscription reader(*store, options(), record());
  auto const told = reader.explain();
  EXPECT_EQ(told.events_behind, 1U);
  EXPECT_EQ(told.processed, *store->find_checkpoint("reader"));
}

TEST_F(subscription, follows_on_a_thread_and_ends_with_its_handle) {
  std::atomic<int> count = 0;
  auto with = options();
  with.clock = nullptr;
  evsrc::subscription reader(
      *store, with, [&](evsrc::event_view const&, evsrc::reaction&) -> evsrc::result<void> {
        ++count;
        return {};
      });
  {
    auto const thread = reader.start();
    for (int i = 0; i < 50; ++i) {
      auto const receipt = sell(*store, "a", "x");
      ASSERT_TRUE(reader.wait(receipt, 30s));
      ASSERT_EQ(count, i + 1);
    }
  }
  sell(*store, "a", "x");
  EXPECT_EQ(count, 50);
}

TEST_F(subscription, ends_its_thread_with_the_error_that_stopped_it) {
  auto const receipt = sell(*store, "bad", "x");
  bool const is_bad = true;
  auto with = options();
  with.clock = nullptr;
  evsrc::subscription reader(*store, with, record_but_fail(is_bad));
  std::stop_source stop;
  auto const ended = reader.run(stop.get_token());
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, evsrc::errc::invalid_argument);
  EXPECT_EQ(reader.wait(receipt, 1s).error().code, evsrc::errc::invalid_argument);
}

TEST_F(subscription, reports_a_closed_store) {
  evsrc::subscription reader(*store, options(), record());
  store->close(0ms);
  EXPECT_EQ(reader.poll().error().code, evsrc::errc::closed);
  EXPECT_EQ(reader.explain().standing, evsrc::standing::stopped);
}

TEST_F(subscription, calls_its_handler_once_for_effects_that_fill_several_commits) {
  constexpr std::size_t count = 3 * evsrc::limits::commit_once;
  std::vector<evsrc::new_event> events;
  for (std::size_t i = 0; i != count; ++i) events.push_back(event_of(item_sold{"x", 1}));
  write(*store, "a", std::move(events));
  auto large = options();
  large.batch_events = evsrc::limits::page_events;
  large.scope = evsrc::events_of_category{"shop"};
  std::size_t calls = 0;
  evsrc::subscription reader(
      *store, large,
      [&](evsrc::event_view const&, evsrc::reaction& effects) -> evsrc::result<void> {
        ++calls;
        return effects.emit({"thanks", "all"}, thanks_sent{"x"});
      });
  EXPECT_EQ(drain(reader), count);
  EXPECT_EQ(calls, count);
  EXPECT_EQ(count_of(*store, {"thanks", "all"}), count);
}

TEST_F(subscription, redrives_what_fills_several_commits) {
  constexpr std::size_t count = 2 * evsrc::limits::commit_once;
  std::vector<evsrc::new_event> events;
  for (std::size_t i = 0; i != count; ++i) events.push_back(event_of(item_sold{"x", 1}));
  write(*store, "a", std::move(events));
  auto parking = options();
  parking.batch_events = evsrc::limits::page_events;
  parking.scope = evsrc::events_of_category{"shop"};
  parking.on_failure = evsrc::failure_policy::park_key;
  bool is_bad = true;
  evsrc::subscription reader(
      *store, parking,
      [&](evsrc::event_view const&, evsrc::reaction& effects) -> evsrc::result<void> {
        if (is_bad) return evsrc::invalid("sku", "is bad");
        for (int i = 0; i != 4; ++i) EVSRC_TRY(effects.emit({"thanks", "all"}, thanks_sent{"x"}));
        return {};
      });
  drain(reader);
  is_bad = false;
  auto const done = reader.redrive({"shop", "a"});
  ASSERT_TRUE(done) << to_string(done.error());
  EXPECT_EQ(*done, count);
  EXPECT_EQ(count_of(*store, {"thanks", "all"}), 4 * count);
}

}  // namespace
