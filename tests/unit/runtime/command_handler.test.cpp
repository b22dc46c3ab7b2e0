// SPDX-License-Identifier: Apache-2.0
// Commands on one aggregate.
#include "evsrc/runtime/command_handler.hpp"

#include <gtest/gtest.h>

#include "bank.hpp"
#include "evsrc/memory/event_store.hpp"
#include "evsrc/testing/faults.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace {

using namespace std::chrono_literals;
using evsrc::errc;

/// A store, a clock and randomness that repeat.
class command_handler : public testing::Test {
 protected:
  [[nodiscard]] evsrc::command_handler_options options() {
    return {.clock = &clock, .random = &random, .source = "bank"};
  }
  void append(std::string const& key, evsrc::new_event event) {
    event.meta.id = evsrc::make_event_id(clock.now(), random);
    ASSERT_TRUE(store.commit({.appends = {{.stream = {"account", key}, .events = {event}}}}));
  }
  [[nodiscard]] evsrc::stream_version version_of(std::string const& key) {
    return store.read({.stream = {"account", key}})->version();
  }

  evsrc::testing::manual_clock clock;
  evsrc::testing::seeded_random random{7};
  evsrc::memory::event_store store{{.clock = &clock}};
};

TEST_F(command_handler, commits_what_is_decided) {
  evsrc::command_handler<bank::account> accounts{store, options()};

  auto const first = accounts.handle("42", bank::deposit{1000});
  auto const second = accounts.handle("42", bank::withdraw{300});

  ASSERT_TRUE(first);
  EXPECT_EQ(first->version, 1U);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->version, 2U);
  EXPECT_EQ(second->receipt.positions.size(), 1U);
  auto const now = accounts.load("42");
  ASSERT_TRUE(now);
  EXPECT_EQ(now->state.balance_cents, 700);
  EXPECT_EQ(now->version, 2U);
}

TEST_F(command_handler, gives_back_a_rejection_and_writes_nothing) {
  evsrc::command_handler<bank::account> accounts{store, options()};
  ASSERT_TRUE(accounts.handle("42", bank::deposit{100}));

  auto const outcome = accounts.handle("42", bank::withdraw{500});

  EXPECT_FALSE(outcome);
  ASSERT_TRUE(outcome.is_rejected());
  ASSERT_NE(outcome.rejection<bank::insufficient_funds>(), nullptr);
  EXPECT_EQ(outcome.rejection<bank::insufficient_funds>()->balance_cents, 100);
  EXPECT_EQ(outcome.rejection<bank::account_unused>(), nullptr);
  EXPECT_EQ(outcome.error().code, errc::handler_failed);
  EXPECT_EQ(version_of("42"), 1U);
}

TEST_F(command_handler, writes_several_events_in_one_commit) {
  evsrc::command_handler<bank::account> accounts{store, options()};
  ASSERT_TRUE(accounts.handle("42", bank::deposit{1000}));

  auto const outcome = accounts.handle("42", bank::withdraw_notes{100, 3});

  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->version, 4U);
  EXPECT_EQ(outcome->receipt.positions.size(), 3U);
  EXPECT_EQ(accounts.load("42")->state.balance_cents, 700);
}

TEST_F(command_handler, writes_nothing_where_nothing_is_decided) {
  evsrc::command_handler<bank::account> accounts{store, options()};

  auto const outcome = accounts.handle("42", bank::do_nothing{});

  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->version, 0U);
  EXPECT_EQ(version_of("42"), 0U);
}

TEST_F(command_handler, refuses_a_command_that_breaks_its_own_rules) {
  evsrc::command_handler<bank::account> accounts{store, options()};

  auto const outcome = accounts.handle("42", bank::withdraw{-1});

  EXPECT_EQ(outcome.error().code, errc::invalid_argument);
  EXPECT_EQ(outcome.error().message, "cents: must be above zero");
}

