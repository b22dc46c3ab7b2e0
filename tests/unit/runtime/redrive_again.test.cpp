// SPDX-License-Identifier: Apache-2.0
// Dead letters that come back in another way than at once and to their own queue: moved and moved
// back, older than the inbox, edited and kept.
#include "evsrc/runtime/detail/inbox.hpp"
#include "graveyard.hpp"

namespace {

using namespace post;
using evsrc::errc;
using ids = std::vector<std::string>;

struct moves : graveyard {
  moves() {
    create();
    create("manual");
  }
  evsrc::redrive_report move(char const* from, char const* to) {
    options.entity = from;
    options.consumer = std::string_view(from) == "payments" ? "billing" : from;
    auto made = redriver().redrive_dead_letters({.destination = to});
    EXPECT_TRUE(made) << to_string(made.error());
    return *made;
  }
  /// Lets the manual consumer dead-letter what it was sent.
  void bury_manually() {
    is_broken = true;
    auto manual = make(false, "manual", "manual");
    settle_down(manual);
    is_broken = false;
  }
  void work() {
    auto billing = make();
    settle_down(billing);
  }
};
INSTANTIATE_TEST_SUITE_P(places, moves,
                         testing::Values(places::apart, places::without_transactions,
                                         places::one_file),
                         name_of);

TEST_P(moves, to_their_own_queue_are_redrives_in_letters_of_any_case) {
  bury({"m1"});
  EXPECT_EQ(move("payments", "PayMents").redriven, 1U);
  work();
  EXPECT_EQ(balance(), 1);
  EXPECT_EQ(left(), 0U);
}

TEST_P(moves, back_begin_the_next_round) {
  bury({"m1"});
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_EQ(move("payments", "manual").redriven, 1U) << turn;
    bury_manually();
    EXPECT_EQ(move("manual", "payments").redriven, 1U) << turn;
    if (turn == 0) is_broken = true;
    work();
    EXPECT_EQ(dead().size(), turn == 0 ? 1U : 0U) << turn;
    is_broken = false;
  }
  EXPECT_EQ(handled, (ids{"m1", "m1", "m1", "m1", "m1"})) << "three times here, twice there";
  EXPECT_EQ(balance(), 1);
  EXPECT_EQ(left(), 0U);
  EXPECT_EQ(left("manual"), 0U);
}

TEST_P(moves, back_by_hand_begin_the_next_round_once) {
  bury({"m1"});
  EXPECT_EQ(move("payments", "manual").redriven, 1U);
  auto from = bus.open_receiver("manual", evsrc::receive_mode::receive_and_delete);
  auto const taken = (*from)->receive({});
  ASSERT_EQ(taken->size(), 1U);
  auto to = bus.open_sender("payments");
  for (int repeat = 0; repeat < 2; ++repeat) ASSERT_TRUE((*to)->send(taken->front().message));
  work();
  EXPECT_EQ(balance(), 1);
  EXPECT_EQ(left(), 0U);
  pay("m1", "ann", 1);
  work();
  EXPECT_EQ(balance(), 1) << "a repeat of the first round";
}

TEST_P(moves, of_edited_messages_are_those_of_new_ones) {
  bury({"m1"});
  EXPECT_EQ(move("payments", "manual").redriven, 1U);
  bury_manually();
  options.entity = options.consumer = "manual";
  auto const id = redriver().redrive_edited(1, [](evsrc::message& what) -> evsrc::result<void> {
    what.body = R"({"account":"ann","cents":5})";
    return {};
  });
  ASSERT_TRUE(id) << to_string(id.error());
  auto manual = make(false, "manual", "manual");
  settle_down(manual);
  EXPECT_EQ(balance(), 5);
}

