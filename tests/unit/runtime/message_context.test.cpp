// SPDX-License-Identifier: Apache-2.0
// Effects of messages, and commands that are decided into a message's commit.
#include "evsrc/runtime/message_context.hpp"

#include <gtest/gtest.h>

#include "bank.hpp"
#include "evsrc/memory/event_store.hpp"
#include "message_call.hpp"

namespace {

using bank::account;
using calls::message_call;
using calls::typed;

struct message_effects : testing::Test {
  evsrc::memory::event_store store;
  evsrc::command_handler<account> accounts{store};
  message_call call{[] {
    auto what = typed("transfer", 1, "{}");
    what.correlation_id = "request-7";
    set_property(what.properties, "traceparent", std::string("00-aa-bb-01"));
    return what;
  }()};
  evsrc::message_context context = call.context();

  evsrc::result<evsrc::receipt> commit() {
    auto done = store.commit(call.whole);
    if (done) call.joint.committed();
    call.whole = {};
    return done;
  }
  std::int64_t balance(std::string const& key) { return accounts.load(key)->state.balance_cents; }
};

TEST_F(message_effects, continue_correlation_and_trace_of_the_message) {
  ASSERT_TRUE(context.emit({"log", "1"}, bank::money_deposited{5}));
  evsrc::outgoing_message row;
  row.destination = "orders";
  ASSERT_TRUE(context.send(row));
  auto const& meta = call.whole.appends.at(0).events.at(0).meta;
  EXPECT_EQ(meta.causation, "m1");
  EXPECT_EQ(meta.correlation, "request-7");
  EXPECT_EQ(meta.trace_parent, "00-aa-bb-01");
  EXPECT_EQ(meta.source, "billing");
  auto const& sent = call.whole.messages.at(0);
  EXPECT_EQ(sent.id.value, "m1/1/billing");
  EXPECT_EQ(sent.correlation, "request-7");
}

TEST_F(message_effects, give_the_outside_one_key_for_all_attempts_and_rounds) {
  EXPECT_EQ(context.idempotency_key(), "billing/m1");
  EXPECT_EQ(context.idempotency_key("charge"), "billing/m1/charge");
  auto const copy =
      evsrc::detail::copy_of(call.received.message, {.origin = "m1", .round = 2, .attempts = 3},
                             "17", {}, evsrc::timestamp::max());
  EXPECT_EQ(copy.id.value, "m1/17");
  message_call again{copy};
  EXPECT_EQ(again.context().idempotency_key(), "billing/m1");
  EXPECT_EQ(again.context().round(), 2U);
}

TEST_F(message_effects, hold_decisions_with_exact_versions) {
  auto const done = context.handle(accounts, "a", bank::deposit{100});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->version, 1U);
  EXPECT_EQ(call.whole.appends.at(0).expected, evsrc::expected_version::none());
  EXPECT_EQ(call.whole.appends.at(0).events.at(0).meta.causation, "m1");
  EXPECT_EQ(balance("a"), 0) << "nothing is written before the commit";
  ASSERT_TRUE(commit());
  EXPECT_EQ(balance("a"), 100);
}

TEST_F(message_effects, see_earlier_decisions_of_the_same_message) {
  ASSERT_TRUE(context.handle(accounts, "a", bank::deposit{100}));
  auto const second = context.handle(accounts, "a", bank::withdraw{70});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->version, 2U);
  auto const third = context.handle(accounts, "a", bank::withdraw{70});
  ASSERT_TRUE(third.is_rejected());
  EXPECT_EQ(third.rejection<bank::insufficient_funds>()->balance_cents, 30);
  ASSERT_TRUE(commit());
  EXPECT_EQ(balance("a"), 30);
}

TEST_F(message_effects, guard_rejections_against_a_state_that_was_old) {
  EXPECT_TRUE(context.handle(accounts, "a", bank::withdraw{1}).is_rejected());
  evsrc::command_handler<account> others{store};
  ASSERT_TRUE(others.handle("a", bank::deposit{10}));
  auto const done = commit();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, evsrc::errc::version_conflict);
}

TEST_F(message_effects, forget_states_of_commits_that_failed) {
  ASSERT_TRUE(accounts.handle("a", bank::deposit{10}));
  {
    message_call failed{typed("transfer", 1, "{}")};
    auto inner = failed.context();
    ASSERT_TRUE(inner.handle(accounts, "a", bank::deposit{1'000}));
  }
  EXPECT_EQ(balance("a"), 10);
  ASSERT_TRUE(context.handle(accounts, "a", bank::withdraw{10}));
  ASSERT_TRUE(commit());
  EXPECT_EQ(balance("a"), 0);
}

TEST_F(message_effects, span_several_streams_and_queries) {
  ASSERT_TRUE(accounts.handle("a", bank::deposit{10}));
  evsrc::command_handler<bank::two_accounts> transfers{store};
  auto const done = context.handle(transfers, {{"a", "b"}}, bank::transfer{"a", "b", 4});
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_EQ(done->streams.size(), 2U);
  EXPECT_EQ(done->streams[0].version, 2U);
  evsrc::command_handler<bank::course> courses{store};
  ASSERT_TRUE(context.handle(courses, "c1", bank::enrol{"c1", "ann"}));
  auto const again = context.handle(courses, "c1", bank::enrol{"c1", "bob"});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, evsrc::errc::unsupported);
  ASSERT_TRUE(commit());
  EXPECT_EQ(balance("b"), 4);
  EXPECT_EQ(courses.load("c1")->state.student_count, 1);
}

TEST_F(message_effects, refuse_two_copies_of_one_state) {
  evsrc::command_handler<account> others{store};
  ASSERT_TRUE(context.handle(accounts, "a", bank::deposit{1}));
  auto const second = context.handle(others, "a", bank::deposit{1});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, evsrc::errc::unsupported);
}

}  // namespace