TEST_F(command_handler, refuses_an_event_that_breaks_its_own_rules) {
  evsrc::command_handler<bank::account> accounts{store, options()};

  auto const outcome = accounts.handle("42", bank::deposit{0});

  EXPECT_EQ(outcome.error().code, errc::invalid_argument);
  EXPECT_EQ(outcome.error().message, "event account.deposited: cents: must be above zero");
  EXPECT_EQ(version_of("42"), 0U);
}

TEST_F(command_handler, turns_what_decide_throws_into_an_error) {
  evsrc::command_handler<bank::account> accounts{store, options()};

  auto const outcome = accounts.handle("42", bank::explode{});

  EXPECT_EQ(outcome.error().code, errc::handler_failed);
  EXPECT_NE(outcome.error().message.find("no fuse"), std::string::npos);
  EXPECT_EQ(outcome.error().effect, evsrc::effect::none);
}

TEST_F(command_handler, fills_in_the_metadata_that_the_caller_left_out) {
  evsrc::command_handler<bank::account> accounts{store, options()};

  ASSERT_TRUE(accounts.handle("42", bank::deposit{1000}));
  ASSERT_TRUE(accounts.handle("42", bank::withdraw_notes{100, 2}));

  auto const page = store.read({.stream = {"account", "42"}, .from = 1});
  ASSERT_EQ(page->size(), 2U);
  auto const first = page->events()[0].meta();
  auto const second = page->events()[1].meta();
  EXPECT_FALSE(first->id.is_nil());
  EXPECT_NE(first->id, second->id);
  EXPECT_EQ(first->time, clock.now());
  EXPECT_EQ(first->source, "bank");
  EXPECT_EQ(first->subject, "account/42");
  EXPECT_EQ(first->causation, "");
  EXPECT_EQ(first->correlation, to_string(first->id));
  EXPECT_EQ(second->correlation, to_string(first->id));
}

TEST_F(command_handler, keeps_the_metadata_that_the_caller_knows) {
  evsrc::command_handler<bank::account> accounts{store, options()};
  evsrc::metadata given;
  given.id = evsrc::make_event_id(clock.now(), random);
  given.time = clock.now() - 24h;
  given.source = "import";
  given.subject = "ledger/7";
  given.correlation = "request-1";
  given.causation = "message-1";
  given.user = "ada";
  given.trace_parent = "00-1-2-01";
  given.headers = {{"file", "a.csv"}};

  ASSERT_TRUE(accounts.handle("42", bank::deposit{1000}, {.meta = given}));

  auto const page = store.read({.stream = {"account", "42"}});
  EXPECT_EQ(*page->events()[0].meta(), given);
}

TEST_F(command_handler, decides_on_what_others_have_written_since_it_last_looked) {
  evsrc::command_handler<bank::account> here{store, options()};
  evsrc::command_handler<bank::account> there{store, options()};
  ASSERT_TRUE(here.handle("42", bank::deposit{100}));
  ASSERT_TRUE(there.handle("42", bank::deposit{900}));

  auto const outcome = here.handle("42", bank::withdraw{1000});

  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->version, 3U);
}

TEST_F(command_handler, rejects_by_the_newest_state_and_not_by_a_cached_one) {
  evsrc::command_handler<bank::account> here{store, options()};
  evsrc::command_handler<bank::account> there{store, options()};
  ASSERT_TRUE(here.handle("42", bank::deposit{1000}));
  ASSERT_TRUE(there.handle("42", bank::withdraw{600}));

  auto const outcome = here.handle("42", bank::withdraw{600});

  ASSERT_NE(outcome.rejection<bank::insufficient_funds>(), nullptr);
  EXPECT_EQ(outcome.rejection<bank::insufficient_funds>()->balance_cents, 400);
}

TEST_F(command_handler, works_without_a_cache) {
  auto uncached = options();
  uncached.cache_entries = 0;
  evsrc::command_handler<bank::account> accounts{store, uncached};

  ASSERT_TRUE(accounts.handle("42", bank::deposit{1000}));
  auto const outcome = accounts.handle("42", bank::withdraw{300});

  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->version, 2U);
}

