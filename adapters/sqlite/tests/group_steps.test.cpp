// SPDX-License-Identifier: Apache-2.0
// Members of a group that are no commits: in order, told after COMMIT, synced only where one asks.
#include <latch>
#include <thread>

#include "acting_clock.hpp"
#include "sample.hpp"
#include "simulated_disk.hpp"
#include "store_state.hpp"

namespace evsrc_test {
namespace {

using evsrc::errc;
using evsrc::result;
using evsrc::timestamp;
using evsrc::sqlite::detail::ledger;
using evsrc::sqlite::detail::queued_commit;
using evsrc::sqlite::detail::store_state;

/// A store with its insides open.
struct bare_store {
  explicit bare_store(std::string const& path, evsrc::sqlite::options with = {}) {
    state.path = path;
    state.with = std::move(with);
    auto const opened = open_state(state);
    EXPECT_TRUE(opened) << error_of(opened);
    EXPECT_TRUE(write(0, true));
  }
  ~bare_store() {
    state.writer->close(std::chrono::seconds(1));
    state.readers->close(std::chrono::steady_clock::now());
    state.writer->release();
  }
  result<void> write(int number, bool needs_sync) {
    return state.writer->run_step(
        [number](ledger& tables, timestamp) -> result<void> {
          auto const sql =
              "CREATE TABLE IF NOT EXISTS steps (number UNIQUE);"
              "INSERT INTO steps VALUES (" +
              std::to_string(number) + ")";
          return tables.file().run(sql.c_str());
        },
        needs_sync);
  }
  store_state state;
};

TEST(group_steps, sync_only_where_they_ask_for_it) {
  work_folder const folder;
  simulated_disk disk;
  bare_store store{folder.file(), {.vfs = disk.name()}};
  auto before = disk.syncs();
  for (int i = 1; i != 10; ++i) ASSERT_TRUE(store.write(i, false));
  EXPECT_EQ(disk.syncs(), before);
  ASSERT_TRUE(store.write(10, true));
  EXPECT_EQ(disk.syncs(), before + 1);
  before = disk.syncs();
  ASSERT_TRUE(store.write(11, false));
  EXPECT_EQ(disk.syncs(), before);
}

TEST(group_steps, that_fail_in_the_file_fail_alone) {
  work_folder const folder;
  bare_store store{folder.file()};
  std::latch begun{1};
  std::latch queued{1};
  std::thread leader{[&] {
    auto const led = store.state.writer->run_step(
        [&](ledger&, timestamp) -> result<void> {
          begun.count_down();
          queued.wait();
          return {};
        },
        false);
    EXPECT_TRUE(led) << error_of(led);
  }};
  begun.wait();
  std::array<result<void>, 3> told;
  std::vector<std::thread> followers;
  for (std::size_t i = 0; i != told.size(); ++i) {
    // The number of the second is taken.
    int const number = i == 1 ? 0 : static_cast<int>(i) + 1;
    followers.emplace_back([&, i, number] { told[i] = store.write(number, i == 2); });
  }
  while (store.state.writer->count().queued_commits != told.size()) std::this_thread::yield();
  queued.count_down();
  leader.join();
  for (auto& each : followers) each.join();
  EXPECT_TRUE(told[0]) << error_of(told[0]);
  EXPECT_FALSE(told[1]);
  EXPECT_TRUE(told[2]) << error_of(told[2]);
}

TEST(group_steps, are_refused_by_a_closed_store) {
  work_folder const folder;
  bare_store store{folder.file()};
  store.state.writer->close(std::chrono::seconds(1));
  EXPECT_EQ(code_of(store.write(1, true)), errc::closed);
}

std::unique_ptr<queued_commit> queued(evsrc::completion done) {
  auto made = std::make_unique<queued_commit>();
  made->commit.what = sample_commit();
  made->done = std::move(done);
  EXPECT_TRUE(prepare(made->commit));
  return made;
}

// Whoever sees growth that is not there looks for it again and again.
TEST(growth, is_not_announced_of_a_commit_that_was_rolled_back) {
  work_folder const folder;
  simulated_disk disk;
  bare_store store{folder.file(), {.threads = evsrc::sqlite::threads::none, .vfs = disk.name()}};
  disk.set_full(true);
  bool is_refused = false;
  store.state.writer->submit(queued([&](auto answer) { is_refused = !answer; }));
  EXPECT_EQ(store.state.writer->poll(), 1U);
  EXPECT_TRUE(is_refused);
  EXPECT_EQ(store.state.known_head, 0U);
  disk.set_full(false);
  store.state.writer->submit(queued([](auto answer) { EXPECT_TRUE(answer) << error_of(answer); }));
  EXPECT_EQ(store.state.writer->poll(), 1U);
  EXPECT_GT(store.state.known_head, 0U);
}

TEST(lone_work, that_comes_to_the_front_while_the_turn_begins_is_not_taken_for_a_commit) {
  work_folder const folder;
  acting_clock time;
  bare_store store{folder.file(), {.threads = evsrc::sqlite::threads::none, .clock = &time}};
  foreign_writer other{folder.file()};
  bool is_closed = false;
  store.state.writer->submit(queued([&](auto answer) { is_closed = !answer; }));
  other.begin();
  time.at_next_sleep([&] {
    store.state.writer->close(std::chrono::milliseconds(0));
    other.end();
  });
  bool has_run = false;
  auto const done = store.state.writer->run_alone([&](ledger&) -> result<void> {
    has_run = true;
    return {};
  });
  EXPECT_TRUE(is_closed);
  EXPECT_EQ(has_run, done.has_value()) << error_of(done);
}

}  // namespace
}  // namespace evsrc_test
