// SPDX-License-Identifier: Apache-2.0
// Commands with an idempotency key, and outcomes that nobody told (G2, G5).
#include <gtest/gtest.h>

#include "bank.hpp"
#include "evsrc/memory/event_store.hpp"
#include "evsrc/testing/faults.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace {

using namespace std::chrono_literals;
using evsrc::errc;

class command_key : public testing::Test {
 protected:
  [[nodiscard]] evsrc::command_handler_options options() {
    return {.clock = &clock, .random = &random};
  }
  [[nodiscard]] evsrc::stream_version version_of(std::string const& key) {
    return store.read({.stream = {"account", key}})->version();
  }
  [[nodiscard]] static evsrc::error lost_connection() {
    return {errc::io_failed, "connection lost", "test", 0, evsrc::effect::unknown};
  }

  evsrc::testing::manual_clock clock;
  evsrc::testing::seeded_random random{7};
  evsrc::memory::event_store store{{.clock = &clock}};
  evsrc::testing::faulty_store faulty{evsrc::testing::ports_of(store)};
  evsrc::command_handler<bank::account> accounts{faulty, options()};
};

TEST_F(command_key, lets_a_repeated_command_take_effect_once) {
  ASSERT_TRUE(accounts.handle("42", bank::deposit{1000}));

  auto const first = accounts.handle("42", bank::withdraw{600}, {.key = "r1"});
  auto const again = accounts.handle("42", bank::withdraw{600}, {.key = "r1"});

  ASSERT_TRUE(first);
  EXPECT_FALSE(first->duplicate);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->version, first->version);
  EXPECT_EQ(again->receipt.positions, first->receipt.positions);
  EXPECT_EQ(version_of("42"), 2U);
}

TEST_F(command_key, is_the_cause_of_the_events) {
  ASSERT_TRUE(accounts.handle("42", bank::deposit{1000}, {.key = "r1"}));

  auto const page = store.read({.stream = {"account", "42"}});
  EXPECT_EQ(page->events()[0].meta()->causation, "r1");
}

TEST_F(command_key, repeats_a_recorded_rejection_though_it_would_pass_now) {
  ASSERT_TRUE(accounts.handle("42", bank::deposit{100}));
  ASSERT_TRUE(accounts.handle("42", bank::withdraw{600}, {.key = "r1"}).is_rejected());
  ASSERT_TRUE(accounts.handle("42", bank::deposit{1000}));

  auto const again = accounts.handle("42", bank::withdraw{600}, {.key = "r1"});

  ASSERT_NE(again.rejection<bank::insufficient_funds>(), nullptr);
  EXPECT_EQ(again.rejection<bank::insufficient_funds>()->balance_cents, 100);
  EXPECT_TRUE(again.is_duplicate());
  EXPECT_EQ(version_of("42"), 2U);
}

TEST_F(command_key, repeats_a_rejection_without_fields) {
  ASSERT_TRUE(accounts.handle("42", bank::withdraw{1}, {.key = "r1"}).is_rejected());

  auto const again = accounts.handle("42", bank::withdraw{1}, {.key = "r1"});

  EXPECT_NE(again.rejection<bank::account_unused>(), nullptr);
}

TEST_F(command_key, repeats_that_there_was_nothing_to_do) {
  ASSERT_TRUE(accounts.handle("42", bank::deposit{100}));
  ASSERT_TRUE(accounts.handle("42", bank::do_nothing{}, {.key = "r1"}));
  ASSERT_TRUE(accounts.handle("42", bank::deposit{100}));

  auto const again = accounts.handle("42", bank::do_nothing{}, {.key = "r1"});

  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->version, 1U);
}

TEST_F(command_key, is_not_lent_to_another_request) {
  ASSERT_TRUE(accounts.handle("42", bank::deposit{100}, {.key = "r1"}));

  auto const other_amount = accounts.handle("42", bank::deposit{200}, {.key = "r1"});
  auto const other_account = accounts.handle("43", bank::deposit{100}, {.key = "r1"});
  auto const other_command = accounts.handle("42", bank::withdraw{100}, {.key = "r1"});

  EXPECT_EQ(other_amount.error().code, errc::key_reused);
  EXPECT_EQ(other_account.error().code, errc::key_reused);
  EXPECT_EQ(other_command.error().code, errc::key_reused);
  EXPECT_EQ(version_of("42"), 1U);
  EXPECT_EQ(version_of("43"), 0U);
}

TEST_F(command_key, is_forgotten_when_its_time_is_over) {
  evsrc::command_handler<bank::account> forgetful{
      store, {.clock = &clock, .random = &random, .keep_keys_for = 1h}};
  ASSERT_TRUE(forgetful.handle("42", bank::deposit{100}, {.key = "r1"}));
  clock.advance(2h);

  auto const again = forgetful.handle("42", bank::deposit{100}, {.key = "r1"});

  ASSERT_TRUE(again);
  EXPECT_FALSE(again->duplicate);
  EXPECT_EQ(version_of("42"), 2U);
}

