// SPDX-License-Identifier: Apache-2.0
// Copies of a living store, and stores made of copies.
#include <fstream>
#include <thread>

#include "acting_clock.hpp"
#include "process_lock.hpp"
#include "sample.hpp"

namespace evsrc_test {
namespace {

using evsrc::errc;
using namespace std::chrono_literals;

TEST(backup, is_of_one_moment_while_others_write) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  std::atomic<bool> is_done = false;
  std::thread writer{[&] {
    while (!is_done) {
      // Both or none, in every moment.
      evsrc::commit what = sample_commit("a");
      what.appends.push_back(sample_commit("b").appends.front());
      ASSERT_TRUE(store->commit(std::move(what)));
    }
  }};
  for (int i = 0; i != 5; ++i) {
    auto const path = folder.file(("copy" + std::to_string(i)).c_str());
    auto const copied = store->backup_to(path);
    ASSERT_TRUE(copied) << error_of(copied);
    auto const copy = open_store(path, {.read_only = true});
    auto const a = copy->read({.stream = {"account", "a"}, .max_events = 1});
    auto const b = copy->read({.stream = {"account", "b"}, .max_events = 1});
    ASSERT_TRUE(a && b);
    EXPECT_EQ(a->version(), b->version());
    EXPECT_TRUE(copy->check_integrity());
  }
  is_done = true;
  writer.join();
}

TEST(backup, refuses_a_path_that_is_taken) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  std::ofstream{folder.file("taken")} << "mine";
  EXPECT_EQ(code_of(store->backup_to(folder.file("taken"))), errc::invalid_argument);
  EXPECT_FALSE(store->backup_to(folder.file("nowhere/copy")));
}

/// Neither a user's file nor the unfinished copy of somebody who backs up to the same path.
TEST(backup, takes_no_file_for_its_draft_that_is_there) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  std::ofstream{folder.file("copy.part")} << "mine";
  ASSERT_TRUE(store->backup_to(folder.file("copy")));
  std::string kept;
  EXPECT_TRUE(std::getline(std::ifstream{folder.file("copy.part")}, kept));
  EXPECT_EQ(kept, "mine");
}

TEST(backup, leaves_nothing_but_the_copy_behind) {
  work_folder const folder;
  std::filesystem::create_directory(folder.file("copies"));
  auto const store = open_store(folder.file());
  auto const count = [&] {
    return std::distance(std::filesystem::directory_iterator{folder.file("copies")}, {});
  };
  ASSERT_TRUE(store->backup_to(folder.file("copies/copy")));
  EXPECT_EQ(count(), 1);
  store->close(1s);
  EXPECT_EQ(code_of(store->backup_to(folder.file("copies/other"))), errc::closed);
  EXPECT_EQ(count(), 1);
}

/// One of two at a time; the other is told so, and the copy is whole.
TEST(backup, to_one_path_succeeds_once) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  ASSERT_TRUE(store->commit(sample_commit("42", evsrc::expected_version::none(), 100)));
  std::atomic<int> successes = 0;
  auto const back_up = [&] {
    auto const done = store->backup_to(folder.file("copy"));
    if (done) ++successes;
    EXPECT_TRUE(done || done.error().code == errc::invalid_argument) << error_of(done);
  };
  {
    std::vector<std::thread> all;
    for (int i = 0; i != 4; ++i) all.emplace_back(back_up);
    for (auto& each : all) each.join();
  }
  EXPECT_EQ(successes, 1);
  EXPECT_TRUE(open_store(folder.file("copy"), {.read_only = true})->check_integrity());
}

TEST(backup, may_be_read_but_not_written_before_it_is_restored) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  ASSERT_TRUE(store->commit(sample_commit()));
  ASSERT_TRUE(store->backup_to(folder.file("copy")));
  EXPECT_EQ(code_of(evsrc::sqlite::open(folder.file("copy"))), errc::read_only);
  EXPECT_TRUE(evsrc::sqlite::open(folder.file("copy"), {.read_only = true}));
}

TEST(backup, of_a_store_in_memory_becomes_a_file) {
  work_folder const folder;
  auto const store = open_store(":memory:", {.durability = evsrc::sqlite::durability::memory});
  ASSERT_TRUE(store->commit(sample_commit("42", evsrc::expected_version::none(), 3)));
  ASSERT_TRUE(store->backup_to(folder.file("copy")));
  ASSERT_TRUE(evsrc::sqlite::restore(folder.file("copy"), folder.file()));
  auto const page = open_store(folder.file())->read({.stream = {"account", "42"}});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->size(), 3U);
}

