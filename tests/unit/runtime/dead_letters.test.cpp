// SPDX-License-Identifier: Apache-2.0
// Looking through dead letters changes nothing and finds what fits.
#include "graveyard.hpp"

namespace {

using namespace post;
using ids = std::vector<std::string>;

struct dead_letters : graveyard {
  dead_letters() { create(); }
  ids found(evsrc::dead_letter_filter const& which) {
    ids made;
    auto const page = letters.read({.which = which});
    for (auto const& one : page->letters) made.push_back(one.origin_id);
    return made;
  }
};
INSTANTIATE_TEST_SUITE_P(places, dead_letters, testing::Values(places::apart, places::one_file),
                         name_of);

TEST_P(dead_letters, are_found_by_each_field) {
  bury({"m1"});
  time.advance(1h);
  is_broken = true;
  pay("m2", "bob", 2);
  auto billing = make();
  settle_down(billing);
  auto const all = letters.read({})->letters;
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].type, "transfer");
  EXPECT_EQ(all[0].reason, "Poison");
  EXPECT_EQ(all[0].description, "on purpose");
  EXPECT_EQ(all[0].key, "ann");
  EXPECT_EQ(all[0].round, 0U);
  EXPECT_EQ(found({}), (ids{"m1", "m2"}));
  EXPECT_EQ(found({.type = "transfer", .reason = "Poison"}), (ids{"m1", "m2"}));
  EXPECT_EQ(found({.type = "other"}), ids{});
  EXPECT_EQ(found({.reason = "Other"}), ids{});
  EXPECT_EQ(found({.key = "bob"}), ids{"m2"});
  EXPECT_EQ(found({.id = "m1"}), ids{"m1"});
  auto const between = time.now() - 30min;
  EXPECT_EQ(found({.enqueued_from = between}), ids{"m2"});
  EXPECT_EQ(found({.enqueued_until = between}), ids{"m1"});
  EXPECT_EQ(found({.sequence_number = all[1].letter.sequence_number}), ids{"m2"});
  EXPECT_EQ(to_string(evsrc::dead_letter_filter{.type = "a", .key = "b"}), "type=a key=b");
  EXPECT_EQ(to_string(evsrc::dead_letter_filter{}), "all");
}

TEST_P(dead_letters, come_in_pages_and_are_counted) {
  EXPECT_EQ(letters.last(), 0);
  EXPECT_TRUE(letters.read({})->is_last);
  bury({"m1", "m2", "m3", "m4", "m5", "m6", "m7"});
  EXPECT_EQ(letters.last(), 7);
  EXPECT_EQ(letters.count({}), 7U);
  EXPECT_EQ(letters.count({}, 4), 4U);
  EXPECT_EQ(letters.count({.id = "m3"}), 1U);
  evsrc::dead_letter_read next{.max_letters = 3};
  ids all;
  int pages = 0;
  for (bool is_last = false; !is_last; ++pages) {
    auto const page = letters.read(next);
    EXPECT_LE(page->letters.size(), 3U);
    for (auto const& one : page->letters) all.push_back(one.origin_id);
    next.from_sequence_number = page->next;
    is_last = page->is_last;
  }
  EXPECT_EQ(all, (ids{"m1", "m2", "m3", "m4", "m5", "m6", "m7"}));
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(letters.find(2)->origin_id, "m2");
  EXPECT_EQ(letters.find(8).error().code, evsrc::errc::not_found);
  EXPECT_EQ(letters.read({.max_letters = 0}).error().code, evsrc::errc::invalid_argument);
  evsrc::dead_letters nowhere{bus, "nowhere"};
  EXPECT_EQ(nowhere.read({}).error().code, evsrc::errc::not_found);
}

TEST_P(dead_letters, know_their_last_number_behind_gaps) {
  bury({"m1", "m2", "m3", "m4", "m5", "m6", "m7"});
  auto again = redriver();
  ASSERT_TRUE(again.skip_dead_letters({.which = {.sequence_number = 7}}));
  ASSERT_TRUE(again.skip_dead_letters({.which = {.sequence_number = 2}}));
  EXPECT_EQ(letters.last(), 6);
  EXPECT_EQ(dead(), (ids{"m1", "m3", "m4", "m5", "m6"}));
}

}  // namespace
