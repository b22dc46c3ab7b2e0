// SPDX-License-Identifier: Apache-2.0
// Whatever fails on the way, a command takes effect as often as it says, and no more.
#include <gtest/gtest.h>

#include <random>

#include "bank.hpp"
#include "evsrc/memory/event_store.hpp"
#include "evsrc/testing/faults.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace {

using namespace std::chrono_literals;
using evsrc::errc;

/// Two handlers, each with its cache, on one store that fails at random.
class failing_bank {
 public:
  explicit failing_bank(std::uint64_t seed) : random_(seed), draw_(seed) {}

  void one_command() {
    plan_a_fault();
    auto const cents = static_cast<std::int64_t>(pick(100)) + 1;
    auto const key = "account-" + std::to_string(pick(3));
    auto& handler = pick(2) == 0 ? here_ : there_;
    if (pick(2) == 0)
      count_if_done(handler.handle(key, bank::deposit{cents}), key, cents);
    else
      repeat_with_key(handler, key, cents);
  }
  void check() {
    evsrc::command_handler<bank::account> fresh{store_, {.cache_entries = 0}};
    for (auto const& [key, cents] : expected_) {
      EXPECT_EQ(fresh.load(key)->state.balance_cents, cents) << key;
      EXPECT_EQ(here_.load(key)->state.balance_cents, cents) << key;
      EXPECT_EQ(there_.load(key)->state.balance_cents, cents) << key;
    }
  }

 private:
  [[nodiscard]] std::uint64_t pick(std::uint64_t below) { return draw_() % below; }

  void plan_a_fault() {
    switch (pick(6)) {
      case 0: return fail({errc::disk_full, "no room"}, false);
      case 1: return fail({errc::version_conflict, "raced"}, false);
      case 2: return fail(unknown(), true);
      case 3: return fail(unknown(), false);
      default: return;
    }
  }
  void fail(evsrc::error failure, bool is_carried_out) {
    faulty_.fail_commits({.failure = std::move(failure), .is_carried_out = is_carried_out});
  }
  [[nodiscard]] static evsrc::error unknown() {
    return {errc::io_failed, "connection lost", "test", 0, evsrc::effect::unknown};
  }
  template <class Outcome>
  void count_if_done(Outcome const& outcome, std::string const& key, std::int64_t cents) {
    if (outcome)
      expected_[key] += cents;
    else
      EXPECT_EQ(outcome.error().effect, evsrc::effect::none) << to_string(outcome.error());
  }
  /// As a caller that asks until it gets an answer, and once more.
  template <class Handler>
  void repeat_with_key(Handler& handler, std::string const& key, std::int64_t cents) {
    evsrc::command_options const with{.key = "request-" + std::to_string(++requests_)};
    while (!handler.handle(key, bank::deposit{cents}, with)) {
    }
    auto const again = handler.handle(key, bank::deposit{cents}, with);
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->duplicate);
    expected_[key] += cents;
  }

  evsrc::testing::manual_clock clock_;
  evsrc::testing::seeded_random random_;
  std::mt19937_64 draw_;
  evsrc::memory::event_store store_{{.clock = &clock_}};
  evsrc::testing::faulty_store faulty_{evsrc::testing::ports_of(store_)};
  evsrc::command_handler<bank::account> here_{faulty_, {.clock = &clock_, .random = &random_}};
  evsrc::command_handler<bank::account> there_{faulty_, {.clock = &clock_, .random = &random_}};
  std::map<std::string, std::int64_t> expected_;
  int requests_ = 0;
};

TEST(command_handler_effects, are_counted_once_whatever_fails) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    failing_bank bank(seed);
    for (int round = 0; round < 200; ++round) bank.one_command();
    bank.check();
  }
}

}  // namespace
