// SPDX-License-Identifier: Apache-2.0
// Tests of the judges, on histories written by hand: each sees its flaw and no other.
#include "evsrc/testing/history.hpp"

#include <gtest/gtest.h>

namespace {

using namespace evsrc::testing;
using evsrc::errc;
using evsrc::event_id;
using evsrc::expected_version;
using evsrc::position;
using evsrc::stream_id;
using evsrc::stream_version;

stream_id const stream{"thing", "a"};
stream_id const other{"thing", "b"};

event_id id(std::uint8_t number) {
  event_id made;
  made.octets[15] = number;
  return made;
}

seen_event seen(std::uint8_t number, std::uint64_t at, stream_version version,
                stream_id const& of = stream) {
  return {position{at}, of, version, "thing.happened", id(number)};
}

/// A commit of one event, acknowledged at that place.
recorded_commit committed(std::uint8_t number, std::uint64_t at, stream_version version,
                          expected_version expected, stream_id const& of = stream) {
  recorded_commit made;
  made.worker = number;
  made.times = {number * 10U, number * 10U + 5};
  made.appends.push_back({of, expected, {id(number)}});
  made.answer = answer_kind::committed;
  made.positions = {position{at}};
  made.versions = {version};
  return made;
}

recorded_commit refused(std::uint8_t number, expected_version expected) {
  auto made = committed(number, 0, 0, expected);
  made.answer = answer_kind::refused;
  made.refusal = errc::version_conflict;
  made.positions.clear();
  made.versions.clear();
  return made;
}

/// Two commits, a loser, a look and a follower: as it should be.
history sound() {
  history made;
  made.commits = {committed(1, 1, 1, expected_version::none()),
                  committed(2, 2, 2, expected_version::exactly(1)),
                  refused(3, expected_version::exactly(1)),
                  committed(4, 3, 1, expected_version::any(), other)};
  made.looks = {{3, {36, 37}, stream, 2}};
  made.all_events = {seen(1, 1, 1), seen(2, 2, 2), seen(4, 3, 1, other)};
  evsrc::cursor const two{9, 2};
  evsrc::cursor const three{9, 3};
  made.pages = {{7, {26, 27}, {}, two, true, {seen(1, 1, 1), seen(2, 2, 2)}},
                {7, {50, 51}, two, three, true, {seen(4, 3, 1, other)}}};
  return made;
}

/// The judge says no, and the first of all judges that says no is this one.
void expect_flaw(char const* judge, history const& what) {
  auto const said = judge_all(what);
  ASSERT_FALSE(said) << judge << " sees nothing";
  EXPECT_EQ(said.message().rfind(std::string(judge) + ": ", 0), 0U) << said.message();
}

TEST(history, that_is_sound_passes_all_judges) {
  EXPECT_TRUE(judge_all(sound()));
  EXPECT_TRUE(judge_all(history{}));
}

TEST(history, with_two_winners_of_one_version_is_judged) {
  auto what = sound();
  what.commits.push_back(committed(5, 4, 3, expected_version::exactly(1)));
  what.all_events.push_back(seen(5, 4, 3));
  expect_flaw("one_winner_per_version", what);
}

TEST(history, with_a_conflict_that_nothing_explains_is_judged) {
  auto what = sound();
  what.commits.push_back(refused(5, expected_version::exactly(2)));
  expect_flaw("one_winner_per_version", what);
}

TEST(history, with_a_lost_event_is_judged) {
  auto what = sound();
  what.all_events.pop_back();
  what.pages.pop_back();
  expect_flaw("no_lost_append", what);
}

TEST(history, with_an_event_at_another_place_than_acknowledged_is_judged) {
  auto what = sound();
  what.commits[1].positions = {position{7}};
  expect_flaw("no_lost_append", what);
  what = sound();
  what.commits[1].versions = {7};
  expect_flaw("no_lost_append", what);
}

TEST(history, with_a_gap_in_the_versions_is_judged) {
  history what;
  what.all_events = {seen(1, 1, 1), seen(2, 2, 3)};
  expect_flaw("no_lost_append", what);
}

TEST(history, with_half_a_commit_is_judged) {
  auto what = sound();
  recorded_commit unanswered;
  unanswered.appends = {{stream, expected_version::any(), {id(8)}},
                        {other, expected_version::any(), {id(9)}}};
  what.commits.push_back(unanswered);
  EXPECT_TRUE(no_torn_commit(what));  // none of it: fine without an answer
  what.all_events.push_back(seen(8, 4, 3));
  expect_flaw("no_torn_commit", what);
  what.all_events.push_back(seen(9, 5, 2, other));
  EXPECT_TRUE(no_torn_commit(what));  // all of it: fine as well
}

TEST(history, with_the_event_of_a_loser_is_judged) {
  auto what = sound();
  what.all_events.push_back(seen(3, 4, 3));
  expect_flaw("losers_wrote_nothing", what);
}

TEST(history, with_the_event_of_a_duplicate_is_judged) {
  auto what = sound();
  what.commits[2].answer = answer_kind::duplicate;
  EXPECT_TRUE(losers_wrote_nothing(what));
  what.all_events.push_back(seen(3, 4, 3));
  expect_flaw("losers_wrote_nothing", what);
}

TEST(history, with_one_position_for_two_events_is_judged) {
  auto what = sound();
  what.all_events[2].position = position{2};
  what.commits[3].positions = {position{2}};
  what.pages.pop_back();
  expect_flaw("positions_unique_increasing", what);
}

TEST(history, with_positions_that_go_back_is_judged) {
  auto what = sound();
  what.commits[3].worker = 2;
  what.commits[3].positions = {position{1}};
  what.commits[0].positions = what.commits[1].positions = {};
  EXPECT_FALSE(positions_unique_increasing(what));
}

TEST(history, with_a_follower_that_missed_an_event_is_judged) {
  auto what = sound();
  what.pages[0].events.pop_back();
  expect_flaw("follower_reads_each_once_in_order", what);
  what = sound();
  what.pages.pop_back();
  expect_flaw("follower_reads_each_once_in_order", what);
}

TEST(history, with_a_follower_that_read_an_event_twice_is_judged) {
  auto what = sound();
  what.pages[1].events.insert(what.pages[1].events.begin(), seen(2, 2, 2));
  expect_flaw("follower_reads_each_once_in_order", what);
}

TEST(history, with_a_follower_that_went_on_elsewhere_is_judged) {
  auto what = sound();
  what.pages[1].from = evsrc::cursor{9, 1};
  expect_flaw("follower_reads_each_once_in_order", what);
}

TEST(history, with_an_unseen_match_before_a_condition_is_judged) {
  auto what = sound();
  what.commits[1].unless.push_back({evsrc::query{{{{"thing.happened"}, {}}}}, {id(1)}});
  EXPECT_TRUE(judge_all(what));
  what.commits[1].unless[0].seen.clear();
  expect_flaw("conditions_respected", what);
}

TEST(history, with_a_look_that_misses_what_was_acknowledged_is_judged) {
  auto what = sound();
  what.commits.erase(what.commits.begin() + 2);
  what.looks[0].version = 1;
  expect_flaw("acknowledged_is_visible", what);
  what.looks[0].times.invoked = 24;  // began before the answer came
  EXPECT_TRUE(judge_all(what));
}

TEST(history, with_a_page_that_misses_what_was_acknowledged_is_judged) {
  auto what = sound();
  what.pages[0].times.invoked = 46;
  expect_flaw("acknowledged_is_visible", what);
}

TEST(history, with_looks_that_go_back_is_judged) {
  auto what = sound();
  what.commits.clear();
  what.looks = {{1, {10, 11}, stream, 2}, {2, {12, 13}, stream, 1}};
  expect_flaw("acknowledged_is_visible", what);
}

TEST(history, with_a_conflict_told_too_early_is_judged) {
  auto what = sound();
  what.commits[1].times.completed = 90;  // the winner was not yet through
  what.pages[0].times.invoked = 28;
  what.looks[0].version = 1;
  expect_flaw("conflicts_are_visible", what);
}

TEST(history, with_a_request_decided_twice_is_judged) {
  auto what = sound();
  what.commits[0].once = what.commits[3].once = {{"scope", "k", "request", "outcome"}};
  expect_flaw("duplicates_not_redecided", what);
}

TEST(history, with_a_duplicate_that_got_another_answer_is_judged) {
  auto what = sound();
  what.commits[0].once = what.commits[2].once = {{"scope", "k", "request", "outcome"}};
  what.commits[2].answer = answer_kind::duplicate;
  what.commits[2].outcome = "outcome";
  what.commits[2].positions = what.commits[0].positions;
  EXPECT_TRUE(judge_all(what));
  what.commits[2].outcome = "another outcome";
  expect_flaw("duplicates_not_redecided", what);
}

TEST(history, of_a_race_has_one_winner) {
  auto what = sound();
  what.commits[1].race = what.commits[2].race = 1;
  EXPECT_TRUE(one_winner_per_race(what));
  what.commits[3].race = 1;
  EXPECT_FALSE(one_winner_per_race(what));
  what.commits[1].race = what.commits[3].race = 0;
  EXPECT_FALSE(one_winner_per_race(what));
  what.commits[2].answer = answer_kind::unknown;
  EXPECT_TRUE(one_winner_per_race(what));
}

TEST(history, tells_whether_anybody_was_refused) {
  auto what = sound();
  EXPECT_FALSE(nobody_was_refused(what));
  what.commits.erase(what.commits.begin() + 2);
  EXPECT_TRUE(nobody_was_refused(what));
}

TEST(history, is_merged_from_its_workers) {
  history all;
  merge(all, sound());
  merge(all, sound());
  EXPECT_EQ(all.commits.size(), 8U);
  EXPECT_EQ(all.looks.size(), 2U);
  EXPECT_EQ(all.pages.size(), 4U);
  EXPECT_TRUE(all.all_events.empty());
}

}  // namespace
