// SPDX-License-Identifier: Apache-2.0
// Disks that fill up or fail: told as what they are, and nothing half-written.
#include "sample.hpp"
#include "simulated_disk.hpp"

namespace evsrc_test {
namespace {

using evsrc::effect;
using evsrc::errc;

TEST(full_disk, fails_the_commit_and_lets_the_next_one_through) {
  work_folder const folder;
  simulated_disk disk;
  auto const store = open_store(folder.file(), {.vfs = disk.name()});
  ASSERT_TRUE(store->commit(sample_commit()));
  disk.set_full(true);
  auto const refused = store->commit(sample_commit("42", evsrc::expected_version::exactly(1)));
  EXPECT_EQ(code_of(refused), errc::disk_full) << error_of(refused);
  EXPECT_NE(error_of(refused).find(folder.file()), std::string::npos) << error_of(refused);
  EXPECT_EQ(refused.error().effect, effect::none);
  EXPECT_EQ(store->read({.stream = {"account", "42"}})->version(), 1U);
  disk.set_full(false);
  auto const next = store->commit(sample_commit("42", evsrc::expected_version::exactly(1)));
  EXPECT_TRUE(next) << error_of(next);
  EXPECT_TRUE(store->check_integrity());
}

TEST(full_disk, fails_every_member_of_a_group_by_itself) {
  work_folder const folder;
  simulated_disk disk;
  auto const store =
      open_store(folder.file(), {.threads = evsrc::sqlite::threads::none, .vfs = disk.name()});
  ASSERT_TRUE(store->commit(sample_commit()));
  disk.set_full(true);
  int refused = 0;
  for (int i = 0; i != 3; ++i)
    store->submit(sample_commit(), [&](auto answer) { refused += answer ? 0 : 1; });
  // Needs no room: it is judged alone once the group has failed.
  bool was_conflict = false;
  store->submit(sample_commit("42", evsrc::expected_version::none()), [&](auto answer) {
    was_conflict = !answer && answer.error().code == errc::version_conflict;
  });
  EXPECT_EQ(store->poll(), 4U);
  EXPECT_EQ(refused, 3);
  EXPECT_TRUE(was_conflict);
}

TEST(full_disk, refuses_to_make_a_store_and_leaves_none) {
  work_folder const folder;
  {
    simulated_disk disk;
    disk.set_full(true);
    auto const opened = evsrc::sqlite::open(folder.file(), {.vfs = disk.name()});
    EXPECT_EQ(code_of(opened), errc::disk_full) << error_of(opened);
  }
  EXPECT_TRUE(open_store(folder.file())->commit(sample_commit()));
}

// SQLite ends the transaction then, as it does for a function that asks for it.
TEST(failed_read, in_a_commits_function_is_told_as_what_it_is) {
  work_folder const folder;
  simulated_disk disk;
  auto const store = open_store(folder.file(), {.page_cache_bytes = 65'536, .vfs = disk.name()});
  using evsrc::sqlite::transaction;
  ASSERT_TRUE(store->commit(sample_commit(), [](transaction& sql) -> evsrc::result<void> {
    EVSRC_TRY(sql.exec("CREATE TABLE mine (n INTEGER PRIMARY KEY, text)"));
    EVSRC_TRY(
        sql.exec("INSERT INTO mine WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n"
                 " LIMIT 500) SELECT x, zeroblob(3000) FROM n"));
    return {};
  }));
  for (bool const is_told : {true, false}) {
    auto const failed =
        store->commit(sample_commit(), [&](transaction& sql) -> evsrc::result<void> {
          disk.fail_reads(true);
          auto const changed = sql.exec("UPDATE mine SET text = 'x' WHERE n < 400");
          disk.fail_reads(false);
          EXPECT_EQ(code_of(changed), errc::io_failed) << error_of(changed);
          EXPECT_EQ(code_of(sql.exec("DELETE FROM mine")), errc::io_failed);
          if (is_told) EVSRC_TRY(changed);
          return {};
        });
    EXPECT_EQ(code_of(failed), errc::io_failed) << error_of(failed);
    EXPECT_EQ(failed.error().effect, effect::none);
  }
  EXPECT_EQ(store->read({.stream = {"account", "42"}})->version(), 1U);
  EXPECT_TRUE(store->commit(sample_commit()));
  EXPECT_TRUE(store->check_integrity());
}

TEST(failed_sync, leaves_the_effect_unknown_and_refuses_writes_until_reopened) {
  work_folder const folder;
  simulated_disk disk;
  auto store = open_store(folder.file(), {.vfs = disk.name()});
  ASSERT_TRUE(store->commit(sample_commit()));
  disk.fail_sync_at(disk.syncs() + 1);
  auto const open_ended = store->commit(sample_commit());
  EXPECT_EQ(code_of(open_ended), errc::io_failed) << error_of(open_ended);
  EXPECT_EQ(open_ended.error().effect, effect::unknown);
  EXPECT_NE(open_ended.error().native_code, 0);

  auto const refused = store->commit(sample_commit());
  EXPECT_EQ(code_of(refused), errc::io_failed);
  EXPECT_EQ(refused.error().effect, effect::none);
  EXPECT_TRUE(store->report()->refuses_writes);
  EXPECT_TRUE(store->read({.stream = {"account", "42"}}));

  store.reset();
  store = open_store(folder.file(), {.vfs = disk.name()});
  EXPECT_TRUE(store->commit(sample_commit()));
  EXPECT_TRUE(store->check_integrity());
}

TEST(failed_sync, of_a_group_is_unknown_for_every_member) {
  work_folder const folder;
  simulated_disk disk;
  auto const store =
      open_store(folder.file(), {.threads = evsrc::sqlite::threads::none, .vfs = disk.name()});
  ASSERT_TRUE(store->commit(sample_commit()));
  disk.fail_sync_at(disk.syncs() + 1);
  int unknown = 0;
  for (int i = 0; i != 3; ++i) {
    store->submit(sample_commit(), [&](auto answer) {
      unknown += !answer && answer.error().effect == effect::unknown ? 1 : 0;
    });
  }
  // Not even a conflict is told as such: it was judged on what may be gone.
  store->submit(sample_commit("42", evsrc::expected_version::none()), [&](auto answer) {
    unknown += !answer && answer.error().effect == effect::unknown ? 1 : 0;
  });
  EXPECT_EQ(store->poll(), 4U);
  EXPECT_EQ(unknown, 4);
}

TEST(failed_sync, of_a_checkpoint_refuses_writes_too) {
  work_folder const folder;
  simulated_disk disk;
  auto const store = open_store(folder.file(), {.vfs = disk.name()});
  ASSERT_TRUE(store->commit(sample_commit()));
  disk.fail_sync_at(disk.syncs() + 1);
  EXPECT_FALSE(store->checkpoint_wal());
  EXPECT_EQ(code_of(store->commit(sample_commit())), errc::io_failed);
}

evsrc::commit with_row(std::string id) {
  auto made = sample_commit();
  evsrc::outgoing_message row;
  row.id.value = std::move(id);
  row.destination = "orders";
  made.messages = {row};
  return made;
}

TEST(outbox_at_os, gives_a_relay_only_what_the_disk_has) {
  work_folder const folder;
  simulated_disk disk;
  auto const store =
      open_store(folder.file(), {.durability = evsrc::sqlite::durability::os, .vfs = disk.name()});
  ASSERT_TRUE(store->commit(with_row("m")));
  auto const before = disk.syncs();
  evsrc::due_read due{.due_by = evsrc::system_clock().now()};
  due.synced = false;
  ASSERT_EQ(store->read_due(due)->size(), 1U);
  EXPECT_EQ(disk.syncs(), before);
  due.synced = true;
  ASSERT_EQ(store->read_due(due)->size(), 1U);
  EXPECT_EQ(disk.syncs(), before + 1);

  auto const image = folder.path() / "image";
  disk.write_image(image, loss::everything, 1);
  auto const left = open_store((image / "store.db").string(), {.create = false});
  EXPECT_EQ(left->read({.stream = {"account", "42"}})->version(), 1U) << "what left is still there";
}

TEST(outbox_at_os, gives_nothing_after_a_sync_has_failed) {
  work_folder const folder;
  simulated_disk disk;
  auto const store =
      open_store(folder.file(), {.durability = evsrc::sqlite::durability::os, .vfs = disk.name()});
  ASSERT_TRUE(store->commit(with_row("m")));
  evsrc::due_read const due{.due_by = evsrc::system_clock().now()};
  disk.fail_sync_at(disk.syncs() + 1);
  EXPECT_EQ(code_of(store->read_due(due)), errc::io_failed);
  EXPECT_EQ(code_of(store->read_due(due)), errc::io_failed) << "the next sync would succeed";
  EXPECT_EQ(code_of(store->commit(sample_commit())), errc::io_failed);
}

/// Whoever relays may have opened the file otherwise than who writes it.
TEST(outbox_at_os, is_synced_for_a_relay_that_syncs_its_own_commits) {
  work_folder const folder;
  simulated_disk disk;
  auto const relay = open_store(folder.file(), {.vfs = disk.name()});
  evsrc::due_read const due{.due_by = evsrc::system_clock().now() + std::chrono::hours(1)};
  ASSERT_TRUE(relay->commit(with_row("before")));
  auto const quiet = disk.syncs();
  ASSERT_EQ(relay->read_due(due)->size(), 1U);
  EXPECT_EQ(disk.syncs(), quiet) << "every commit has waited for the disk";
  auto const writer =
      open_store(folder.file(), {.durability = evsrc::sqlite::durability::os, .vfs = disk.name()});
  ASSERT_TRUE(writer->commit(with_row("m")));
  auto const before = disk.syncs();
  ASSERT_EQ(relay->read_due(due)->size(), 2U);
  EXPECT_EQ(disk.syncs(), before + 1);
}

TEST(log, stays_short_while_readers_come_and_go) {
  work_folder const folder;
  auto const store = open_store(
      folder.file(), {.durability = evsrc::sqlite::durability::os, .wal_checkpoint_bytes = 65'536});
  for (int i = 0; i != 2'000; ++i) {
    ASSERT_TRUE(store->commit(sample_commit(std::to_string(i % 50))));
    ASSERT_TRUE(store->query({.max_events = 5}));
  }
  auto const report = store->report();
  ASSERT_TRUE(report);
  EXPECT_LT(report->wal_bytes, 4 * 65'536U);
  EXPECT_GT(report->wal_checkpoints, 5U);
}

TEST(log, is_emptied_on_demand_and_gone_after_closing) {
  work_folder const folder;
  auto store = open_store(folder.file());
  ASSERT_TRUE(store->commit(sample_commit()));
  EXPECT_GT(store->report()->wal_bytes, 0U);
  auto const emptied = store->checkpoint_wal();
  ASSERT_TRUE(emptied) << error_of(emptied);
  EXPECT_EQ(store->report()->wal_bytes, 0U);
  ASSERT_TRUE(store->commit(sample_commit()));
  store.reset();
  EXPECT_FALSE(std::filesystem::exists(folder.file("store.db-wal")));
  EXPECT_EQ(open_store(folder.file())->read({.stream = {"account", "42"}})->version(), 2U);
}

}  // namespace
}  // namespace evsrc_test
