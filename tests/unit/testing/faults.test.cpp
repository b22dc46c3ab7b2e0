// SPDX-License-Identifier: Apache-2.0
// Tests of the store that fails on plan.
#include "evsrc/testing/faults.hpp"

#include <gtest/gtest.h>

#include "evsrc/memory/event_store.hpp"

namespace {

using evsrc::effect;
using evsrc::errc;
using evsrc::error;

class faults : public ::testing::Test {
 protected:
  evsrc::commit one_event() {
    evsrc::new_event event;
    event.name = "thing.happened";
    event.meta.id.octets[0] = ++count_;
    evsrc::commit what;
    what.appends.push_back({{"thing", "a"}, evsrc::expected_version::any(), {event}});
    return what;
  }
  std::uint64_t version() {
    evsrc::stream_read what;
    what.stream = {"thing", "a"};
    return sound_.read(what)->version();
  }

  evsrc::memory::event_store sound_;
  evsrc::testing::faulty_store store_{evsrc::testing::ports_of(sound_)};

 private:
  std::uint8_t count_ = 0;
};

TEST_F(faults, without_a_plan_every_call_passes) {
  ASSERT_TRUE(store_.commit(one_event()));
  EXPECT_EQ(version(), 1U);
  EXPECT_TRUE(store_.head());
  EXPECT_EQ(store_.pending_faults(), 0U);
}

TEST_F(faults, hit_the_planned_calls_only) {
  store_.fail_commits({{errc::unavailable, "busy"}, false, 1, 2});
  EXPECT_TRUE(store_.commit(one_event()));
  EXPECT_EQ(store_.pending_faults(), 1U);
  EXPECT_EQ(store_.commit(one_event()).error().code, errc::unavailable);
  EXPECT_EQ(store_.commit(one_event()).error().code, errc::unavailable);
  EXPECT_TRUE(store_.commit(one_event()));
  EXPECT_EQ(version(), 2U);
  EXPECT_EQ(store_.pending_faults(), 0U);
}

TEST_F(faults, with_unknown_effect_happen_or_not_as_planned) {
  error const unknown{errc::io_failed, "no answer", "test", 0, effect::unknown};
  store_.fail_commits({unknown, false});
  store_.fail_commits({unknown, true});
  EXPECT_EQ(store_.commit(one_event()).error(), unknown);
  EXPECT_EQ(version(), 0U);
  EXPECT_EQ(store_.commit(one_event()).error(), unknown);
  EXPECT_EQ(version(), 1U);
}

TEST_F(faults, hit_submitted_commits_too) {
  error const unknown{errc::io_failed, "no answer", "test", 0, effect::unknown};
  store_.fail_commits({unknown, true});
  store_.fail_commits({unknown, false});
  std::vector<evsrc::result<evsrc::receipt>> answers;
  for (int i = 0; i != 3; ++i)
    store_.submit(one_event(), [&](auto answer) { answers.push_back(std::move(answer)); });
  while (answers.size() < 3 && store_.poll() > 0) {
  }
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0].error(), unknown);
  EXPECT_EQ(answers[1].error(), unknown);
  EXPECT_TRUE(answers[2]);
  EXPECT_EQ(version(), 2U);
}

TEST_F(faults, hit_keyed_writes_and_stream_appends) {
  store_.fail_commits({{errc::disk_full, "full"}, false, 0, 2});
  EXPECT_EQ(store_.record_once({"s", "k", "f"}).error().code, errc::disk_full);
  evsrc::stream_commit what;
  what.events = one_event().appends.front();
  EXPECT_EQ(store_.append_stream(what).error().code, errc::disk_full);
  EXPECT_TRUE(store_.record_once({"s", "k", "f"}));
  EXPECT_TRUE(store_.append_stream(what));
}

TEST_F(faults, hit_reads_and_lookups_apart) {
  store_.fail_reads({{errc::corrupt, "page 7"}});
  store_.fail_lookups({{errc::unavailable, "busy"}});
  EXPECT_EQ(store_.query({}).error().code, errc::corrupt);
  EXPECT_TRUE(store_.query({}));
  EXPECT_EQ(store_.find_once("s", "k").error().code, errc::unavailable);
  EXPECT_TRUE(store_.find_once("s", "k"));
  EXPECT_TRUE(store_.find_checkpoint("c"));
  EXPECT_TRUE(store_.find_owner("o"));
}

TEST_F(faults, answer_unsupported_for_ports_that_are_not_there) {
  evsrc::testing::faulty_store bare{{.events = &sound_}};
  EXPECT_EQ(bare.find_once("s", "k").error().code, errc::unsupported);
  EXPECT_EQ(bare.load_snapshot({"thing", "a"}).error().code, errc::unsupported);
  EXPECT_EQ(bare.read_outbox({}).error().code, errc::unsupported);
  EXPECT_TRUE(bare.commit(one_event()));
}

}  // namespace
