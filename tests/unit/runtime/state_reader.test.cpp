// SPDX-License-Identifier: Apache-2.0
// What a state is, was, and how it came to be.
#include "evsrc/runtime/state_reader.hpp"

#include <gtest/gtest.h>

#include "bank.hpp"
#include "evsrc/memory/event_store.hpp"
#include "evsrc/testing/manual_clock.hpp"

namespace {

using namespace std::chrono_literals;

class state_reader : public testing::Test {
 protected:
  void SetUp() override {
    evsrc::command_handler<bank::account> accounts{store, {.clock = &clock, .source = "bank"}};
    ASSERT_TRUE(accounts.handle("42", bank::deposit{1000}, {.meta = {.user = "ada"}}));
    clock.advance(1h);
    ASSERT_TRUE(accounts.handle("42", bank::withdraw{300}));
    clock.advance(1h);
    ASSERT_TRUE(accounts.handle("42", bank::deposit{50}));
  }

  evsrc::testing::manual_clock clock;
  evsrc::timestamp const begin = clock.now();
  evsrc::memory::event_store store{{.clock = &clock}};
  evsrc::state_reader<bank::account> reader{store};
};

TEST_F(state_reader, loads_the_state_of_now) {
  auto const now = reader.load("42");

  ASSERT_TRUE(now);
  EXPECT_EQ(now->state.balance_cents, 750);
  EXPECT_EQ(now->version, 3U);
}

TEST_F(state_reader, loads_the_initial_state_of_a_stream_that_does_not_exist) {
  auto const none = reader.load("43");

  ASSERT_TRUE(none);
  EXPECT_EQ(none->version, 0U);
}

TEST_F(state_reader, goes_back_to_a_version) {
  EXPECT_EQ(reader.state_at("42", 0)->state.balance_cents, 0);
  EXPECT_EQ(reader.state_at("42", 1)->state.balance_cents, 1000);
  EXPECT_EQ(reader.state_at("42", 2)->state.balance_cents, 700);
  EXPECT_EQ(reader.state_at("42", 3)->state.balance_cents, 750);
}

TEST_F(state_reader, refuses_a_version_that_the_stream_never_had) {
  auto const refused = reader.state_at("42", 4);

  EXPECT_EQ(refused.error().code, evsrc::errc::not_found);
  EXPECT_EQ(refused.error().message, "stream account-42 has 3 events, not 4");
}

TEST_F(state_reader, goes_back_in_time) {
  EXPECT_EQ(reader.state_at("42", begin - 1us)->version, 0U);
  EXPECT_EQ(reader.state_at("42", begin)->version, 1U);
  EXPECT_EQ(reader.state_at("42", begin + 90min)->version, 2U);
  EXPECT_EQ(reader.state_at("42", begin + 24h)->version, 3U);
}

TEST_F(state_reader, tells_the_history_with_its_metadata) {
  auto const history = reader.history("42");

  ASSERT_TRUE(history);
  ASSERT_EQ(history->events.size(), 3U);
  EXPECT_EQ(history->version, 3U);
  auto const& first = history->events[0];
  EXPECT_EQ(std::get<bank::money_deposited>(first.event).cents, 1000);
  EXPECT_EQ(first.meta.user, "ada");
  EXPECT_EQ(first.meta.source, "bank");
  EXPECT_EQ(first.meta.time, begin);
  EXPECT_EQ(first.version, 1U);
  EXPECT_EQ(first.wire_name, "account.deposited");
}

TEST_F(state_reader, pages_through_a_history) {
  auto const second = reader.history("42", 1, 1);

  ASSERT_EQ(second->events.size(), 1U);
  EXPECT_EQ(second->events[0].version, 2U);
  EXPECT_EQ(second->version, 3U);
}

}  // namespace
