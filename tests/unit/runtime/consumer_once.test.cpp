// SPDX-License-Identifier: Apache-2.0
// Keys of their own that handlers put into the commit of a message.
#include "post_office.hpp"

namespace {

using namespace post;

struct handlers_with_keys : post_office, testing::WithParamInterface<bool> {
  bool const keeps_order = GetParam();
  evsrc::handling answer = evsrc::ack{};

  handlers_with_keys() {
    if (keeps_order)
      create_sessions();
    else
      create_queue();
    ask = [this](auto& context) -> evsrc::result<evsrc::handling> {
      context.writes().once.push_back(card());
      return answer;
    };
  }
  static evsrc::idempotency_entry card(std::string fingerprint = "visa") {
    return {"cards", "c1", std::move(fingerprint), "charged"};
  }
  void work(evsrc::consumer& billing) {
    for (int polls = 0; polls < 20; ++polls) {
      static_cast<void>(billing.poll());
      time.advance(1s);
    }
  }
  evsrc::consumer make_billing() { return make(keeps_order ? in_order() : plain()); }
};
INSTANTIATE_TEST_SUITE_P(orders, handlers_with_keys, testing::Bool(),
                         [](auto const& of) { return of.param ? "kept" : "free"; });

TEST_P(handlers_with_keys, record_them_with_their_effects) {
  auto billing = make_billing();
  pay("m1", "ann", 100);
  work(billing);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_TRUE(*memory.find_once("cards", "c1"));
  EXPECT_EQ(handled.size(), 1U);
}

TEST_P(handlers_with_keys, are_known_by_their_message_when_it_is_repeated) {
  auto billing = make_billing();
  pay("m1", "ann", 100);
  work(billing);
  pay("m1", "ann", 100);
  work(billing);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(left(), 0U);
  EXPECT_EQ(billing.explain().counts.duplicates, 1U);
  EXPECT_LE(handled.size(), 2U);
}

TEST_P(handlers_with_keys, are_not_known_by_their_keys_alone) {
  auto billing = make_billing();
  pay("m1", "ann", 100);
  work(billing);
  pay("m1", "ann", 7);
  work(billing);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(dead_reason(), "MessageIdReused");
}

/// Two keys, each recorded by another while the handler runs; then nothing is in the way.
TEST_P(handlers_with_keys, keep_the_effects_that_stand_under_no_known_key) {
  auto billing = make_billing();
  ask = [&](auto& context) -> evsrc::result<evsrc::handling> {
    if (handled.size() > 2) return evsrc::ack{};
    auto mine = card();
    mine.key = "c" + std::to_string(handled.size());
    EXPECT_TRUE(memory.record_once(mine));
    context.writes().once.push_back(std::move(mine));
    return evsrc::ack{};
  };
  pay("m1", "ann", 100);
  work(billing);
  EXPECT_EQ(handled.size(), 3U);
  EXPECT_EQ(balance("ann"), 100);
}

TEST_P(handlers_with_keys, are_done_without_effects_where_one_is_known) {
  ASSERT_TRUE(memory.record_once(card()));
  auto billing = make_billing();
  pay("m1", "ann", 100);
  pay("m2", "bob", 1);
  work(billing);
  EXPECT_EQ(balance("ann"), 0) << "the effect was made before";
  EXPECT_EQ(left(), 0U);
  EXPECT_EQ(dead().size(), 0U);
  EXPECT_EQ(billing.explain().counts.done, 2U);
  EXPECT_EQ(handled.size(), 6U) << "each: as it came, once more to see the key, without effects";
}

TEST_P(handlers_with_keys, may_see_what_was_recorded_when_they_are_called_again) {
  auto billing = make_billing();
  ask = [&](auto& context) -> evsrc::result<evsrc::handling> {
    if (handled.size() == 1) {
      EXPECT_TRUE(memory.record_once(card()));  // another was faster
      context.writes().once.push_back(card());
    }
    return evsrc::ack{};
  };
  pay("m1", "ann", 100);
  work(billing);
  EXPECT_EQ(balance("ann"), 100);
  EXPECT_EQ(handled.size(), 2U);
}

TEST_P(handlers_with_keys, keep_their_answer_where_one_is_known) {
  ASSERT_TRUE(memory.record_once(card()));
  answer = evsrc::dead_letter{"CardStolen"};
  auto billing = make_billing();
  pay("m1", "ann", 100);
  work(billing);
  EXPECT_EQ(dead_reason(), "CardStolen");
  EXPECT_EQ(left(), 0U);
}

TEST_P(handlers_with_keys, fail_where_one_was_used_for_something_else) {
  ASSERT_TRUE(memory.record_once(card("master")));
  auto billing = make_billing();
  pay("m1", "ann", 100);
  work(billing);
  EXPECT_EQ(dead_reason(), "HandlerFailed");
  EXPECT_NE(find_text(dead().at(0).message.properties, "DeadLetterErrorDescription").find("c1"),
            std::string::npos);
  EXPECT_EQ(handled.size(), 1U);
}

}  // namespace