TEST(restore, raises_the_epoch_and_takes_back_what_the_backup_had_not) {
  work_folder const folder;
  evsrc::cursor kept;
  evsrc::cursor lost;
  evsrc::position last;
  std::string id;
  {
    auto const store = open_store(folder.file());
    ASSERT_TRUE(store->commit(sample_commit()));
    kept = *store->head();
    ASSERT_TRUE(store->backup_to(folder.file("copy")));
    auto const more = store->commit(sample_commit("42", evsrc::expected_version::any(), 5));
    ASSERT_TRUE(more);
    lost = more->up_to;
    last = more->positions.back();
    id = store->report()->store_id;
  }
  auto const restored = evsrc::sqlite::restore(folder.file("copy"), folder.file());
  ASSERT_TRUE(restored) << error_of(restored);
  auto const store = open_store(folder.file());
  auto const report = store->report();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->epoch, 1U);
  EXPECT_EQ(report->store_id, id);
  EXPECT_EQ(report->head, kept);
  EXPECT_TRUE(store->query({.from = kept}));
  EXPECT_EQ(code_of(store->query({.from = lost})), errc::checkpoint_ahead);
  auto const next = store->commit(sample_commit("42", evsrc::expected_version::exactly(1)));
  ASSERT_TRUE(next) << error_of(next);
  EXPECT_GT(next->positions.front(), last);
  // Beyond the new head or not: what the restore has taken back stays taken back.
  EXPECT_EQ(code_of(store->query({.from = lost})), errc::checkpoint_ahead);
  evsrc::commit condition;
  condition.unless.push_back({{}, lost});
  EXPECT_EQ(code_of(store->commit(condition)), errc::checkpoint_ahead);
  EXPECT_TRUE(store->query({.from = next->up_to}));
}

TEST(restore, twice_from_one_backup_gives_no_position_out_twice) {
  work_folder const folder;
  {
    auto const store = open_store(folder.file());
    ASSERT_TRUE(store->commit(sample_commit()));
    ASSERT_TRUE(store->backup_to(folder.file("copy")));
  }
  evsrc::position before{};
  for (int i = 0; i != 3; ++i) {
    ASSERT_TRUE(evsrc::sqlite::restore(folder.file("copy"), folder.file()));
    auto const store = open_store(folder.file());
    auto const next = store->commit(sample_commit());
    ASSERT_TRUE(next);
    EXPECT_GT(next->positions.front(), before);
    before = next->positions.front();
  }
}

