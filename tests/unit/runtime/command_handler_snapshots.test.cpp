// SPDX-License-Identifier: Apache-2.0
// Snapshots: a cache that may be wrong in shape and never in content.
#include <gtest/gtest.h>

#include "bank.hpp"
#include "evsrc/memory/event_store.hpp"
#include "evsrc/runtime/snapshot_check.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace snapshots_test {

/// The bank's account as a later program sees it: it also counts.
struct counting_account {
  static constexpr evsrc::category category{"account"};
  using events = bank::account::events;
  std::int64_t balance_cents = 0;
  std::int64_t event_count = 0;
  void apply(bank::money_deposited const& e) { balance_cents += e.cents, ++event_count; }
  void apply(bank::money_withdrawn const& e) { balance_cents -= e.cents, ++event_count; }
};
/// The same fields, but their meaning has changed.
struct inverted_account {
  static constexpr evsrc::category category{"account"};
  static constexpr std::uint32_t state_version = 2;
  using events = bank::account::events;
  std::int64_t balance_cents = 0;
  void apply(bank::money_deposited const& e) { balance_cents -= e.cents; }
  void apply(bank::money_withdrawn const& e) { balance_cents += e.cents; }
};

/// Its state follows no event of its own: the next command reads them, with their metadata.
struct dated_account {
  static constexpr evsrc::category category{"account"};
  using events = bank::account::events;
  std::int64_t balance_cents = 0;
  std::int64_t last_at = 0;
  void apply(bank::money_deposited const& e, evsrc::metadata const& meta) {
    balance_cents += e.cents;
    last_at = meta.time.time_since_epoch().count();
  }
  void apply(bank::money_withdrawn const& e, evsrc::metadata const&) { balance_cents -= e.cents; }
};
inline evsrc::decision<dated_account> decide(dated_account const&, bank::deposit const& c) {
  return bank::money_deposited{c.cents};
}

class snapshots : public testing::Test {
 protected:
  [[nodiscard]] evsrc::command_handler_options uncached() {
    return {.clock = &clock, .random = &random, .cache_entries = 0};
  }
  void deposit_each(int count) {
    evsrc::command_handler<bank::account> accounts{store, uncached()};
    accounts.keep_snapshots(store, 10);
    for (int nth = 0; nth < count; ++nth) ASSERT_TRUE(accounts.handle("42", bank::deposit{1}));
  }
  [[nodiscard]] std::optional<evsrc::snapshot> kept() {
    return *store.load_snapshot({"account", "42"});
  }

  evsrc::testing::manual_clock clock;
  evsrc::testing::seeded_random random{7};
  evsrc::memory::event_store store{{.clock = &clock}};
};

TEST_F(snapshots, are_saved_every_so_many_events) {
  deposit_each(9);
  EXPECT_FALSE(kept());

  deposit_each(16);
  ASSERT_TRUE(kept());
  EXPECT_EQ(kept()->version, 20U);
  EXPECT_EQ(kept()->state, R"({"balance_cents":20})");
}

TEST_F(snapshots, are_saved_of_states_that_are_read_again_after_each_command) {
  for (std::size_t const cache_entries : {0U, 8U}) {
    evsrc::memory::event_store other{{.clock = &clock}};
    auto with = uncached();
    with.cache_entries = cache_entries;
    evsrc::command_handler<dated_account> accounts{other, with};
    accounts.keep_snapshots(other, 10);
    for (int nth = 0; nth < 25; ++nth) ASSERT_TRUE(accounts.handle("42", bank::deposit{1}));
    auto const saved = *other.load_snapshot({"account", "42"});
    ASSERT_TRUE(saved) << cache_entries;
    EXPECT_EQ(saved->version, 20U);
    EXPECT_NE(saved->state.find(R"("balance_cents":20)"), std::string::npos) << saved->state;
  }
}

TEST_F(snapshots, are_saved_of_a_long_stream_that_had_none) {
  evsrc::command_handler<bank::account> before{store, uncached()};
  for (int nth = 0; nth < 12; ++nth) ASSERT_TRUE(before.handle("42", bank::deposit{1}));
  EXPECT_FALSE(kept());
  evsrc::command_handler<bank::account> accounts{store, uncached()};
  accounts.keep_snapshots(store, 10);
  EXPECT_EQ(accounts.load("42")->version, 12U);
  EXPECT_FALSE(kept()) << "reading writes nothing";
  ASSERT_TRUE(accounts.handle("42", bank::deposit{1}));
  ASSERT_TRUE(kept());
  EXPECT_EQ(kept()->version, 13U);
}

