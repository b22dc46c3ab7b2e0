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

}  // namespace
