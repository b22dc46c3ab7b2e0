// SPDX-License-Identifier: Apache-2.0
// A user's SQL in a commit: with the events or not at all, and never in evsrc's tables.
#include "evsrc/sqlite/transaction.hpp"

#include <functional>
#include <stdexcept>

#include "sample.hpp"

namespace evsrc_test {
namespace {

using evsrc::errc;
using evsrc::result;
using evsrc::sqlite::sql_row;
using evsrc::sqlite::transaction;

class transactions : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    store_ = GetParam() ? open_store(folder_.file())
                        : open_store(":memory:", {.durability = evsrc::sqlite::durability::memory});
    ASSERT_TRUE(store_->commit(sample_commit("0"), [](transaction& sql) -> result<void> {
      EVSRC_TRY(
          sql.exec("CREATE TABLE mine (n INTEGER PRIMARY KEY, text TEXT, real REAL, raw BLOB)"));
      return {};
    }));
  }
  std::int64_t count(std::string const& sql = "SELECT count(*) FROM mine") {
    std::int64_t found = -1;
    auto const done = store_->query_sql(sql, {}, [&](sql_row const& row) {
      found = row.integer(0);
      return true;
    });
    EXPECT_TRUE(done) << error_of(done);
    return found;
  }

  work_folder folder_;
  std::unique_ptr<evsrc::sqlite::event_store> store_;
};
INSTANTIATE_TEST_SUITE_P(on, transactions, ::testing::Bool(), [](auto const& of) {
  return std::string{of.param ? "a_file" : "memory"};
});

TEST_P(transactions, write_with_the_events) {
  auto const done = store_->commit(sample_commit("1"), [](transaction& sql) -> result<void> {
    auto const rows = sql.exec("INSERT INTO mine VALUES (?, ?, ?, ?), (2, NULL, NULL, NULL)",
                               {1, "text", 2.5, evsrc::bytes{std::byte{0}, std::byte{255}}});
    EVSRC_TRY(rows);
    EXPECT_EQ(*rows, 2);
    EXPECT_EQ(*sql.find_integer("SELECT max(version) FROM evsrc_events"), 1);
    EXPECT_EQ(*sql.find_integer("SELECT n FROM mine WHERE n = 77"), std::nullopt);
    return {};
  });
  ASSERT_TRUE(done) << error_of(done);
  auto const read =
      store_->query_sql("SELECT * FROM mine WHERE n = ?", {1}, [](sql_row const& row) {
        EXPECT_EQ(row.columns(), 4U);
        EXPECT_EQ(row.text(1), "text");
        EXPECT_EQ(row.real(2), 2.5);
        EXPECT_EQ(row.text(3).size(), 2U);
        EXPECT_FALSE(row.is_null(0));
        return true;
      });
  EXPECT_TRUE(read) << error_of(read);
}

TEST_P(transactions, that_answer_an_error_write_nothing) {
  auto const done = store_->commit(sample_commit("1"), [](transaction& sql) -> result<void> {
    EVSRC_TRY(sql.exec("INSERT INTO mine (n) VALUES (1)"));
    return evsrc::fail(errc::cancelled, "no");
  });
  EXPECT_EQ(code_of(done), errc::cancelled);
  EXPECT_EQ(done.error().effect, evsrc::effect::none);
  EXPECT_EQ(count(), 0);
  EXPECT_EQ(store_->read({.stream = {"account", "1"}})->version(), 0U);
  auto const next = store_->commit(sample_commit("1", evsrc::expected_version::none()));
  ASSERT_TRUE(next) << error_of(next);
  EXPECT_EQ(next->versions.front(), 1U);
}

TEST_P(transactions, that_throw_write_nothing) {
  auto const done = store_->commit(sample_commit("1"), [](transaction& sql) -> result<void> {
    EVSRC_TRY(sql.exec("INSERT INTO mine (n) VALUES (1)"));
    throw std::runtime_error("oh");
  });
  EXPECT_EQ(code_of(done), errc::handler_failed);
  EXPECT_NE(error_of(done).find("oh"), std::string::npos);
  EXPECT_EQ(count(), 0);
}

