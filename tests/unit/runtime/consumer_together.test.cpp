// SPDX-License-Identifier: Apache-2.0
// Several messages whose effects are one commit.
#include "post_office.hpp"

namespace {

using namespace post;
using evsrc::errc;

struct consumers_in_one_commit : post_office {
  static evsrc::consumer_options four(evsrc::consumer_options options) {
    options.messages_per_commit = 4;
    return options;
  }
  /// A fault lies behind a hundred commits: how many are left in front of it is counted.
  std::size_t commits_of(evsrc::consumer& of) {
    std::size_t made = 100;
    store.fail_commits({{errc::not_found, "the end of the count"}, false, made});
    settle_down(of);
    while (store.commit(nothing())) --made;
    return made;
  }
  evsrc::commit nothing() {
    evsrc::commit made;
    made.once.push_back({"count", std::to_string(++counted_), "f", "", evsrc::timestamp::max()});
    return made;
  }
  std::size_t counted_ = 0;
};

TEST_F(consumers_in_one_commit, see_what_those_before_them_decided) {
  create_queue();
  auto billing = make(four(plain()));
  pay("m1", "ann", 100);
  pay("m2", "bob", 50);
  pay("m3", "ann", 1);
  pay("m4", "ann", 1);
  EXPECT_EQ(commits_of(billing), 1U);
  EXPECT_EQ(balance("ann"), 102);
  EXPECT_EQ(balance("bob"), 50);
  EXPECT_EQ(left(), 0U);
  EXPECT_EQ(handled, (std::vector<std::string>{"m1", "m2", "m3", "m4"}));
  auto const told = billing.explain();
  EXPECT_EQ(told.counts.done, 4U);
  EXPECT_EQ(told.counts.conflicts, 0U);
}

TEST_F(consumers_in_one_commit, are_taken_from_sessions_in_their_order) {
  create_sessions();
  auto billing = make(four(in_order()));
  for (int at = 1; at <= 6; ++at) pay("a" + std::to_string(at), "ann", 1);
  pay("b1", "bob", 1);
  EXPECT_EQ(commits_of(billing), 2U);
  EXPECT_EQ(balance("ann"), 6);
  EXPECT_EQ(balance("bob"), 1);
  EXPECT_EQ(left(), 0U);
  EXPECT_EQ(billing.explain().in_hand, 0U);
}

TEST_F(consumers_in_one_commit, leave_out_the_one_that_fails) {
  create_sessions();
  auto options = four(in_order());
  options.retry.immediate = 0;
  options.retry.delayed = 0;
  auto billing = make(options);
  ask = [&](auto& context) -> evsrc::result<evsrc::handling> {
    if (context.origin_id() == "m2") return evsrc::fail(errc::unavailable, "no card");
    EXPECT_EQ(context.attempt(), 1U);
    return evsrc::ack{};
  };
  pay("m1", "ann", 1);
  pay("m2", "ann", 10);
  pay("m3", "ann", 100);
  pay("n1", "bob", 1'000);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 1) << "m3 is held behind m2";
  EXPECT_EQ(balance("bob"), 1'000);
  EXPECT_EQ(dead_reason(), "AttemptsExhausted");
  auto const told = billing.explain();
  EXPECT_EQ(told.counts.held, 1U);
  EXPECT_EQ(told.counts.done, 2U);
}

TEST_F(consumers_in_one_commit, are_handled_again_after_a_conflict) {
  create_queue();
  auto billing = make(four(plain()));
  evsrc::command_handler<bank::account> others{memory};
  int races = 1;
  ask = [&](auto& context) -> evsrc::handling {
    if (context.origin_id() == "m2" && races-- > 0) {
      EXPECT_TRUE(others.handle("ann", bank::deposit{1'000}));
    }
    return evsrc::ack{};
  };
  pay("m1", "ann", 1);
  pay("m2", "ann", 10);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 1'011);
  EXPECT_EQ(billing.explain().counts.conflicts, 1U);
  EXPECT_EQ(handled.size(), 4U);
}

TEST_F(consumers_in_one_commit, absorb_duplicates_among_themselves) {
  create_queue();
  auto billing = make(four(plain()));
  pay("m1", "ann", 1);
  pay("m1", "ann", 1);
  pay("m2", "ann", 10);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 11);
  EXPECT_EQ(left(), 0U);
  EXPECT_EQ(billing.explain().counts.duplicates, 1U);
}

TEST_F(consumers_in_one_commit, are_looked_up_when_the_answer_was_lost) {
  create_queue();
  auto billing = make(four(plain()));
  pay("m1", "ann", 1);
  pay("m2", "ann", 10);
  store.fail_commits({{errc::io_failed, "who knows", {}, 0, evsrc::effect::unknown}, true});
  settle_down(billing);
  time.advance(1s);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 11);
  EXPECT_EQ(left(), 0U);
  EXPECT_EQ(billing.explain().counts.duplicates, 2U);
}

TEST_F(consumers_in_one_commit, keep_their_locks_while_those_before_them_take_long) {
  create_sessions();
  auto billing = make(four(in_order()));
  ask = [&](auto&) -> evsrc::handling {
    time.advance(25s);
    return evsrc::ack{};
  };
  for (int at = 1; at <= 4; ++at) pay("a" + std::to_string(at), "ann", 1);
  settle_down(billing);
  EXPECT_EQ(balance("ann"), 4);
  EXPECT_EQ(billing.explain().counts.locks_lost, 0U);
  EXPECT_EQ(handled.size(), 4U);
  EXPECT_EQ(left(), 0U);
}

TEST_F(consumers_in_one_commit, write_all_that_their_handlers_ask_for) {
  create_queue();
  auto billing = make(four(plain()));
  evsrc::commit waiting;
  for (auto const* id : {"first", "second"}) {
    evsrc::outgoing_message row;
    row.id.value = id;
    row.destination = "nowhere";
    row.type = "payment";
    waiting.messages.push_back(row);
  }
  ASSERT_TRUE(memory.commit(std::move(waiting)));
  auto const rows = memory.read_outbox({});
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 2U);
  ask = [&](auto& context) -> evsrc::handling {
    auto const& row = (*rows)[context.origin_id() == "m1" ? 0 : 1];
    context.writes().refused.push_back({row.sequence, "NobodyThere"});
    return evsrc::ack{};
  };
  pay("m1", "ann", 1);
  pay("m2", "ann", 1);
  EXPECT_EQ(commits_of(billing), 1U);
  auto const refused = memory.read_refused({});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->size(), 2U);
}

TEST_F(consumers_in_one_commit, have_a_limit) {
  create_queue();
  auto options = plain();
  options.messages_per_commit = 0;
  auto billing = make(options);
  auto const told = billing.poll();
  ASSERT_FALSE(told);
  EXPECT_NE(told.error().message.find("messages_per_commit"), std::string::npos);
}

TEST_F(consumers_in_one_commit, share_states_of_handlers_with_one_cache) {
  evsrc::aggregate_cache states;
  evsrc::command_handler<bank::account> one{store, {.cache = &states}};
  evsrc::command_handler<bank::account> two{store, {.cache = &states}};
  ASSERT_TRUE(one.handle("ann", bank::deposit{1}));
  store.fail_reads({{errc::io_failed, "nothing is read"}});
  EXPECT_TRUE(two.handle("ann", bank::deposit{2}));
  EXPECT_EQ(store.pending_faults(), 1U);
}

}  // namespace
