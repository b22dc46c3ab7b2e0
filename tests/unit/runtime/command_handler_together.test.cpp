// SPDX-License-Identifier: Apache-2.0
// Commands over several streams, and over queries.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "bank.hpp"
#include "evsrc/memory/event_store.hpp"
#include "evsrc/testing/faults.hpp"
#include "evsrc/testing/forwarding_store.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace several_streams {

/// Reads a course by its query and an account by its stream; writes both.
using course_and_account = evsrc::together<bank::course, bank::account>;
struct buy_course {
  std::string course;
  std::string student;
  std::int64_t cents = 0;
};
inline evsrc::decision<course_and_account, bank::course_full, bank::insufficient_funds> decide(
    course_and_account const& all, buy_course const& c) {
  if (all.get<bank::course>().student_count >= 2) return evsrc::reject(bank::course_full{});
  auto const balance = all.get<bank::account>().balance_cents;
  if (balance < c.cents) return evsrc::reject(bank::insufficient_funds{balance});
  evsrc::decision<course_and_account, bank::course_full, bank::insufficient_funds> made;
  made.to<bank::account>(bank::money_withdrawn{c.cents});
  made.to<bank::course>(bank::student_enrolled{c.course, c.student});
  return made;
}

/// Reads both accounts and writes only one.
struct mirror_deposit {
  std::string from;
  std::string to;
};
inline evsrc::decision<bank::two_accounts> decide(bank::two_accounts const& all,
                                                  mirror_deposit const& c) {
  evsrc::decision<bank::two_accounts> made;
  made.to<bank::account>(c.to, bank::money_deposited{all.at<bank::account>(c.from).balance_cents});
  return made;
}
struct stray {};
inline evsrc::decision<bank::two_accounts> decide(bank::two_accounts const&, stray const&) {
  evsrc::decision<bank::two_accounts> made;
  made.to<bank::account>("unloaded", bank::money_deposited{1});
  return made;
}

/// Writes an event that the course's own query would not find.
struct enrol_elsewhere {};
inline evsrc::decision<bank::course> decide(bank::course const&, enrol_elsewhere const&) {
  return bank::student_enrolled{"another", "ada"};
}

}  // namespace several_streams

namespace {

using namespace several_streams;
using evsrc::errc;

class together : public testing::Test {
 protected:
  [[nodiscard]] evsrc::command_handler_options options() {
    return {.clock = &clock, .random = &random};
  }
  void fund(std::string const& key, std::int64_t cents) {
    ASSERT_TRUE(accounts.handle(key, bank::deposit{cents}));
  }
  [[nodiscard]] std::int64_t balance(std::string const& key) {
    return accounts.load(key)->state.balance_cents;
  }

  evsrc::testing::manual_clock clock;
  evsrc::testing::seeded_random random{7};
  evsrc::memory::event_store store{{.clock = &clock}};
  evsrc::command_handler<bank::account> accounts{store, options()};
  evsrc::command_handler<bank::two_accounts> transfers{store, options()};
};

TEST_F(together, writes_all_streams_or_none) {
  fund("a", 1000);

  auto const done = transfers.handle({{"a", "b"}}, bank::transfer{"a", "b", 300});
  auto const refused = transfers.handle({{"a", "b"}}, bank::transfer{"b", "a", 301});

  ASSERT_TRUE(done);
  EXPECT_EQ(done->streams,
            (std::vector<evsrc::handled_stream>{{{"account", "a"}, 2}, {{"account", "b"}, 1}}));
  EXPECT_EQ(done->version, 2U);
  ASSERT_NE(refused.rejection<bank::insufficient_funds>(), nullptr);
  EXPECT_EQ(refused.rejection<bank::insufficient_funds>()->balance_cents, 300);
  EXPECT_EQ(balance("a"), 700);
  EXPECT_EQ(balance("b"), 300);
}

TEST_F(together, decides_again_when_any_of_its_streams_has_moved) {
  fund("a", 100);
  ASSERT_TRUE(transfers.handle({{"a", "b"}}, bank::transfer{"a", "b", 50}));  // now cached
  fund("a", 900);
  fund("b", 1);

  ASSERT_TRUE(transfers.handle({{"a", "b"}}, bank::transfer{"a", "b", 900}));

  EXPECT_EQ(balance("a"), 50);
  EXPECT_EQ(balance("b"), 951);
}

TEST_F(together, guards_what_it_only_read) {
  fund("a", 100);
  ASSERT_TRUE(transfers.load({{"a", "b"}}));  // caches "a" at 100
  fund("a", 900);

  ASSERT_TRUE(transfers.handle({{"a", "b"}}, mirror_deposit{"a", "b"}));

  EXPECT_EQ(balance("b"), 1000);
}

TEST_F(together, rejects_by_the_newest_states) {
  fund("a", 1000);
  ASSERT_TRUE(transfers.load({{"a", "b"}}));
  ASSERT_TRUE(accounts.handle("a", bank::withdraw{600}));

  auto const outcome = transfers.handle({{"a", "b"}}, bank::transfer{"a", "b", 600});

  ASSERT_NE(outcome.rejection<bank::insufficient_funds>(), nullptr);
  EXPECT_EQ(outcome.rejection<bank::insufficient_funds>()->balance_cents, 400);
}

/// Somebody else acts just before one of its reads.
class busy_store final : public evsrc::testing::forwarding_store {
 public:
  using forwarding_store::forwarding_store;
  evsrc::result<evsrc::event_page> read(evsrc::stream_read const& what) override {
    if (++reads_ == act_at) act();
    return forwarding_store::read(what);
  }
  int act_at = 0;
  std::function<void()> act;

