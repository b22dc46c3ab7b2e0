// SPDX-License-Identifier: Apache-2.0
// Commits that share a transaction: who is judged on what, told when, and in which order.
#include <algorithm>
#include <atomic>
#include <latch>
#include <thread>

#include "acting_clock.hpp"
#include "evsrc/core/limits.hpp"
#include "process_lock.hpp"
#include "sample.hpp"

namespace evsrc_test {
namespace {

using evsrc::errc;
using evsrc::expected_version;
using evsrc::sqlite::threads;
using evsrc::sqlite::transaction;
using namespace std::chrono_literals;

TEST(group_commit, takes_what_is_queued_into_one_transaction) {
  work_folder const folder;
  auto const store = open_store(folder.file(), {.threads = threads::none});
  int done = 0;
  for (int i = 0; i != 100; ++i)
    store->submit(sample_commit(), [&](auto answer) { done += answer ? 1 : 0; });
  auto const before = store->report()->groups;
  EXPECT_EQ(store->report()->queued_commits, 100U);
  EXPECT_EQ(done, 0);
  EXPECT_EQ(store->poll(), 100U);
  EXPECT_EQ(done, 100);
  EXPECT_EQ(store->report()->groups, before + 1);
}

TEST(group_commit, is_bounded_by_commits_and_by_bytes) {
  work_folder const folder;
  auto const store = open_store(folder.file(), {.threads = threads::none});
  auto const groups_for = [&](std::size_t commits, std::size_t payload) {
    auto const before = store->report()->groups;
    for (std::size_t i = 0; i != commits; ++i) {
      auto what = sample_commit();
      what.appends.front().events.front().payload = std::string(payload, 'x');
      store->submit(std::move(what), [](auto answer) { EXPECT_TRUE(answer); });
    }
    EXPECT_EQ(store->poll(), commits);
    return store->report()->groups - before;
  };
  EXPECT_EQ(groups_for(2 * evsrc::limits::group_commits + 1, 2), 3U);
  EXPECT_EQ(groups_for(8, evsrc::limits::group_bytes / 4), 3U);
}

TEST(group_commit, members_see_their_predecessors) {
  work_folder const folder;
  auto const store = open_store(folder.file(), {.threads = threads::none});
  std::vector<std::string> told;
  auto const note = [&](auto answer) {
    told.push_back(!answer             ? std::string{evsrc::to_string(answer.error().code)}
                   : answer->duplicate ? "duplicate"
                                       : "done");
  };
  auto keyed = sample_commit("b");
  keyed.once.push_back({"scope", "key", "print"});
  auto other = keyed;
  other.once.front().fingerprint = "another";
  auto watched = sample_commit("c");
  watched.unless.push_back({{{{{"account.deposited"}, {}}}}, *store->head()});

  store->submit(sample_commit("a", expected_version::none()), note);
  store->submit(sample_commit("a", expected_version::none()), note);
  store->submit(sample_commit("a", expected_version::exactly(1)), note);
  store->submit(keyed, note);
  store->submit(keyed, note);
  store->submit(other, note);
  store->submit(watched, note);
  EXPECT_EQ(store->poll(), 7U);
  EXPECT_EQ(told, (std::vector<std::string>{"done", "version_conflict", "done", "done", "duplicate",
                                            "key_reused", "condition_failed"}));
  EXPECT_EQ(store->report()->groups, 1U);
}

TEST(group_commit, completions_may_submit) {
  work_folder const folder;
  auto const store = open_store(folder.file(), {.threads = threads::none});
  int done = 0;
  store->submit(sample_commit(), [&](auto) {
    ++done;
    store->submit(sample_commit(), [&](auto) { ++done; });
    EXPECT_EQ(code_of(store->commit(sample_commit())), errc::invalid_argument);
    EXPECT_EQ(store->poll(), 0U);
  });
  EXPECT_EQ(store->poll(), 1U);
  EXPECT_EQ(store->poll(), 1U);
  EXPECT_EQ(done, 2);
}

TEST(group_commit, a_blocking_commit_takes_along_what_was_submitted_before) {
  work_folder const folder;
  auto const store = open_store(folder.file(), {.threads = threads::none});
  std::vector<int> order;
  for (int i = 0; i != 3; ++i) store->submit(sample_commit(), [&, i](auto) { order.push_back(i); });
  auto const mine = store->commit(sample_commit());
  ASSERT_TRUE(mine);
  EXPECT_EQ(mine->versions.front(), 4U);
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

TEST(group_commit, a_function_that_fails_in_a_group_fails_alone) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  std::latch begin{8};
  std::atomic<int> failed = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i != 8; ++i) {
    callers.emplace_back([&, i] {
      begin.arrive_and_wait();
      for (int n = 0; n != 20; ++n) {
        auto const done = store->commit(
            sample_commit(std::to_string(i)), [&](transaction& sql) -> evsrc::result<void> {
              EVSRC_TRY(sql.exec("CREATE TABLE IF NOT EXISTS mine (caller, n)"));
              EVSRC_TRY(sql.exec("INSERT INTO mine VALUES (?, ?)", {i, n}));
              // One kind of failure is undone in place, the other makes the group go again.
              if (n % 5 == 1) return evsrc::fail(errc::cancelled, "no");
              if (n % 5 == 2) EVSRC_TRY(sql.exec("INSERT OR ROLLBACK INTO evsrc_none VALUES (1)"));
              if (n % 5 == 3) {
                EVSRC_TRY(sql.exec("CREATE TABLE IF NOT EXISTS u (x UNIQUE ON CONFLICT ROLLBACK)"));
                EVSRC_TRY(sql.exec("INSERT INTO u VALUES (1), (1)"));
              }
              return {};
            });
        failed += done ? 0 : 1;
        EXPECT_EQ(done.has_value(), n % 5 == 0 || n % 5 == 4) << error_of(done);
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(failed, 8 * 12);
  for (int i = 0; i != 8; ++i)
    EXPECT_EQ(store->read({.stream = {"account", std::to_string(i)}})->version(), 8U);
  std::int64_t rows = 0;
  ASSERT_TRUE(store->query_sql("SELECT count(*) FROM mine", {}, [&](auto const& row) {
    rows = row.integer(0);
    return true;
  }));
  EXPECT_EQ(rows, 8 * 8);
  EXPECT_TRUE(store->check_integrity());
}

TEST(queue, answers_overloaded_at_once_where_it_is_full) {
  work_folder const folder;
  auto const store = open_store(folder.file(), {.threads = threads::none});
  std::size_t done = 0;
  for (std::size_t i = 0; i != evsrc::limits::queued_commits; ++i)
    store->submit(sample_commit(), [&](auto answer) { done += answer ? 1 : 0; });
  errc refused{};
  store->submit(sample_commit(), [&](auto answer) { refused = code_of(answer); });
  EXPECT_EQ(refused, errc::overloaded);
  EXPECT_EQ(code_of(store->commit(sample_commit())), errc::overloaded);
  while (store->poll() != 0) {
  }
  EXPECT_EQ(done, evsrc::limits::queued_commits);
}

TEST(deadline, is_told_while_another_process_writes_and_nothing_was_written) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  ASSERT_TRUE(store->commit(sample_commit()));
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(folder.file().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  auto const late = store->commit(sample_commit(), {.deadline = 20ms});
  EXPECT_EQ(code_of(late), errc::timed_out) << error_of(late);
  EXPECT_EQ(late.error().effect, evsrc::effect::none);
  ASSERT_EQ(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  auto const done = store->commit(sample_commit("42", expected_version::exactly(1)));
  EXPECT_TRUE(done) << error_of(done);
}

TEST(deadline, of_one_caller_is_not_that_of_the_next) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(folder.file().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  std::atomic<int> late = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i != 4; ++i)
    callers.emplace_back([&] {
      late +=
          code_of(store->commit(sample_commit(), {.deadline = 30ms})) == errc::timed_out ? 1 : 0;
    });
  std::thread patient{[&] { EXPECT_TRUE(store->commit(sample_commit())); }};
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(late, 4);
  ASSERT_EQ(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  patient.join();
  EXPECT_EQ(store->read({.stream = {"account", "42"}})->version(), 1U);
}

TEST(deadline, may_be_endless) {
  work_folder const folder;
  acting_clock time;
  evsrc::sqlite::options const endless{
      .threads = threads::none, .clock = &time, .deadline = std::chrono::milliseconds::max()};
  static_cast<void>(open_store(folder.file()));
  auto turn = evsrc::sqlite::detail::process_lock::open(folder.file());
  ASSERT_TRUE(turn);
  std::atomic<bool> const patient = false;
  ASSERT_TRUE(turn->take(time, time.steady(), patient));
  time.at_next_sleep([&] { turn->give_back(); });
  auto const opened = evsrc::sqlite::open(folder.file(), endless);
  ASSERT_TRUE(opened) << error_of(opened);

  foreign_writer other{folder.file()};
  other.begin();
  time.at_next_sleep([&] { other.end(); });
  evsrc::result<evsrc::receipt> told;
  (*opened)->submit(sample_commit(), [&](auto answer) { told = std::move(answer); });
  EXPECT_EQ((*opened)->poll(), 1U);
  EXPECT_TRUE(told) << error_of(told);
}

/// A query whose rows never end by themselves, on a thread of its own.
class endless_query {
 public:
  endless_query(evsrc::sqlite::event_store& store, std::uint64_t rows_after_stop)
      : thread_{[this, &store, rows_after_stop] {
          std::uint64_t left = rows_after_stop;
          answer_ = store.query_sql(
              "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n", {},
              [&](auto const&) {
                is_running_ = true;
                return !is_told_ || left-- != 0;
              });
          is_running_ = true;  // a query that failed at once is waited for as well
        }} {
    while (!is_running_) std::this_thread::yield();
  }
  /// It ends by itself so many rows from now.
  void stop_soon() { is_told_ = true; }
  evsrc::result<void> const& end() {
    thread_.join();
    return answer_;
  }

 private:
  std::atomic<bool> is_running_ = false;
  std::atomic<bool> is_told_ = false;
  evsrc::result<void> answer_;
  std::thread thread_;
};

TEST(close, ends_reads_that_go_on_beyond_its_deadline) {
  work_folder const folder;
  auto const in_file = open_store(folder.file());
  auto const in_memory = open_store(":memory:", {.durability = evsrc::sqlite::durability::memory});
  for (auto* store : {in_file.get(), in_memory.get()}) {
    endless_query reader{*store, 30'000'000};
    reader.stop_soon();
    store->close(0ms);
    EXPECT_EQ(code_of(reader.end()), errc::closed);
  }
}

// In memory there is one connection: who leads a group waits for the read.
TEST(close, ends_a_read_that_holds_up_a_commit) {
  for (bool const is_submitted : {false, true}) {
    auto const store =
        open_store(":memory:", {.durability = evsrc::sqlite::durability::memory,
                                .threads = is_submitted ? threads::none : threads::allowed});
    endless_query reader{*store, 30'000'000};
    std::thread writer;
    if (is_submitted) {
      store->submit(sample_commit(), [](auto const&) {});  // close() commits it
    } else {
      std::atomic<bool> is_there = false;
      writer = std::thread{[&] {
        is_there = true;
        static_cast<void>(store->commit(sample_commit()));
      }};
      // Nothing tells when it waits, as whoever asks would wait as well: most of the time it does.
      while (!is_there) std::this_thread::yield();
      for (int i = 0; i != 1000; ++i) std::this_thread::yield();
    }
    reader.stop_soon();
    store->close(10ms);
    EXPECT_EQ(code_of(reader.end()), errc::closed);
    if (writer.joinable()) writer.join();
  }
}

TEST(close, lets_reads_end_within_its_deadline) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  endless_query reader{*store, 100'000};
  reader.stop_soon();
  store->close(1h);
  EXPECT_TRUE(reader.end());
}

TEST(close, commits_what_was_submitted_and_answers_closed_afterwards) {
  work_folder const folder;
  auto const store = open_store(folder.file(), {.threads = threads::none});
  int done = 0;
  for (int i = 0; i != 300; ++i)
    store->submit(sample_commit(), [&](auto answer) { done += answer ? 1 : 0; });
  store->close(10s);
  EXPECT_EQ(done, 300);
  EXPECT_EQ(code_of(store->commit(sample_commit())), errc::closed);
  EXPECT_EQ(code_of(store->head()), errc::closed);
  EXPECT_EQ(code_of(store->report()), errc::closed);
  errc told{};
  store->submit(sample_commit(), [&](auto answer) { told = code_of(answer); });
  EXPECT_EQ(told, errc::closed);
  store->close(1s);
}

TEST(close, answers_closed_to_what_cannot_begin_in_time) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  ASSERT_TRUE(store->commit(sample_commit()));
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(folder.file().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  std::atomic<int> closed = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i != 4; ++i) {
    callers.emplace_back(
        [&] { closed += code_of(store->commit(sample_commit())) == errc::closed ? 1 : 0; });
    store->submit(sample_commit(),
                  [&](auto answer) { closed += code_of(answer) == errc::closed ? 1 : 0; });
  }
  while (store->report()->queued_commits != 8) std::this_thread::yield();
  store->close(20ms);
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(closed, 8);
  sqlite3_close(other);
  EXPECT_EQ(open_store(folder.file())->read({.stream = {"account", "42"}})->version(), 1U);
}

TEST(close, wakes_who_waits_for_events) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  std::atomic<bool> is_waiting = false;
  std::thread waiter{[&] {
    auto const head = *store->head();
    is_waiting = true;
    EXPECT_EQ(code_of(store->wait_beyond(head, 1h)), errc::closed);
  }};
  while (!is_waiting) std::this_thread::yield();
  store->close(1s);
  waiter.join();
}

TEST(group_commit, has_one_deadline_for_its_place_in_the_queue_and_for_the_lead) {
  work_folder const folder;
  acting_clock time;
  auto const store = open_store(folder.file(), {.threads = threads::none, .clock = &time});
  foreign_writer other{folder.file()};
  evsrc::result<evsrc::receipt> answer;
  std::thread late;
  store->submit(sample_commit(), [&](auto) {
    late = std::thread{[&] { answer = store->commit(sample_commit(), {.deadline = 10s}); }};
    while (store->report()->queued_commits == 0) std::this_thread::yield();
    time.advance(10s);
    other.begin();
  });
  EXPECT_EQ(store->poll(), 1U);
  late.join();
  other.end();
  EXPECT_EQ(code_of(answer), errc::timed_out);
  EXPECT_EQ(time.steady().time_since_epoch(), 10s) << "the lead began with a new deadline";
}

TEST(closing, from_a_completion_answers_everybody_in_order_and_once) {
  work_folder const folder;
  auto const store = open_store(folder.file(), {.threads = threads::none});
  constexpr std::size_t count = 2 * evsrc::limits::group_commits + 1;
  std::vector<std::size_t> told;
  std::size_t committed = 0;
  for (std::size_t i = 0; i != count; ++i) {
    store->submit(sample_commit(), [&, i](auto answer) {
      if (i == 0) store->close(1s);
      told.push_back(i);
      committed += answer ? 1 : 0;
      EXPECT_TRUE(answer || answer.error().code == errc::closed);
    });
  }
  EXPECT_EQ(store->poll(), count);
  EXPECT_EQ(committed, evsrc::limits::group_commits);
  ASSERT_EQ(told.size(), count);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(code_of(store->commit(sample_commit())), errc::closed);
  EXPECT_FALSE(std::filesystem::exists(folder.file("store.db-wal"))) << "the file is still open";
}

TEST(closing, from_a_completion_of_the_stores_own_thread_lets_the_store_end) {
  work_folder const folder;
  auto store = open_store(folder.file());
  std::latch is_closed{1};
  store->submit(sample_commit(), [&](auto answer) {
    EXPECT_TRUE(answer) << error_of(answer);
    store->close(1s);
    is_closed.count_down();
  });
  is_closed.wait();
  store.reset();
  EXPECT_EQ(open_store(folder.file())->read({.stream = {"account", "42"}})->version(), 1U);
}

}  // namespace
}  // namespace evsrc_test
