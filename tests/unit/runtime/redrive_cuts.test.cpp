// SPDX-License-Identifier: Apache-2.0
// Redrives of many dead letters, cancelled behind each of the first twenty or cut off at any step,
// and taken up again: nothing is lost, each message is handled once in a round, and keys keep their
// order.
#include <algorithm>
#include <map>
#include <set>

#include "graveyard.hpp"

namespace {

using namespace post;
using ids = std::vector<std::string>;
using ids_by_key = std::map<std::string, ids>;

constexpr std::size_t many = 24;
constexpr std::size_t cuts = 20;

/// In order of arrival: `many` keys of which the first message fails and blocks the second, or
/// three keys by turns whose messages fail on their own.
struct life final : graveyard {
  bool const keeps_order;
  ids_by_key sent{};
  ids letters_sent{};

  explicit life(bool with_order) : keeps_order(with_order) {
    create("payments", keeps_order ? with_sessions() : evsrc::queue_options{});
    create("elsewhere");
    std::size_t const keys = keeps_order ? many : 3;
    for (std::size_t number = 0; number < all(); ++number) {
      auto const key = "k" + std::to_string(number % keys);
      auto const id = key + "-" + std::to_string(number / keys);
      pay(id, key, 1);
      sent[key].push_back(id);
      if (number < many) letters_sent.push_back(id);
    }
    handle_all();
    is_broken = false;
    handled.clear();
  }
  void TestBody() override {}

  std::size_t all() const noexcept { return keeps_order ? 2 * many : many; }
  /// A poll that ends nothing makes room for other sessions.
  void handle_all() {
    auto billing = make(keeps_order);
    for (int idle = 0; idle < 3 || left() > 0; ++idle) settle_down(billing);
  }
  ids from(std::size_t cut) const {
    return {letters_sent.begin() + static_cast<std::ptrdiff_t>(cut), letters_sent.end()};
  }
  ids up_to(std::size_t cut) const {
    return {letters_sent.begin(), letters_sent.begin() + static_cast<std::ptrdiff_t>(cut)};
  }
  ids_by_key handled_by_key() const {
    ids_by_key found;
    for (auto const& id : handled) found[id.substr(0, id.find('-'))].push_back(id);
    return found;
  }
  /// What follows the letters of blocked keys.
  ids_by_key followers() const {
    ids_by_key found;
    for (auto const& [key, all] : sent)
      if (all.size() == 2) found[key] = {all[1]};
    return found;
  }
  evsrc::redrive_report run_up_to(std::size_t cut, evsrc::dead_letter_selection what = {}) {
    std::stop_source stop;
    what.progress = [&](evsrc::redrive_report const& so_far) {
      if (so_far.redriven == cut) stop.request_stop();
    };
    auto const done = redriver().redrive_dead_letters(std::move(what), stop.get_token());
    EXPECT_TRUE(done) << to_string(done.error());
    return done.value_or(evsrc::redrive_report{});
  }
  void expect_cut(evsrc::redrive_report const& done, std::size_t cut) {
    EXPECT_TRUE(done.was_cancelled);
    EXPECT_EQ(done.redriven, cut);
    EXPECT_EQ(done.left, 0U);
    EXPECT_EQ(dead(), from(cut));
  }
  void expect_rest(evsrc::redrive_report const& done, std::size_t cut) {
    EXPECT_FALSE(done.was_cancelled);
    EXPECT_EQ(done.redriven, many - cut);
    EXPECT_EQ(done.left + done.refused + done.ended_before, 0U);
  }
  void expect_all_booked_once() {
    for (auto const& [key, all] : sent)
      EXPECT_EQ(balance(key), static_cast<std::int64_t>(all.size())) << key;
    EXPECT_EQ(dead(), ids{});
    EXPECT_EQ(left(), 0U);
  }
};

/// Tells a run to stop when so much time has passed in its pauses.
class interrupting_clock final : public evsrc::clock {
 public:
  interrupting_clock(evsrc::clock& inner, std::chrono::microseconds at, std::stop_source stop)
      : inner_(inner), at_(inner.steady() + at), stop_(std::move(stop)) {}
  evsrc::timestamp now() noexcept override { return inner_.now(); }
  steady_time steady() noexcept override { return inner_.steady(); }
  void sleep(std::chrono::microseconds duration) override {
    inner_.sleep(duration);
    if (inner_.steady() >= at_) stop_.request_stop();
  }