TEST(restore, over_an_unreadable_store_gives_no_position_out_twice) {
  work_folder const folder;
  evsrc::position before{};
  {
    auto const store = open_store(folder.file());
    ASSERT_TRUE(store->commit(sample_commit()));
    ASSERT_TRUE(store->backup_to(folder.file("copy")));
  }
  ASSERT_TRUE(evsrc::sqlite::restore(folder.file("copy"), folder.file()));
  {
    auto const next = open_store(folder.file())->commit(sample_commit());
    ASSERT_TRUE(next);
    before = next->positions.front();
  }
  std::ofstream{folder.file()} << std::string(8'192, 'x');
  ASSERT_TRUE(evsrc::sqlite::restore(folder.file("copy"), folder.file()));
  auto const next = open_store(folder.file())->commit(sample_commit());
  ASSERT_TRUE(next);
  EXPECT_GT(next->positions.front(), before);
}

/// One backup, restored to several new paths within a moment.
struct restored_copies : testing::Test {
  work_folder const folder;
  std::string id;
  evsrc::receipt last;

  void SetUp() override {
    auto const store = open_store(folder.file());
    id = store->place();
    ASSERT_TRUE(store->commit(sample_commit()));
    ASSERT_TRUE(store->backup_to(folder.file("copy")));
  }
  [[nodiscard]] std::unique_ptr<evsrc::sqlite::event_store> make(char const* name) {
    auto const done = evsrc::sqlite::restore(folder.file("copy"), folder.file(name));
    EXPECT_TRUE(done) << error_of(done);
    auto store = open_store(folder.file(name));
    auto committed = store->commit(sample_commit());
    EXPECT_TRUE(committed) << error_of(committed);
    last = *committed;
    return store;
  }
};

TEST_F(restored_copies, take_none_of_each_others_cursors) {
  auto const one = make("one.db");
  auto const cursor_of_one = last.up_to;
  auto const other = make("other.db");
  ASSERT_TRUE(other->commit(sample_commit()));
  EXPECT_EQ(code_of(other->query({.from = cursor_of_one})), errc::checkpoint_ahead);
  EXPECT_EQ(code_of(other->wait_beyond(cursor_of_one, 0ms)), errc::checkpoint_ahead);
  EXPECT_NE(one->place(), other->place()) << "a bus on the one would count as one with the other";
  EXPECT_NE(one->place(), id);
  EXPECT_TRUE(one->query({.from = cursor_of_one}));
}

TEST_F(restored_copies, of_a_file_that_was_lost_refuse_its_cursors) {
  make("one.db")->close(1s);
  auto const lost = last.up_to;
  std::filesystem::remove(folder.file("one.db"));
  auto const again = make("one.db");
  EXPECT_EQ(code_of(again->query({.from = lost})), errc::checkpoint_ahead);
}

/// Over a copy that is another store than the backup's each time.
TEST_F(restored_copies, that_are_restored_again_stay_apart) {
  make("one.db")->close(1s);
  make("one.db")->close(1s);
  auto const cursor_of_one = last.up_to;
  make("other.db")->close(1s);
  EXPECT_EQ(code_of(make("other.db")->query({.from = cursor_of_one})), errc::checkpoint_ahead);
}

TEST_F(restored_copies, in_place_of_a_mere_copy_stay_apart) {
  for (char const* name : {"one.db", "other.db"})
    std::filesystem::copy_file(folder.file("copy"), folder.file(name));
  auto const one = make("one.db");
  auto const cursor_of_one = last.up_to;
  auto const other = make("other.db");
  EXPECT_EQ(code_of(other->query({.from = cursor_of_one})), errc::checkpoint_ahead);
  EXPECT_NE(one->place(), other->place());
  EXPECT_NE(one->place(), id);
}

TEST_F(restored_copies, in_place_of_the_store_stay_that_store) {
  auto const kept = *open_store(folder.file())->head();
  auto const store = make("store.db");
  EXPECT_EQ(store->place(), id);
  EXPECT_TRUE(store->query({.from = kept}));
}

TEST(restore, refuses_while_the_store_is_open) {
  work_folder const folder;
  auto store = open_store(folder.file());
  ASSERT_TRUE(store->commit(sample_commit()));
  ASSERT_TRUE(store->backup_to(folder.file("copy")));
  EXPECT_EQ(code_of(evsrc::sqlite::restore(folder.file("copy"), folder.file())), errc::unavailable);
  ASSERT_TRUE(store->commit(sample_commit()));
  store->close(1s);
  EXPECT_TRUE(evsrc::sqlite::restore(folder.file("copy"), folder.file()));
}

TEST(restore, refuses_while_the_store_is_open_for_reading) {
  work_folder const folder;
  {
    auto const store = open_store(folder.file());
    ASSERT_TRUE(store->backup_to(folder.file("copy")));
  }
  auto reads = open_store(folder.file(), {.read_only = true});
  EXPECT_EQ(code_of(evsrc::sqlite::restore(folder.file("copy"), folder.file())), errc::unavailable);
  reads->close(1s);
  EXPECT_TRUE(evsrc::sqlite::restore(folder.file("copy"), folder.file()));
}

TEST(restore, refuses_what_is_no_sound_backup_and_keeps_the_store) {
  work_folder const folder;
  ASSERT_TRUE(open_store(folder.file())->commit(sample_commit()));
  std::ofstream{folder.file("text")} << std::string(5'000, 'x');
  EXPECT_FALSE(evsrc::sqlite::restore(folder.file("text"), folder.file()));
  EXPECT_EQ(code_of(evsrc::sqlite::restore(folder.file("none"), folder.file())), errc::not_found);
  run_sql(folder.file("other"), "CREATE TABLE notes (text)");
  EXPECT_EQ(code_of(evsrc::sqlite::restore(folder.file("other"), folder.file())),
            errc::foreign_file);
  EXPECT_EQ(code_of(evsrc::sqlite::restore(folder.file(), folder.file())), errc::invalid_argument);
  auto const page = open_store(folder.file())->query({});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->size(), 1U);
}

struct interrupted_restore : testing::Test {
  work_folder const folder;
  std::string const restoring = folder.file("store.db-evsrc-restoring");

  void SetUp() override {
    {
      auto const store = open_store(folder.file());
      ASSERT_TRUE(store->commit(sample_commit("old")));
      ASSERT_TRUE(store->backup_to(folder.file("copy")));
      ASSERT_TRUE(store->commit(sample_commit("new")));
    }
    ASSERT_TRUE(evsrc::sqlite::restore(folder.file("copy"), folder.file("other.db")));
  }
  /// As far as a restore has come that dies now.
  void leave() const { std::filesystem::rename(folder.file("other.db"), restoring); }
  void expect_restored(evsrc::event_store& store) const {
    EXPECT_EQ(store.read({.stream = {"account", "new"}})->version(), 0U);
    EXPECT_EQ(store.read({.stream = {"account", "old"}})->version(), 1U);
    EXPECT_FALSE(std::filesystem::exists(restoring));
  }
};

TEST_F(interrupted_restore, is_finished_by_the_next_open) {
  leave();
  expect_restored(*open_store(folder.file()));
}

TEST_F(interrupted_restore, is_finished_by_an_open_that_makes_no_file) {
  std::filesystem::remove(folder.file());
  leave();
  expect_restored(*open_store(folder.file(), {.create = false}));
}

/// The old store may be beyond reading: that is what it was restored for.
TEST_F(interrupted_restore, of_a_damaged_store_is_finished_by_the_next_open) {
  std::ofstream{folder.file()} << std::string(8'192, 'x');
  leave();
  expect_restored(*open_store(folder.file()));
}

/// Without its log the old store is one that never was.
TEST_F(interrupted_restore, is_unavailable_to_who_only_reads) {
  leave();
  auto const opened = evsrc::sqlite::open(folder.file(), {.read_only = true});
  EXPECT_EQ(code_of(opened), errc::unavailable) << error_of(opened);
  std::filesystem::remove(folder.file());
  EXPECT_EQ(code_of(evsrc::sqlite::open(folder.file(), {.read_only = true})), errc::unavailable);
  expect_restored(*open_store(folder.file()));
  expect_restored(*open_store(folder.file(), {.read_only = true}));
}

TEST_F(interrupted_restore, is_outlived_by_its_epoch_when_it_is_done_again) {
  run_sql(folder.file("other.db"), "UPDATE evsrc_store SET epoch = 500000");
  leave();
  ASSERT_TRUE(evsrc::sqlite::restore(folder.file("copy"), folder.file()));
  auto const store = open_store(folder.file());
  EXPECT_EQ(store->report()->epoch, 500'001U);
  expect_restored(*store);
}

/// The last epoch may have stood in the log, which is gone.
TEST_F(interrupted_restore, that_cannot_be_read_leaves_the_old_epoch_unknown) {
  auto const told = *open_store(folder.file())->head();
  std::ofstream{restoring} << "x";
  ASSERT_TRUE(evsrc::sqlite::restore(folder.file("copy"), folder.file()));
  auto const store = open_store(folder.file());
  EXPECT_GT(store->report()->epoch, 100'000U);
  EXPECT_EQ(code_of(store->query({.from = told})), errc::checkpoint_ahead);
}

/// Its commits would go when the next one finds what the restore has left.
TEST_F(interrupted_restore, is_finished_by_who_waited_for_its_end) {
  auto restorer = evsrc::sqlite::detail::process_lock::open(folder.file());
  ASSERT_TRUE(restorer);
  ASSERT_TRUE(restorer->claim_alone());
  acting_clock time;
  time.at_next_sleep([&] {
    leave();
    *restorer = {};
  });
  expect_restored(*open_store(folder.file(), {.clock = &time}));
}

TEST(position, is_not_given_out_again_after_rows_were_deleted) {
  work_folder const folder;
  evsrc::position last;
  evsrc::cursor head;
  {
    auto const store = open_store(folder.file());
    auto const done = store->commit(sample_commit("42", evsrc::expected_version::none(), 3));
    last = done->positions.back();
    head = done->up_to;
  }
  run_sql(folder.file(), "DELETE FROM evsrc_events");
  auto const store = open_store(folder.file());
  EXPECT_EQ(*store->head(), head);
  auto const next = store->commit(sample_commit("7"));
  ASSERT_TRUE(next) << error_of(next);
  EXPECT_GT(next->positions.front(), last);
}

}  // namespace
}  // namespace evsrc_test