TEST_F(snapshots, are_what_a_state_starts_from) {
  deposit_each(12);
  auto forged = *kept();
  forged.state = R"({"balance_cents":1010})";
  ASSERT_TRUE(store.save_snapshot({"account", "42"}, forged));
  evsrc::command_handler<bank::account> accounts{store, uncached()};
  accounts.keep_snapshots(store, 10);

  EXPECT_EQ(accounts.load("42")->state.balance_cents, 1012);
}

TEST_F(snapshots, are_passed_over_when_the_fields_have_changed) {
  deposit_each(12);
  evsrc::command_handler<counting_account> accounts{store, uncached()};
  accounts.keep_snapshots(store, 10);

  auto const now = accounts.load("42");

  EXPECT_EQ(now->state.event_count, 12);
  EXPECT_EQ(now->state.balance_cents, 12);
}

TEST_F(snapshots, are_passed_over_when_the_state_version_has_changed) {
  deposit_each(12);
  evsrc::command_handler<inverted_account> accounts{store, uncached()};
  accounts.keep_snapshots(store, 10);

  EXPECT_EQ(accounts.load("42")->state.balance_cents, -12);
}

TEST_F(snapshots, are_passed_over_when_they_do_not_decode) {
  deposit_each(12);
  auto broken = *kept();
  broken.state = "{";
  ASSERT_TRUE(store.save_snapshot({"account", "42"}, broken));
  evsrc::command_handler<bank::account> accounts{store, uncached()};
  accounts.keep_snapshots(store, 10);

  EXPECT_EQ(accounts.load("42")->state.balance_cents, 12);
}

TEST_F(snapshots, ahead_of_their_stream_are_passed_over) {
  deposit_each(12);
  auto ahead = *kept();
  ahead.version = 99;
  ASSERT_TRUE(store.save_snapshot({"account", "42"}, ahead));
  evsrc::command_handler<bank::account> accounts{store, uncached()};
  accounts.keep_snapshots(store, 10);

  auto const now = accounts.load("42");

  EXPECT_EQ(now->state.balance_cents, 12);
  EXPECT_EQ(now->version, 12U);
}

TEST_F(snapshots, serve_the_parts_of_a_decision_over_several_streams) {
  evsrc::command_handler<bank::two_accounts> transfers{store, uncached()};
  transfers.keep_snapshots<bank::account>(store, 2);
  deposit_each(9);
  ASSERT_TRUE(transfers.handle({{"42", "43"}}, bank::transfer{"42", "43", 5}));

  ASSERT_TRUE(kept());
  EXPECT_EQ(kept()->version, 10U);
  EXPECT_EQ(kept()->state, R"({"balance_cents":4})");
  EXPECT_EQ(transfers.load({{"42", "43"}})->state.at<bank::account>("42").balance_cents, 4);
}

TEST_F(snapshots, are_verified_against_a_replay) {
  deposit_each(12);

  auto const checked = evsrc::verify_snapshots<bank::account>(store, {.one_in = 1});

  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->compared, 1U);
  EXPECT_TRUE(checked->differing.empty());
}

TEST_F(snapshots, that_lie_are_found_and_removed) {
  deposit_each(12);
  auto forged = *kept();
  forged.state = R"({"balance_cents":1010})";
  ASSERT_TRUE(store.save_snapshot({"account", "42"}, forged));

  auto const checked = evsrc::verify_snapshots<bank::account>(store, {.one_in = 1});

  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->differing, std::vector<std::string>{"42"});
  EXPECT_FALSE(kept());
}

TEST_F(snapshots, are_sampled_evenly_by_key) {
  evsrc::command_handler<bank::account> accounts{store, uncached()};
  accounts.keep_snapshots(store, 1);
  for (int key = 0; key < 100; ++key)
    ASSERT_TRUE(accounts.handle(std::to_string(key), bank::deposit{1}));
  std::size_t compared = 0;
  for (std::uint32_t round = 0; round < 5; ++round)
    compared +=
        evsrc::verify_snapshots<bank::account>(store, {.one_in = 5, .round = round})->compared;

  EXPECT_EQ(compared, 100U);
}

}  // namespace snapshots_test