TEST_F(command_handler, shows_a_conflict_only_when_the_deadline_has_passed) {
  evsrc::testing::faulty_store faulty{evsrc::testing::ports_of(store)};
  faulty.fail_commits(
      {.failure = {errc::version_conflict, "account-42 is at 3, expected 2"}, .times = 1'000'000});
  evsrc::command_handler<bank::account> accounts{faulty, options()};
  auto const begin = clock.steady();

  auto const outcome = accounts.handle("42", bank::deposit{1000}, {.deadline = 2s});

  EXPECT_EQ(outcome.error().code, errc::version_conflict);
  EXPECT_EQ(outcome.error().message.rfind("gave up at the deadline", 0), 0U);
  EXPECT_GE(clock.steady() - begin, 2s);
  EXPECT_LT(clock.steady() - begin, 3s);
}

TEST_F(command_handler, tells_errors_of_the_store_as_they_are) {
  evsrc::testing::faulty_store faulty{evsrc::testing::ports_of(store)};
  evsrc::error const full{errc::disk_full, "no room", "sqlite.commit", 13};
  faulty.fail_commits({.failure = full});
  evsrc::command_handler<bank::account> accounts{faulty, options()};

  EXPECT_EQ(accounts.handle("42", bank::deposit{1000}).error(), full);
  EXPECT_TRUE(accounts.handle("42", bank::deposit{1000}));
}

TEST_F(command_handler, names_the_event_of_a_history_that_it_cannot_read) {
  evsrc::command_handler<bank::account> accounts{store, options()};
  append("1", {"account.frozen", 1, "{}"});
  append("2", {"account.deposited", 2, R"({"cents":1})"});
  append("3", {"account.deposited", 1, R"({"cents":"x"})"});

  auto const unknown = accounts.handle("1", bank::deposit{1}).error();
  auto const newer = accounts.handle("2", bank::deposit{1}).error();
  auto const broken = accounts.handle("3", bank::deposit{1}).error();

  EXPECT_EQ(unknown.code, errc::unknown_event);
  EXPECT_EQ(unknown.message.rfind("stream account-1 version 1, event account.frozen v1: ", 0), 0U);
  EXPECT_EQ(newer.code, errc::newer_version);
  EXPECT_EQ(broken.code, errc::malformed);
  EXPECT_NE(broken.message.find("cents"), std::string::npos);
}

TEST_F(command_handler, publishes_in_the_commit_of_the_event) {
  auto accounts = evsrc::make_command_handler<bank::account>(
      store,
      evsrc::publications(
          evsrc::publish<bank::money_deposited>().to("ledger").key(&bank::money_deposited::cents)),
      options());

  ASSERT_TRUE(accounts.handle("42", bank::deposit{1000}, {.meta = {.correlation = "request-1"}}));
  ASSERT_TRUE(accounts.handle("42", bank::withdraw{300}));

  auto const rows = store.read_outbox({});
  ASSERT_EQ(rows->size(), 1U);
  auto const& message = rows->front().message;
  auto const id = to_string(store.read({.stream = {"account", "42"}})->events()[0].id);
  EXPECT_EQ(message.id.value, id + "-ledger");
  EXPECT_EQ(message.destination, "ledger");
  EXPECT_EQ(message.key, "1000");
  EXPECT_EQ(message.type, "account.deposited");
  EXPECT_EQ(message.type_version, 1U);
  EXPECT_EQ(message.body, R"({"cents":1000})");
  EXPECT_EQ(message.causation, id);
  EXPECT_EQ(message.correlation, "request-1");
  EXPECT_EQ(message.properties, (evsrc::property_list{{"is_large", false}}));
}

TEST_F(command_handler, needs_no_more_of_a_store_than_streams_and_keys) {
  evsrc::stream_store& streams = store;
  evsrc::idempotency_store& keys = store;
  evsrc::command_handler<bank::account> accounts{streams, keys, options()};

  EXPECT_TRUE(accounts.handle("42", bank::deposit{1000}, {.key = "k"}));
}

}  // namespace
