// SPDX-License-Identifier: Apache-2.0
// The epoch that ends when commits may be gone with the power, also under those who have the store
// open.
#include "sample.hpp"
#include "store_state.hpp"

namespace evsrc_test {
namespace {

using evsrc::errc;
using evsrc::sqlite::durability;
using namespace std::chrono_literals;

/// The next open takes what was written at durability::os for unsure.
void restart_machine(std::string const& path) {
  run_sql(path, "UPDATE evsrc_store SET unsynced_boot = 'another'");
}

std::uint64_t epoch_of(evsrc::position where) { return where.value >> 40U; }

TEST(epoch, is_raised_when_a_machine_was_restarted_under_unsynced_commits) {
  work_folder const folder;
  evsrc::cursor before;
  {
    auto const store = open_store(folder.file(), {.durability = durability::os});
    before = store->commit(sample_commit())->up_to;
    EXPECT_EQ(store->report()->epoch, 0U);
  }
  EXPECT_EQ(open_store(folder.file())->report()->epoch, 0U);
  restart_machine(folder.file());
  auto const store = open_store(folder.file());
  EXPECT_EQ(store->report()->epoch, 1U);
  EXPECT_TRUE(store->query({.from = before}));
  auto const next = store->commit(sample_commit());
  ASSERT_TRUE(next);
  EXPECT_EQ(epoch_of(next->positions.front()), 1U);
}

TEST(epoch, that_was_raised_under_a_reader_is_the_readers_too) {
  work_folder const folder;
  ASSERT_TRUE(open_store(folder.file(), {.durability = durability::os})->commit(sample_commit()));
  restart_machine(folder.file());
  auto const reads = open_store(folder.file(), {.read_only = true});
  auto const before = *reads->head();
  auto const writes = open_store(folder.file(), {.durability = durability::os});
  ASSERT_TRUE(writes->commit(sample_commit()));

  auto const page = reads->query({});
  ASSERT_TRUE(page) << error_of(page);
  EXPECT_EQ(page->size(), 2U);
  auto const next = reads->query({.from = page->next()});
  EXPECT_TRUE(next) << error_of(next);
  EXPECT_TRUE(reads->query({.from = before}));
  EXPECT_EQ(reads->report()->epoch, 1U);
  ASSERT_TRUE(writes->commit(sample_commit()));
  auto const grown = reads->wait_beyond(page->next(), 0ms);
  ASSERT_TRUE(grown) << error_of(grown);
  EXPECT_EQ(*grown, *writes->head());
}

/// No page was read in between, from which the reader could have learnt it.
TEST(epoch, that_was_raised_under_a_reader_is_known_to_its_first_wait) {
  work_folder const folder;
  ASSERT_TRUE(open_store(folder.file(), {.durability = durability::os})->commit(sample_commit()));
  restart_machine(folder.file());
  auto const reads = open_store(folder.file(), {.read_only = true});
  auto const done = open_store(folder.file())->commit(sample_commit());
  ASSERT_TRUE(done);
  auto const grown = reads->wait_beyond(done->up_to, 0ms);
  EXPECT_TRUE(grown) << error_of(grown);
}

/// Two programs need not see the same boot: each container may have a /proc of its own.
struct epoch_raised_under_a_writer : testing::Test {
  work_folder const folder;
  std::unique_ptr<evsrc::sqlite::event_store> first;
  std::unique_ptr<evsrc::sqlite::event_store> second;
  evsrc::receipt by_second;