struct old_letters : graveyard {
  static evsrc::queue_options with_window(evsrc::queue_options with = {}) {
    with.default_time_to_live = 24h;
    return with;
  }
  /// Lets a message from before its window come to the consumer.
  void bury_old(evsrc::consumer& billing) {
    is_broken = false;
    settle_down(billing);
    evsrc::outgoing_message row;
    row.id.value = "m1";
    row.key = "ann";
    row.type = "transfer";
    EXPECT_TRUE(evsrc::encode_json(transfer{"ann", 1}, row.body));
    row.properties.emplace_back("evsrc-first-enqueued",
                                time.now() - billing.explain().inbox_window - 1s);
    auto to = bus.open_sender("payments");
    EXPECT_TRUE((*to)->send(to_message(std::move(row))));
    settle_down(billing);
    EXPECT_EQ(letters.read({})->letters.at(0).reason, "DedupWindowPassed");
  }
};
INSTANTIATE_TEST_SUITE_P(places, old_letters,
                         testing::Values(places::apart, places::without_transactions,
                                         places::one_file),
                         name_of);

TEST_P(old_letters, need_force_where_the_consumer_set_them_aside) {
  create("payments", with_window());
  auto billing = make();
  bury_old(billing);
  create("elsewhere");
  EXPECT_EQ(redriver().redrive_dead_letters()->refused, 1U);
  EXPECT_EQ(redriver().redrive_dead_letters({.destination = "elsewhere"})->refused, 1U);
  EXPECT_EQ(redriver().redrive_edited(1, [](auto&) { return evsrc::result<void>{}; }).error().code,
            errc::condition_failed);
  settle_down(billing);
  EXPECT_EQ(balance(), 0);
  EXPECT_EQ(dead(), ids{"m1"});
  options.is_forced = true;
  EXPECT_EQ(redriver().redrive_dead_letters()->redriven, 1U);
  settle_down(billing);
  EXPECT_EQ(balance(), 1);
}

TEST_P(old_letters, need_force_at_the_front_of_a_key) {
  create("payments", with_window(with_sessions()));
  auto billing = make(true);
  bury_old(billing);
  EXPECT_EQ(redriver().redrive_dead_letters()->refused, 1U);
  auto const refused = redriver().redrive("ann");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("inbox window"), std::string::npos);
  settle_down(billing);
  EXPECT_EQ(balance(), 0);
  options.is_forced = true;
  ASSERT_TRUE(redriver().redrive("ann"));
  settle_down(billing);
  EXPECT_EQ(balance(), 1);
  EXPECT_EQ(dead(), ids{});
}

struct edited_letters : graveyard {
  edited_letters() {
    auto with = with_sessions();
    with.dead_letter_on_expiration = true;
    with.default_time_to_live = 1h;
    create("payments", with);
    is_broken = false;
    pay("m1", "ann", 1);
    time.advance(1h + 1s);
    EXPECT_EQ(dead(), ids{"m1"}) << "the broker gave it up";
  }
  void edit() {
    auto const id = redriver().redrive_edited(1, [](evsrc::message& what) -> evsrc::result<void> {
      what.body = R"({"account":"ann","cents":5})";
      return {};
    });
    ASSERT_TRUE(id) << to_string(id.error());
  }
};
INSTANTIATE_TEST_SUITE_P(places, edited_letters,
                         testing::Values(places::apart, places::without_transactions,
                                         places::one_file),
                         name_of);

TEST_P(edited_letters, block_no_key_that_was_open) {
  edit();
  auto billing = make(true);
  settle_down(billing);
  EXPECT_EQ(balance(), 5);
  EXPECT_TRUE(billing.explain().keys.empty());
  EXPECT_EQ(dead(), ids{"m1"});
}

TEST_P(edited_letters, block_no_key_when_the_inbox_has_forgotten_the_rest) {
  {
    auto billing = make(true);
    settle_down(billing);
    EXPECT_EQ(billing.explain().keys.size(), 1U) << "expiry is poison";
    edit();
    settle_down(billing);
    EXPECT_EQ(balance(), 5);
    time.advance(billing.explain().inbox_window + 1s);
    settle_down(billing);
  }
  pay("m2", "ann", 10);
  auto billing = make(true);
  settle_down(billing);
  EXPECT_EQ(balance(), 15);
  EXPECT_TRUE(billing.explain().keys.empty());
  EXPECT_EQ(redriver().redrive_dead_letters()->kept, 1U);
}

}  // namespace
