// SPDX-License-Identifier: Apache-2.0
// Whatever is done to dead letters is cut off at each of its steps, before and after it was carried
// out, and done again: nothing is lost, and nothing takes effect twice.
#include "graveyard.hpp"

namespace {

using namespace post;
using ids = std::vector<std::string>;

struct life final : graveyard {
  void TestBody() override {}
};

using deed = std::function<evsrc::result<void>(life&)>;
using verdict = std::function<void(life&)>;

evsrc::result<void> dropped(evsrc::result<evsrc::redrive_report> const& told) {
  if (!told) return evsrc::fail(told.error());
  return {};
}

struct redrive_crashes : testing::TestWithParam<places> {
  /// Until no step is left that could fail. @return how many lives it took
  static std::size_t at_each_step(bool keeps_order, deed const& act, verdict const& judge) {
    std::size_t lives = 0;
    for (bool const is_of_bus : {false, true}) {
      for (bool const is_carried_out : {false, true}) {
        bool was_hit = true;
        for (std::size_t step = 0; was_hit && step < 30; ++step, ++lives)
          was_hit = live({is_of_bus, step, is_carried_out}, keeps_order, act, judge);
        EXPECT_FALSE(was_hit) << "the last one went through without a fault";
      }
    }
    return lives;
  }
  static bool live(crash const& at, bool keeps_order, deed const& act, verdict const& judge) {
    SCOPED_TRACE(to_string(at));
    life one;
    one.create("payments", keeps_order ? graveyard::with_sessions() : evsrc::queue_options{});
    one.create("elsewhere");
    one.bury({"m1", "m2", "m3"}, keeps_order);
    one.prepare(at);
    auto const first = act(one);
    bool const was_hit = one.has_met(at);
    one.time.advance(2min);  // what was locked is free
    if (!was_hit) {
      EXPECT_TRUE(first) << to_string(first.error());
      return false;
    }
    for (int again = 0; again < 3; ++again) static_cast<void>(act(one));
    auto billing = one.make(keeps_order);
    graveyard::settle_down(billing);
    judge(one);
    return true;
  }
};
INSTANTIATE_TEST_SUITE_P(places, redrive_crashes,
                         testing::Values(places::apart, places::without_transactions,
                                         places::one_file),
                         name_of);

TEST_P(redrive_crashes, of_redrives_lose_nothing) {
  auto const lives = at_each_step(
      false, [](life& of) { return dropped(of.redriver().redrive_dead_letters()); },
      [](life& of) {
        EXPECT_EQ(of.balance(), 111);
        EXPECT_EQ(of.dead(), ids{});
        EXPECT_EQ(of.left(), 0U);
      });
  EXPECT_GT(lives, 6U);
}

TEST_P(redrive_crashes, of_keys_lose_nothing_and_keep_their_order) {
  auto const lives = at_each_step(
      true,
      [](life& of) {
        of.handled.clear();
        return of.redriver().redrive("ann");
      },
      [](life& of) {
        EXPECT_EQ(of.handled, (ids{"m1", "m2", "m3"}));
        EXPECT_EQ(of.balance(), 111);
        of.time.advance(2min);
        EXPECT_TRUE(of.redriver().redrive_dead_letters());
        EXPECT_EQ(of.dead(), ids{}) << "a leftover of the round before";
        auto billing = of.make(true);
        graveyard::settle_down(billing);
        EXPECT_EQ(of.balance(), 111);
        EXPECT_EQ(of.left(), 0U);
      });
  EXPECT_GT(lives, 3U);
}

TEST_P(redrive_crashes, of_moves_lose_nothing) {
  for (bool const keeps_order : {false, true}) {
    auto const lives = at_each_step(
        keeps_order,
        [](life& of) {
          return dropped(of.redriver().redrive_dead_letters(
              {.which = {.id = "m1"}, .destination = "elsewhere"}));
        },
        [keeps_order](life& of) {
          auto elsewhere = of.make(false, "second", "elsewhere");
          graveyard::settle_down(elsewhere);
          EXPECT_EQ(of.balance(), keeps_order ? 111 : 1);
          EXPECT_EQ(of.dead(), keeps_order ? ids{} : (ids{"m2", "m3"}));
          EXPECT_EQ(of.left(), 0U);
        });
    EXPECT_GT(lives, 4U);
  }
}

TEST_P(redrive_crashes, of_edits_send_one_message) {
  for (bool const keeps_order : {false, true}) {
    auto const lives = at_each_step(
        keeps_order,
        [](life& of) -> evsrc::result<void> {
          auto const sent =
              of.redriver().redrive_edited(1, [](evsrc::message& what) -> evsrc::result<void> {
                what.body = R"({"account":"ann","cents":5})";
                return {};
              });
          if (!sent) return evsrc::fail(sent.error());
          return {};
        },
        [keeps_order](life& of) {
          EXPECT_EQ(of.balance(), keeps_order ? 115 : 5);
          EXPECT_EQ(of.dead(), keeps_order ? ids{"m1"} : (ids{"m1", "m2", "m3"}));
          EXPECT_EQ(of.left(), 0U);
        });
    EXPECT_GT(lives, 2U);
  }
}

TEST_P(redrive_crashes, of_skips_let_nothing_take_effect_and_the_key_go_on) {
  for (bool const keeps_order : {false, true}) {
    auto const lives = at_each_step(
        keeps_order,
        [](life& of) { return dropped(of.redriver().skip_dead_letters({.which = {.id = "m1"}})); },
        [keeps_order](life& of) {
          EXPECT_EQ(of.balance(), keeps_order ? 110 : 0);
          EXPECT_EQ(of.dead(), keeps_order ? ids{} : (ids{"m2", "m3"}));
          EXPECT_EQ(of.left(), 0U);
        });
    EXPECT_GT(lives, 2U);
  }
}

}  // namespace
