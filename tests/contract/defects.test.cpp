// SPDX-License-Identifier: Apache-2.0
// The contract catches what it is there to catch: each planted defect, by the check that names it.
#include <gtest/gtest.h>

#include "defects/defective_stores.hpp"
#include "memory_place.hpp"

namespace {

namespace defects = evsrc::defects;
using evsrc::memory_place;
using evsrc::testing::run_event_store_check;

template <class Place>
evsrc::testing::contract_setting setting_of() {
  return {[] { return std::make_unique<Place>(); }, evsrc::memory_features, 40, 8};
}

/// The check fails on the defective store and says `words`; it and every other check of that kind
/// that the defect does not touch pass: on the sound store all, on the defective one `untouched`.
template <class Defect>
void expect_caught(std::string_view check, std::string const& words, std::string_view untouched) {
  auto const caught = run_event_store_check(check, setting_of<defects::defective_place<Defect>>());
  EXPECT_FALSE(caught) << check << " does not see the defect";
  EXPECT_NE(caught.message().find(words), std::string::npos) << caught.message();
  EXPECT_TRUE(run_event_store_check(check, setting_of<memory_place>()));
  EXPECT_TRUE(run_event_store_check(untouched, setting_of<defects::defective_place<Defect>>()));
}

TEST(planted_defects, a_lost_append_is_caught) {
  expect_caught<defects::lost_append>("racers_side_by_side_all_win", "no_lost_append: ",
                                      "none_accepts_only_a_stream_that_does_not_exist");
}

TEST(planted_defects, a_torn_commit_is_caught) {
  expect_caught<defects::torn_commit>("racers_on_two_streams_have_one_winner",
                                      "no_torn_commit: ", "racers_on_one_version_have_one_winner");
  expect_caught<defects::torn_commit>("one_conflict_among_several_streams_writes_nothing",
                                      "the refused commit changed something",
                                      "several_streams_are_written_together");
}

TEST(planted_defects, a_condition_judged_without_its_own_group_is_caught) {
  expect_caught<defects::condition_without_own_group>("members_of_its_own_group_count",
                                                      "a match in its own group",
                                                      "an_unseen_match_fails_the_condition");
}

TEST(planted_defects, a_conflict_told_before_durability_is_caught) {
  expect_caught<defects::conflict_before_durability>(
      "no_verdict_is_told_before_its_reason_is_committed",
      "a conflict was told before the event that it is about was readable",
      "completions_run_once_and_in_order");
}

TEST(planted_defects, a_reused_position_is_caught) {
  expect_caught<defects::reused_position>("positions_are_not_reused_after_refusals", "position ",
                                          "positions_increase");
}

TEST(planted_defects, a_checkpoint_without_epoch_is_caught) {
  expect_caught<defects::checkpoint_without_epoch>("a_fenced_owners_checkpoint_is_refused",
                                                   "a checkpoint of the epoch before",
                                                   "a_checkpoint_is_compare_and_set");
}

TEST(planted_defects, a_duplicate_redecided_is_caught) {
  expect_caught<defects::duplicate_redecided>(
      "a_repeat_writes_nothing", "the repeat changed something", "keys_of_two_scopes_are_two_keys");
  expect_caught<defects::duplicate_redecided>(
      "racers_with_one_key_are_decided_once",
      "duplicates_not_redecided: ", "racers_on_one_version_have_one_winner");
}

TEST(planted_defects, a_row_that_comes_before_its_time_is_caught) {
  expect_caught<defects::impatient_outbox>("due_rows_come_in_order_of_due_time_and_commit",
                                           "a row that is not due is not seen",
                                           "due_rows_are_told_by_slots");
}

TEST(planted_defects, a_row_that_overtakes_a_timer_that_was_due_is_caught) {
  expect_caught<defects::pushing_outbox>("a_row_without_a_time_is_due_since_its_commit",
                                         "goes before it",
                                         "due_rows_come_in_order_of_due_time_and_commit");
}

TEST(planted_defects, a_row_that_stays_when_it_was_handed_on_is_caught) {
  expect_caught<defects::forgetful_outbox>("rows_handed_on_are_gone", "handed on and gone",
                                           "due_rows_are_told_by_slots");
}

TEST(planted_defects, a_key_that_goes_on_behind_its_dead_letter_is_caught) {
  expect_caught<defects::careless_outbox>("a_refusal_can_hold_its_key", "rows of that key wait",
                                          "refused_rows_are_dead_letters");
}

TEST(planted_defects, a_page_with_a_gap_is_caught) {
  expect_caught<defects::page_with_a_gap>("paging_reads_each_event_once",
                                          "a page that is not full is the last one",
                                          "a_stream_is_read_forwards_and_backwards");
}

TEST(event_store_checks, have_names_of_their_own) {
  std::vector<std::string_view> names;
  for (auto const& check : evsrc::testing::event_store_checks()) names.push_back(check.name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  EXPECT_FALSE(run_event_store_check("no such check", setting_of<memory_place>()));
}

}  // namespace