TEST_P(transactions, reach_neither_the_transaction_nor_the_tables_of_evsrc) {
  char const* const refused[] = {
      "COMMIT",
      "ROLLBACK",
      "SAVEPOINT x",
      "RELEASE evsrc_member",
      "PRAGMA synchronous = OFF",
      "ATTACH 'other.db' AS other",
      "INSERT INTO evsrc_streams (category, key) VALUES ('a', 'b')",
      "UPDATE evsrc_events SET payload = 'x'",
      "DELETE FROM EVSRC_EVENTS",
      "DROP TABLE evsrc_once",
      "ALTER TABLE evsrc_events ADD COLUMN more",
      "CREATE INDEX my_index ON evsrc_events (time)",
      "DROP INDEX evsrc_events_by_kind",
      "CREATE TRIGGER mine_too AFTER INSERT ON evsrc_events BEGIN DELETE FROM mine; END",
      "CREATE TEMP TRIGGER mine_too AFTER INSERT ON evsrc_events BEGIN DELETE FROM mine; END",
      "CREATE TEMP TABLE evsrc_events (x)",
      "CREATE TABLE evsrc_more (x)",
      "REPLACE INTO evsrc_checkpoints VALUES ('x', 1)",
      "UPDATE sqlite_schema SET sql = ''",
      "DELETE FROM sqlite_sequence",
      "UPDATE SQLITE_SEQUENCE SET seq = 0",
      "INSERT INTO sqlite_sequence VALUES ('evsrc_outbox', 7)",
      "DROP TABLE evsrc_outbox"};
  for (auto const* const sql : refused) {
    auto const done = store_->commit(sample_commit("1"), [sql](transaction& in) -> result<void> {
      EVSRC_TRY(in.exec(sql));
      return {};
    });
    EXPECT_FALSE(done) << sql;
  }
  // A detour over a trigger of one's own is no way around.
  auto const trigger = store_->commit(sample_commit("1"), [](transaction& sql) -> result<void> {
    EVSRC_TRY(
        sql.exec("CREATE TRIGGER detour AFTER INSERT ON mine BEGIN"
                 " DELETE FROM evsrc_events; END"));
    EVSRC_TRY(sql.exec("INSERT INTO mine (n) VALUES (1)"));
    return {};
  });
  EXPECT_EQ(code_of(trigger), errc::permission_denied) << error_of(trigger);
  EXPECT_EQ(store_->read({.stream = {"account", "1"}})->version(), 0U);
  EXPECT_EQ(store_->read({.stream = {"account", "0"}})->version(), 1U);
  EXPECT_TRUE(store_->check_integrity());
}

TEST_P(transactions, that_roll_everything_back_fail_alone) {
  auto const done = store_->commit(sample_commit("1"), [](transaction& sql) -> result<void> {
    EVSRC_TRY(sql.exec("INSERT INTO mine (n) VALUES (1)"));
    EVSRC_TRY(sql.exec("INSERT OR ROLLBACK INTO mine (n) VALUES (1)"));
    return {};
  });
  EXPECT_EQ(code_of(done), errc::handler_failed) << error_of(done);
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(store_->commit(sample_commit("1")));
}

TEST_P(transactions, that_were_rolled_back_run_nothing_more) {
  ASSERT_TRUE(store_->commit(sample_commit("0"), [](transaction& sql) -> result<void> {
    EVSRC_TRY(sql.exec("INSERT INTO mine (n) VALUES (1), (7)"));
    EVSRC_TRY(
        sql.exec("CREATE TRIGGER never_9 BEFORE INSERT ON mine WHEN new.n = 9 BEGIN"
                 " SELECT raise(ROLLBACK, 'no 9'); END"));
    return {};
  }));
  std::function<result<void>(transaction&)> const endings[] = {
      [](transaction& sql) -> result<void> {
        EVSRC_TRY(sql.exec("INSERT OR ROLLBACK INTO mine (n) VALUES (1)"));
        return {};
      },
      [](transaction& sql) -> result<void> {
        EVSRC_TRY(sql.exec("INSERT INTO mine (n) VALUES (9)"));
        return {};
      },
      [](transaction& sql) -> result<void> {
        return sql.query("INSERT OR ROLLBACK INTO mine (n) VALUES (1) RETURNING n", {},
                         [](sql_row const&) { return true; });
      },
      [](transaction& sql) -> result<void> {
        // The rows of a query end with the transaction that they were read in.
        return sql.query("SELECT n FROM mine ORDER BY n", {}, [&](sql_row const&) {
          EXPECT_FALSE(sql.exec("INSERT OR ROLLBACK INTO mine (n) VALUES (1)"));
          return true;
        });
      }};
  for (auto const& rolls_back : endings) {
    auto const done = store_->commit(sample_commit("1"), [&](transaction& sql) -> result<void> {
      EXPECT_EQ(code_of(rolls_back(sql)), errc::handler_failed);
      EXPECT_EQ(code_of(sql.exec("INSERT INTO mine (n) VALUES (2)")), errc::handler_failed);
      EXPECT_EQ(code_of(sql.exec("CREATE TABLE more (n)")), errc::handler_failed);
      EXPECT_EQ(code_of(sql.query("INSERT INTO mine (n) VALUES (3) RETURNING n", {},
                                  [](sql_row const&) { return true; })),
                errc::handler_failed);
      return {};
    });
    EXPECT_EQ(code_of(done), errc::handler_failed) << error_of(done);
    EXPECT_EQ(count(), 2);
    EXPECT_EQ(count("SELECT count(*) FROM sqlite_schema WHERE name = 'more'"), 0);
  }
  EXPECT_EQ(store_->read({.stream = {"account", "1"}})->version(), 0U);
  EXPECT_TRUE(store_->commit(sample_commit("1")));
}