  void SetUp() override {
    first = open_store(folder.file(), {.durability = durability::os});
    ASSERT_TRUE(first->commit(sample_commit()));
    restart_machine(folder.file());
    second = open_store(folder.file(), {.durability = durability::os});
    auto done = second->commit(sample_commit());
    ASSERT_TRUE(done) << error_of(done);
    by_second = *done;
  }
};

TEST_F(epoch_raised_under_a_writer, is_the_one_that_it_goes_on_in) {
  auto const done = first->commit(sample_commit());
  ASSERT_TRUE(done) << error_of(done);
  EXPECT_GT(done->positions.front(), by_second.positions.front());
  EXPECT_EQ(first->report()->epoch, 1U);
  for (auto const* reads : {&first, &second}) {
    auto const page = (*reads)->query({.from = by_second.up_to});
    ASSERT_TRUE(page) << error_of(page);
    EXPECT_EQ(page->size(), 1U) << "a committed event is skipped";
  }
}

TEST_F(epoch_raised_under_a_writer, holds_for_its_conditions) {
  evsrc::commit known = sample_commit("7");
  known.unless.push_back({{}, by_second.up_to});
  auto const done = first->commit(known);
  ASSERT_TRUE(done) << error_of(done);
  EXPECT_EQ(code_of(second->commit(known)), errc::condition_failed);
}

/// The commits of the first one stay unsynced, whoever opens the store beside it.
TEST(epoch, raised_under_a_writer_leaves_the_mark_of_its_unsynced_commits) {
  work_folder const folder;
  auto const first = open_store(folder.file(), {.durability = durability::os});
  ASSERT_TRUE(first->commit(sample_commit()));
  restart_machine(folder.file());
  auto const second = open_store(folder.file());
  EXPECT_EQ(second->report()->epoch, 1U);
  bool is_marked = false;
  ASSERT_TRUE(second->query_sql("SELECT 1 FROM evsrc_store WHERE unsynced_boot <> ''", {},
                                [&](auto const&) { return is_marked = true; }));
  EXPECT_TRUE(is_marked) << "its rows would be sent without a sync";
}

TEST(epoch, raised_by_one_that_is_alone_leaves_no_mark) {
  work_folder const folder;
  ASSERT_TRUE(open_store(folder.file(), {.durability = durability::os})->commit(sample_commit()));
  restart_machine(folder.file());
  for (int i = 0; i != 2; ++i) {
    auto const store = open_store(folder.file());
    bool is_marked = false;
    ASSERT_TRUE(store->query_sql("SELECT 1 FROM evsrc_store WHERE unsynced_boot <> ''", {},
                                 [&](auto const&) { return is_marked = true; }));
    EXPECT_FALSE(is_marked);
    EXPECT_EQ(store->report()->epoch, 1U);
  }
}

/// A store of a program that cannot see which boot it is, as where /proc is masked.
struct bootless_store {
  evsrc::sqlite::detail::store_state state;

  bootless_store(std::string const& path, durability level) {
    state.path = path;
    state.with.durability = level;
    state.boot.clear();
    auto const opened = evsrc::sqlite::detail::open_state(state);
    EXPECT_TRUE(opened) << error_of(opened);
  }
};

TEST(epoch, is_raised_by_every_open_behind_one_that_did_not_know_its_boot) {
  work_folder const folder;
  for (std::uint64_t epoch = 0; epoch != 2; ++epoch) {
    bootless_store const store{folder.file(), durability::os};
    EXPECT_EQ(store.state.identity.epoch, epoch) << "lost positions would be given out again";
    EXPECT_FALSE(store.state.identity.unsynced_boot.empty()) << "rows would be sent without a sync";
  }
  EXPECT_EQ(open_store(folder.file())->report()->epoch, 2U);
  EXPECT_EQ(bootless_store(folder.file(), durability::fsync).state.identity.epoch, 2U);
}

TEST(epoch, without_events_is_not_listed) {
  work_folder const folder;
  {
    auto const store = open_store(folder.file(), {.durability = durability::os});
    ASSERT_TRUE(store->commit(sample_commit()));
  }
  evsrc::cursor kept;
  for (int i = 0; i != 3; ++i) {
    restart_machine(folder.file());
    auto const store = open_store(folder.file(), {.durability = durability::os});
    kept = *store->head();
  }
  auto const store = open_store(folder.file());
  EXPECT_EQ(store->report()->epoch, 3U);
  EXPECT_TRUE(store->query({.from = kept}));
  std::int64_t listed = 0;
  ASSERT_TRUE(store->query_sql("SELECT count(*) FROM evsrc_epochs", {}, [&](auto const& row) {
    listed = row.integer(0);
    return true;
  }));
  EXPECT_EQ(listed, 1);
}

}  // namespace
}  // namespace evsrc_test