 private:
  evsrc::clock& inner_;
  steady_time at_;
  std::stop_source stop_;
};

struct redrive_cuts : testing::TestWithParam<places> {
  static void at_each(void (*judge)(life&, std::size_t cut)) {
    for (bool const keeps_order : {false, true}) {
      for (std::size_t cut = 1; cut <= cuts; ++cut) {
        SCOPED_TRACE("behind " + std::to_string(cut) + (keeps_order ? ", in order" : ""));
        life one(keeps_order);
        ASSERT_EQ(one.dead(), one.letters_sent);
        judge(one, cut);
      }
    }
  }
};
INSTANTIATE_TEST_SUITE_P(places, redrive_cuts,
                         testing::Values(places::apart, places::without_transactions,
                                         places::one_file),
                         name_of);

TEST_P(redrive_cuts, lose_nothing_and_keep_the_order_of_keys) {
  at_each([](life& of, std::size_t cut) {
    auto const first = of.run_up_to(cut);
    of.expect_cut(first, cut);
    of.expect_rest(*of.redriver().redrive_dead_letters({.up_to = first.up_to}), cut);
    EXPECT_EQ(of.dead(), ids{});
    of.handle_all();
    EXPECT_EQ(of.handled_by_key(), of.sent);
    of.expect_all_booked_once();
  });
}

TEST_P(redrive_cuts, bring_nothing_round_again_that_failed_meanwhile) {
  at_each([](life& of, std::size_t cut) {
    auto const first = of.run_up_to(cut);
    of.is_broken = true;
    of.handle_all();
    EXPECT_EQ(of.handled.size(), cut);
    of.expect_rest(*of.redriver().redrive_dead_letters({.up_to = first.up_to}), cut);
    auto again = of.dead();
    std::sort(again.begin(), again.end());
    auto failed = of.up_to(cut);
    std::sort(failed.begin(), failed.end());
    EXPECT_EQ(again, failed);
    of.handled.clear();
    of.is_broken = false;
    of.handle_all();
    EXPECT_EQ(of.redriver().redrive_dead_letters()->redriven, cut);
    of.handle_all();
    EXPECT_EQ(of.handled.size(), of.all());
    if (of.keeps_order) {
      EXPECT_EQ(of.handled_by_key(), of.sent);
    }
    of.expect_all_booked_once();
  });
}

TEST_P(redrive_cuts, in_the_midst_of_a_pause_lose_nothing) {
  at_each([](life& of, std::size_t cut) {
    std::stop_source stop;
    // Letters go at 0 s, 0.5 s, 1 s and so on.
    interrupting_clock time(of.time, cut * 500ms - 250ms, stop);
    of.options.clock = &time;
    auto const first = of.redriver().redrive_dead_letters({.per_second = 2}, stop.get_token());
    ASSERT_TRUE(first) << to_string(first.error());
    of.expect_cut(*first, cut);
    of.options.clock = &of.time;
    auto const began = of.time.now();
    of.expect_rest(*of.redriver().redrive_dead_letters({.up_to = first->up_to, .per_second = 2}),
                   cut);
    EXPECT_EQ(of.time.now() - began, (many - cut - 1) * 500ms);
    of.handle_all();
    EXPECT_EQ(of.handled_by_key(), of.sent);
    of.expect_all_booked_once();
  });
}

TEST_P(redrive_cuts, of_moves_lose_nothing_and_let_keys_go_on) {
  at_each([](life& of, std::size_t cut) {
    auto const first = of.run_up_to(cut, {.destination = "elsewhere"});
    of.expect_cut(first, cut);
    EXPECT_EQ(of.left("elsewhere"), cut);
    of.expect_rest(
        *of.redriver().redrive_dead_letters({.up_to = first.up_to, .destination = "elsewhere"}),
        cut);
    of.handle_all();
    EXPECT_EQ(of.handled_by_key(), of.followers());
    of.handled.clear();
    auto elsewhere = of.make(false, "second", "elsewhere");
    graveyard::settle_down(elsewhere);
    EXPECT_EQ(of.handled, of.letters_sent);
    of.expect_all_booked_once();
    EXPECT_EQ(of.left("elsewhere"), 0U);
  });
}

struct cut_off_redrives : redrive_cuts {
  /// @return false where no step is left that could fail
  static bool live(bool keeps_order, crash const& at, std::string const& destination,
                   std::set<std::size_t>& letters_left) {
    SCOPED_TRACE(to_string(at) + (keeps_order ? ", in order" : ""));
    life one(keeps_order);
    auto const act = [&] {
      return one.redriver().redrive_dead_letters({.destination = destination});
    };
    one.prepare(at);
    auto const first = act();
    if (!one.has_met(at)) {
      EXPECT_EQ(first->redriven, many);
      return false;
    }
    EXPECT_FALSE(first);
    letters_left.insert(one.dead().size());
    one.time.advance(2min);  // what was locked is free
    auto elsewhere = one.make(false, "second", "elsewhere");
    for (bool const is_after : {false, true}) {
      if (!is_after && at.step % 2 == 0) continue;
      if (is_after) {
        EXPECT_TRUE(act());
      }
      one.handle_all();
      graveyard::settle_down(elsewhere);
    }
    if (destination.empty()) {
      EXPECT_EQ(one.handled_by_key(), one.sent);
    }
    EXPECT_EQ(one.handled.size(), one.all());
    one.expect_all_booked_once();
    return true;
  }
  static void at_each_step(std::string const& destination) {
    for (bool const keeps_order : {false, true}) {
      std::set<std::size_t> letters_left;
      for (bool const is_of_bus : {false, true}) {
        bool const is_carried_out = (is_of_bus != keeps_order) == destination.empty();
        for (std::size_t step = 0;
             live(keeps_order, {is_of_bus, step, is_carried_out}, destination, letters_left);)
          ++step;
      }
      EXPECT_GE(letters_left.size(), cuts) << "at so many places";
    }
  }
};
INSTANTIATE_TEST_SUITE_P(places, cut_off_redrives,
                         testing::Values(places::apart, places::without_transactions,
                                         places::one_file),
                         name_of);

TEST_P(cut_off_redrives, lose_nothing_and_keep_the_order_of_keys) { at_each_step(""); }

TEST_P(cut_off_redrives, of_moves_lose_nothing_and_let_keys_go_on) { at_each_step("elsewhere"); }

}  // namespace
