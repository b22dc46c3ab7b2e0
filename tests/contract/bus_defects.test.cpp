// SPDX-License-Identifier: Apache-2.0
// The contract of buses catches what it is there to catch: each planted defect, by the check that
// names it.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "defects/defective_buses.hpp"
#include "memory_bus_place.hpp"

namespace {

namespace defects = evsrc::defects;
using evsrc::memory_bus_place;
using evsrc::testing::run_message_bus_check;

template <class Place>
evsrc::testing::bus_contract_setting setting_of() {
  return {[] { return std::make_unique<Place>(); }, evsrc::memory_bus_features, 100, 8};
}

/// The check fails on the defective bus and says one of `words`. It passes on the sound one, and
/// the check `untouched` on the defective one.
template <class Defect>
void expect_caught(std::string_view check, std::vector<std::string> const& words,
                   std::string_view untouched, int runs_max = 1) {
  using place = defects::defective_bus_place<Defect>;
  auto caught = run_message_bus_check(check, setting_of<place>());
  for (int runs = 1; caught && runs < runs_max; ++runs)
    caught = run_message_bus_check(check, setting_of<place>());
  EXPECT_FALSE(caught) << check << " does not see the defect";
  EXPECT_TRUE(std::any_of(words.begin(), words.end(), [&](std::string const& one) {
    return caught.message().find(one) != std::string::npos;
  })) << caught.message();
  EXPECT_TRUE(run_message_bus_check(check, setting_of<memory_bus_place>()));
  EXPECT_TRUE(run_message_bus_check(untouched, setting_of<place>()));
}

/// For a contest of threads, in which the scheduler may keep the defect from showing.
template <class Defect>
void expect_caught_in_contest(std::string_view check, std::vector<std::string> const& words,
                              std::string_view untouched) {
  constexpr int runs_max = 100;
  expect_caught<Defect>(check, words, untouched, runs_max);
}

TEST(planted_bus_defects, a_double_delivery_is_caught) {
  // Whether the second delivery comes before or after the first one's end is the scheduler's
  // choice.
  expect_caught_in_contest<defects::double_delivery>(
      "many_receivers_end_each_message_once",
      {"each_is_ended_once: ", "locks_exclude_each_other: "},
      "racers_for_sessions_keep_them_in_order");
}

TEST(planted_bus_defects, a_follower_that_overtakes_is_caught) {
  expect_caught_in_contest<defects::follower_overtakes>("racers_for_sessions_keep_them_in_order",
                                                        {"sessions_are_in_order: "},
                                                        "many_receivers_end_each_message_once");
  expect_caught<defects::follower_overtakes>(
      "a_follower_never_overtakes", {"the first one sent comes first"}, "a_session_has_one_holder");
}

TEST(planted_bus_defects, a_lock_that_is_not_exclusive_is_caught) {
  expect_caught_in_contest<defects::lock_not_exclusive>("many_receivers_end_each_message_once",
                                                        {"locks_exclude_each_other: "},
                                                        "racers_for_sessions_keep_them_in_order");
}

TEST(planted_bus_defects, a_session_lock_that_is_not_exclusive_is_caught) {
  expect_caught<defects::session_lock_not_exclusive>(
      "a_session_has_one_holder", {"a session that is held"}, "a_lost_lock_settles_nothing");
  expect_caught_in_contest<defects::session_lock_not_exclusive>(
      "racers_for_sessions_keep_them_in_order", {"locks_exclude_each_other: "},
      "many_receivers_end_each_message_once");
}

TEST(planted_bus_defects, a_bus_that_delivers_nothing_is_caught) {
  for (auto const* check :
       {"many_receivers_end_each_message_once", "racers_with_one_lock_settle_it_once",
        "racers_for_sessions_keep_them_in_order", "cancelling_and_receiving_have_one_winner"})
    expect_caught<defects::nothing_delivered>(check, {"nobody received a message"},
                                              "entity_settings_have_limits");
}

TEST(planted_bus_defects, duplicate_detection_by_the_wrong_id_is_caught) {
  expect_caught<defects::duplicate_by_wrong_id>("duplicates_are_known_by_message_id_alone",
                                                {"by all of the id and nothing else"},
                                                "a_repeat_within_one_batch_is_dropped");
}

TEST(planted_bus_defects, a_cancel_that_forgets_is_caught) {
  expect_caught_in_contest<defects::cancel_forgets>("cancelling_and_receiving_have_one_winner",
                                                    {"cancelled_never_arrives: "},
                                                    "many_receivers_end_each_message_once");
}

TEST(planted_bus_defects, a_cancel_that_loses_is_caught) {
  expect_caught_in_contest<defects::cancel_loses>("cancelling_and_receiving_have_one_winner",
                                                  {"nothing_acknowledged_is_lost: "},
                                                  "many_receivers_end_each_message_once");
}

TEST(planted_bus_defects, a_lost_dead_letter_reason_is_caught) {
  expect_caught<defects::dead_letter_reason_lost>("a_dead_letter_says_why_and_from_where",
                                                  {"the reason"},
                                                  "dead_letters_are_locked_and_settled");
  expect_caught_in_contest<defects::dead_letter_reason_lost>(
      "many_receivers_end_each_message_once", {"dead_letters_keep_their_reason: "},
      "cancelling_and_receiving_have_one_winner");
}

TEST(planted_bus_defects, an_expired_message_that_is_delivered_is_caught) {
  expect_caught<defects::expired_message_delivered>("an_expired_message_is_not_delivered",
                                                    {"what has not expired"},
                                                    "a_message_lives_until_it_expires");
  expect_caught_in_contest<defects::expired_message_delivered>(
      "many_receivers_end_each_message_once", {"nothing_expired_is_delivered: "},
      "racers_with_one_lock_settle_it_once");
}

TEST(planted_bus_defects, an_expired_duplicate_that_is_honoured_is_caught) {
  expect_caught<defects::expired_duplicate_honoured>("a_repeat_beyond_the_window_arrives",
                                                     {"outside the window"},
                                                     "racers_with_one_id_leave_one_message");
}

TEST(planted_bus_defects, an_expired_lock_that_is_honoured_is_caught) {
  expect_caught<defects::expired_lock_honoured>("a_lost_lock_settles_nothing",
                                                {"renewing after the lock expired"},
                                                "renewing_holds_a_lock_from_now");
  expect_caught_in_contest<defects::expired_lock_honoured>(
      "many_receivers_end_each_message_once", {"lost_locks_do_nothing: "},
      "racers_for_sessions_keep_them_in_order");
}

TEST(message_bus_checks, have_names_of_their_own) {
  std::set<std::string_view> names;
  for (auto const& check : evsrc::testing::message_bus_checks())
    EXPECT_TRUE(names.insert(check.name).second) << check.name;
  EXPECT_FALSE(run_message_bus_check("no such check", setting_of<memory_bus_place>()));
}

}  // namespace