 private:
  int reads_ = 0;
};

TEST_F(together, is_loaded_as_it_was_at_one_moment) {
  for (int const before_read : {1, 2, 3, 4, 5}) {
    auto const number = std::to_string(before_read);
    std::string const from = "a" + number;
    std::string const to = "b" + number;
    fund(from, 1000);
    busy_store busy{evsrc::testing::ports_of(store)};
    busy.act_at = before_read;
    busy.act = [&] { ASSERT_TRUE(transfers.handle({{from, to}}, bank::transfer{from, to, 300})); };
    evsrc::command_handler<bank::two_accounts> reads{busy, options()};

    auto const all = reads.load({{from, to}});

    ASSERT_TRUE(all) << to_string(all.error());
    auto const& found = all->state;
    EXPECT_EQ(
        found.at<bank::account>(from).balance_cents + found.at<bank::account>(to).balance_cents,
        1000)
        << "moved before read " << before_read;
  }
}

TEST_F(together, takes_a_key_named_twice_once) {
  fund("a", 1000);

  auto const done = transfers.handle({{"b", "a", "b", "a"}}, bank::transfer{"a", "b", 300});

  ASSERT_TRUE(done);
  EXPECT_EQ(done->streams.size(), 2U);
}

TEST_F(together, writes_the_events_in_the_order_of_the_decision) {
  fund("z", 1000);

  ASSERT_TRUE(transfers.handle({{"a", "z"}}, bank::transfer{"z", "a", 300}));

  auto const page = store.query({});
  ASSERT_EQ(page->size(), 3U);
  EXPECT_EQ(page->events()[1].key, "z");
  EXPECT_EQ(page->events()[2].key, "a");
}

TEST_F(together, writes_both_events_where_a_stream_is_addressed_twice) {
  fund("a", 1000);

  ASSERT_TRUE(transfers.handle({{"a", "b"}}, bank::transfer{"a", "a", 300}));

  EXPECT_EQ(balance("a"), 1000);
  EXPECT_EQ(accounts.load("a")->version, 3U);
}

TEST_F(together, refuses_an_event_for_a_stream_that_was_not_loaded) {
  auto const outcome = transfers.handle({{"a"}}, stray{});

  EXPECT_EQ(outcome.error().code, errc::handler_failed);
  EXPECT_EQ(outcome.error().message,
            "decided for account-unloaded, which is not among the command's keys");
  EXPECT_TRUE(store.query({})->empty());
}

TEST_F(together, answers_a_repeated_key_with_the_versions_of_then) {
  fund("a", 1000);
  auto const first = transfers.handle({{"a", "b"}}, bank::transfer{"a", "b", 300}, {.key = "t1"});
  fund("a", 1);

  auto const again = transfers.handle({{"b", "a"}}, bank::transfer{"a", "b", 300}, {.key = "t1"});

  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->streams, first->streams);
  EXPECT_EQ(balance("b"), 300);
}

TEST_F(together, settles_an_unknown_outcome) {
  for (bool const carried_out : {true, false}) {
    evsrc::testing::faulty_store faulty{evsrc::testing::ports_of(store)};
    evsrc::command_handler<bank::two_accounts> shaky{faulty, options()};
    fund("a", 1000);
    faulty.fail_commits({.failure = {errc::io_failed, "lost", "", 0, evsrc::effect::unknown},
                         .is_carried_out = carried_out});
    auto const before = balance("b");

    auto const outcome = shaky.handle({{"a", "b"}}, bank::transfer{"a", "b", 300});

    ASSERT_TRUE(outcome) << to_string(outcome.error());
    EXPECT_EQ(outcome->receipt.positions.size(), 2U);
    EXPECT_EQ(balance("b"), before + 300);
  }
}

TEST_F(together, joins_a_query_and_a_stream) {
  evsrc::command_handler<course_and_account> sales{store, options()};
  fund("ada", 1000);
  fund("bob", 1000);
  fund("eve", 1000);

  ASSERT_TRUE(sales.handle({"maths", "ada"}, buy_course{"maths", "ada", 400}));
  auto const second = sales.handle({"maths", "bob"}, buy_course{"maths", "bob", 400});
  auto const third = sales.handle({"maths", "eve"}, buy_course{"maths", "eve", 400});

  ASSERT_TRUE(second);
  EXPECT_EQ(second->streams, (std::vector<evsrc::handled_stream>{{{"course", "maths"}, 0},
                                                                 {{"account", "bob"}, 2}}));
  EXPECT_NE(third.rejection<bank::course_full>(), nullptr);
  EXPECT_EQ(balance("eve"), 1000);
}