TEST_F(command_key, leaves_errors_of_the_world_unrecorded) {
  faulty.fail_commits({.failure = {errc::disk_full, "no room"}});
  ASSERT_EQ(accounts.handle("42", bank::deposit{100}, {.key = "r1"}).error().code, errc::disk_full);

  auto const again = accounts.handle("42", bank::deposit{100}, {.key = "r1"});

  ASSERT_TRUE(again);
  EXPECT_FALSE(again->duplicate);
}

/// Its look-ups still find nothing, as if two commands had begun together.
struct blind_store final : evsrc::testing::forwarding_store {
  using forwarding_store::forwarding_store;
  [[nodiscard]] evsrc::result<std::optional<evsrc::idempotency_record>> find_once(
      std::string_view, std::string_view) override {
    return std::nullopt;
  }
};

TEST_F(command_key, answers_by_the_winner_where_two_commit_at_once) {
  ASSERT_TRUE(accounts.handle("42", bank::deposit{1000}, {.key = "r1"}));
  blind_store blind{evsrc::testing::ports_of(store)};
  evsrc::command_handler<bank::account> second{blind, options()};

  auto const outcome = second.handle("42", bank::deposit{1000}, {.key = "r1"});

  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->duplicate);
  EXPECT_EQ(outcome->version, 1U);
  EXPECT_EQ(version_of("42"), 1U);
}

TEST_F(command_key, of_the_winner_is_not_taken_for_ones_own_where_both_give_the_events_one_id) {
  blind_store blind{evsrc::testing::ports_of(store)};
  evsrc::command_handler<bank::account> second{blind, options()};
  ASSERT_TRUE(second.handle("42", bank::deposit{1}));
  evsrc::command_options request{.key = "r1"};
  request.meta.id = evsrc::make_event_id(clock.now(), random);
  ASSERT_TRUE(accounts.handle("42", bank::deposit{100}, request));

  auto const outcome = second.handle("42", bank::deposit{100}, request);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->duplicate);

  // The winner's event was read, and is not applied a second time.
  ASSERT_TRUE(accounts.handle("42", bank::deposit{1}));
  EXPECT_EQ(second.load("42")->state.balance_cents, 102);
  EXPECT_TRUE(second.handle("42", bank::withdraw{200}).is_rejected());
}

struct unknown_case {
  char const* name;
  bool was_carried_out;
  std::string key;
};

class unknown_outcome : public command_key, public testing::WithParamInterface<unknown_case> {};

TEST_P(unknown_outcome, is_settled_and_takes_effect_once) {
  ASSERT_TRUE(accounts.handle("42", bank::deposit{1000}));
  faulty.fail_commits({.failure = lost_connection(), .is_carried_out = GetParam().was_carried_out});

  auto const outcome = accounts.handle("42", bank::withdraw_notes{100, 3}, {.key = GetParam().key});

  ASSERT_TRUE(outcome) << to_string(outcome.error());
  EXPECT_FALSE(outcome->duplicate);
  EXPECT_EQ(outcome->version, 4U);
  EXPECT_EQ(outcome->receipt.positions.size(), 3U);
  EXPECT_EQ(version_of("42"), 4U);
  EXPECT_EQ(accounts.load("42")->state.balance_cents, 700);
}

TEST_P(unknown_outcome, stays_unknown_where_the_store_does_not_come_back) {
  ASSERT_TRUE(accounts.handle("42", bank::deposit{1000}));
  faulty.fail_commits({.failure = lost_connection(), .is_carried_out = GetParam().was_carried_out});
  faulty.fail_reads({.failure = {errc::unavailable, "gone"}, .times = 100});
  faulty.fail_lookups({.failure = {errc::unavailable, "gone"},
                       .skip = GetParam().key.empty() ? 0U : 1U,
                       .times = 100});

  auto const outcome = accounts.handle("42", bank::withdraw{100}, {.key = GetParam().key});

  EXPECT_EQ(outcome.error(), lost_connection());
}

TEST_P(unknown_outcome, of_a_commit_that_lost_its_race_is_decided_again) {
  ASSERT_TRUE(accounts.handle("42", bank::deposit{1000}));
  evsrc::command_handler<bank::account> other{store, options()};
  ASSERT_TRUE(other.handle("42", bank::withdraw{100}));
  faulty.fail_commits({.failure = lost_connection(), .is_carried_out = GetParam().was_carried_out});

  auto const outcome = accounts.handle("42", bank::withdraw{100}, {.key = GetParam().key});

  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->version, 3U);
  EXPECT_EQ(version_of("42"), 3U);
}

INSTANTIATE_TEST_SUITE_P(of_a_command, unknown_outcome,
                         testing::Values(unknown_case{"keyed_applied", true, "r1"},
                                         unknown_case{"keyed_lost", false, "r1"},
                                         unknown_case{"unkeyed_applied", true, ""},
                                         unknown_case{"unkeyed_lost", false, ""}),
                         [](auto const& test) { return std::string(test.param.name); });

TEST_F(command_key, records_a_rejection_again_when_its_outcome_was_unknown) {
  faulty.fail_commits({.failure = lost_connection(), .is_carried_out = true});

  auto const outcome = accounts.handle("42", bank::withdraw{1}, {.key = "r1"});

  EXPECT_NE(outcome.rejection<bank::account_unused>(), nullptr);
}

}  // namespace