TEST_P(transactions, may_number_rows_of_their_own) {
  auto const done = store_->commit(sample_commit("1"), [](transaction& sql) -> result<void> {
    EVSRC_TRY(sql.exec("CREATE TABLE numbered (n INTEGER PRIMARY KEY AUTOINCREMENT, text)"));
    EVSRC_TRY(sql.exec("INSERT INTO numbered (text) VALUES ('a'), ('b')"));
    EVSRC_TRY(sql.exec("CREATE TEMP TABLE for_now (n INTEGER PRIMARY KEY AUTOINCREMENT)"));
    EVSRC_TRY(sql.exec("DROP TABLE for_now"));
    EVSRC_TRY(sql.exec("ALTER TABLE numbered RENAME TO renamed"));
    EVSRC_TRY(sql.exec("DELETE FROM renamed"));
    EVSRC_TRY(sql.exec("INSERT INTO renamed (text) VALUES ('c')"));
    EXPECT_EQ(*sql.find_integer("SELECT n FROM renamed"), 3);
    EVSRC_TRY(sql.exec("DROP TABLE renamed"));
    EXPECT_EQ(*sql.find_integer("SELECT count(*) FROM sqlite_sequence WHERE name LIKE '%n%med'"),
              0);
    return {};
  });
  EXPECT_TRUE(done) << error_of(done);
}

TEST_P(transactions, say_what_is_wrong_with_a_statement) {
  auto const try_sql = [&](std::string sql) {
    return store_->commit(sample_commit("1"), [&](transaction& in) -> result<void> {
      EVSRC_TRY(in.exec(sql));
      return {};
    });
  };
  EXPECT_EQ(code_of(try_sql("INSERT INTO nowhere VALUES (1)")), errc::invalid_argument);
  EXPECT_EQ(code_of(try_sql("")), errc::invalid_argument);
  EXPECT_EQ(code_of(try_sql("SELECT 1; SELECT 2")), errc::invalid_argument);
  EXPECT_EQ(code_of(try_sql("SELECT ?")), errc::invalid_argument);
  ASSERT_TRUE(try_sql("INSERT INTO mine (n) VALUES (1);"));
  EXPECT_EQ(code_of(try_sql("INSERT INTO mine (n) VALUES (1)")), errc::invalid_argument);
}

TEST_P(transactions, are_not_run_for_a_duplicate) {
  auto what = sample_commit("1");
  what.once.push_back({"scope", "key", "print", "outcome"});
  int runs = 0;
  for (int i = 0; i != 2; ++i) {
    auto const done = store_->commit(what, [&](transaction&) -> result<void> {
      ++runs;
      return {};
    });
    ASSERT_TRUE(done);
    EXPECT_EQ(done->duplicate, i == 1);
  }
  EXPECT_EQ(runs, 1);
}

TEST_P(transactions, cannot_call_the_store_and_wait_for_themselves) {
  auto const done = store_->commit(sample_commit("1"), [&](transaction&) -> result<void> {
    EVSRC_TRY(store_->commit(sample_commit("2")));
    return {};
  });
  EXPECT_EQ(code_of(done), errc::invalid_argument);
}

TEST_P(transactions, query_sql_does_not_write) {
  auto const nothing = [](sql_row const&) { return true; };
  EXPECT_FALSE(store_->query_sql("INSERT INTO mine (n) VALUES (9)", {}, nothing));
  EXPECT_FALSE(store_->query_sql("PRAGMA user_version = 5", {}, nothing));
  EXPECT_FALSE(store_->query_sql("DELETE FROM evsrc_events", {}, nothing));
  EXPECT_EQ(count(), 0);
}

}  // namespace
}  // namespace evsrc_test