class by_query : public together {
 protected:
  evsrc::command_handler<bank::course> courses{store, options()};
};

TEST_F(by_query, decides_on_every_event_that_carries_the_tag) {
  ASSERT_TRUE(courses.handle("maths", bank::enrol{"maths", "ada"}));
  ASSERT_TRUE(courses.handle("art", bank::enrol{"art", "ada"}));
  auto const second = courses.handle("maths", bank::enrol{"maths", "bob"});
  auto const third = courses.handle("maths", bank::enrol{"maths", "eve"});

  ASSERT_TRUE(second);
  EXPECT_EQ(second->version, 2U);  // of the stream course-maths
  EXPECT_NE(third.rejection<bank::course_full>(), nullptr);
  EXPECT_EQ(courses.load("maths")->state.student_count, 2);
}

TEST_F(by_query, sees_events_of_other_streams) {
  evsrc::new_event elsewhere{"student.enrolled", 1, R"({"course":"maths","student":"ada"})"};
  elsewhere.meta.id = evsrc::make_event_id(clock.now(), random);
  elsewhere.meta.tags = {{"course", "maths"}};
  ASSERT_TRUE(store.commit({.appends = {{.stream = {"student", "ada"}, .events = {elsewhere}}}}));

  EXPECT_EQ(courses.load("maths")->state.student_count, 1);
}

TEST_F(by_query, is_guarded_against_events_that_it_has_not_seen) {
  evsrc::command_handler<bank::course> elsewhere{store, options()};
  ASSERT_TRUE(courses.handle("maths", bank::enrol{"maths", "ada"}));
  ASSERT_TRUE(elsewhere.handle("maths", bank::enrol{"maths", "bob"}));

  auto const third = courses.handle("maths", bank::enrol{"maths", "eve"});

  EXPECT_NE(third.rejection<bank::course_full>(), nullptr);
}

TEST_F(by_query, refuses_an_event_that_its_own_query_would_not_find) {
  auto const outcome = courses.handle("maths", enrol_elsewhere{});

  EXPECT_EQ(outcome.error().code, errc::handler_failed);
  EXPECT_EQ(outcome.error().message,
            "event student.enrolled: decided over course 'maths' but not tagged with it");
}

TEST_F(by_query, settles_an_unknown_outcome) {
  for (bool const carried_out : {true, false}) {
    evsrc::testing::faulty_store faulty{evsrc::testing::ports_of(store)};
    evsrc::command_handler<bank::course> shaky{faulty, options()};
    faulty.fail_commits({.failure = {errc::io_failed, "lost", "", 0, evsrc::effect::unknown},
                         .is_carried_out = carried_out});
    auto const before = courses.load("maths")->state.student_count;

    auto const outcome = shaky.handle("maths", bank::enrol{"maths", "ada"});

    ASSERT_TRUE(outcome) << to_string(outcome.error());
    EXPECT_EQ(courses.load("maths")->state.student_count, before + 1);
  }
}

TEST_F(by_query, never_overbooks_when_many_race) {
  constexpr int courses_count = 50;
  std::vector<std::thread> racers;
  for (int racer = 0; racer < 4; ++racer)
    racers.emplace_back([&, racer] {
      for (int round = 0; round < courses_count; ++round) {
        auto const key = std::to_string(round);
        auto const outcome = courses.handle(key, bank::enrol{key, std::to_string(racer)});
        EXPECT_TRUE(outcome || outcome.is_rejected()) << to_string(outcome.error());
      }
    });
  for (auto& racer : racers) racer.join();

  for (int round = 0; round < courses_count; ++round)
    EXPECT_EQ(courses.load(std::to_string(round))->state.student_count, 2);
}

TEST_F(together, loses_no_money_when_many_race) {
  constexpr int rounds = 100;
  fund("a", 1'000'000);
  fund("b", 1'000'000);
  std::vector<std::thread> racers;
  for (int racer = 0; racer < 4; ++racer)
    racers.emplace_back([&, racer] {
      for (int round = 0; round < rounds; ++round) {
        bool const forth = (racer + round) % 2 == 0;
        auto const outcome = transfers.handle(
            {{"a", "b"}}, bank::transfer{forth ? "a" : "b", forth ? "b" : "a", racer + 1},
            {.deadline = std::chrono::hours(1)});
        EXPECT_TRUE(outcome) << to_string(outcome.error());
      }
    });
  for (auto& racer : racers) racer.join();

  EXPECT_EQ(balance("a") + balance("b"), 2'000'000);
  EXPECT_EQ(accounts.load("a")->version, 1U + 4U * rounds);
}

}  // namespace
