// SPDX-License-Identifier: Apache-2.0
// Older files are brought up to date, step by step or not at all.
#include "schema.hpp"

#include "sample.hpp"

namespace evsrc_test {
namespace {

using evsrc::sqlite::detail::connection;
using evsrc::sqlite::detail::file_state;
using evsrc::sqlite::detail::inspect_file;
using evsrc::sqlite::detail::migrate;
using evsrc::sqlite::detail::migration;

constexpr migration two_steps[] = {{0, "CREATE TABLE evsrc_a (x); INSERT INTO evsrc_a VALUES (1)"},
                                   {1, "ALTER TABLE evsrc_a ADD COLUMN y DEFAULT 5"}};
constexpr std::span<migration const> first_step{two_steps, 1};

connection open_file(std::string const& path) {
  auto opened = connection::open({.path = path, .create = true});
  EXPECT_TRUE(opened) << error_of(opened);
  return std::move(*opened);
}

TEST(schema, an_older_file_gets_what_it_lacks_and_keeps_what_it_has) {
  work_folder const folder;
  auto file = open_file(folder.file());
  ASSERT_TRUE(migrate(file, first_step));
  ASSERT_TRUE(file.run("UPDATE evsrc_a SET x = 7"));
  auto const before = inspect_file(file, two_steps);
  ASSERT_TRUE(before) << error_of(before);
  EXPECT_EQ(*before, file_state::older);

  ASSERT_TRUE(migrate(file, two_steps));
  EXPECT_EQ(*inspect_file(file, two_steps), file_state::current);
  EXPECT_EQ(*file.read_integer("SELECT x + y FROM evsrc_a"), 12);
  EXPECT_EQ(code_of(inspect_file(file, first_step)), evsrc::errc::newer_version);
}

TEST(schema, a_step_that_fails_leaves_the_file_as_it_was) {
  work_folder const folder;
  auto file = open_file(folder.file());
  ASSERT_TRUE(migrate(file, first_step));
  constexpr migration broken[] = {
      two_steps[0], two_steps[1], {2, "CREATE TABLE evsrc_b (x); INSERT INTO nowhere VALUES (1)"}};
  EXPECT_FALSE(migrate(file, broken));
  EXPECT_EQ(*inspect_file(file, first_step), file_state::current);
  EXPECT_EQ(*file.read_integer("SELECT count(*) FROM pragma_table_info('evsrc_a')"), 1);
  EXPECT_EQ(*file.read_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'evsrc_b'"), 0);
}

TEST(schema, an_interrupted_creation_is_begun_again) {
  work_folder const folder;
  run_sql(folder.file(), "PRAGMA journal_mode = WAL");  // a header and nothing else
  auto const store = open_store(folder.file());
  EXPECT_TRUE(store->commit(sample_commit()));
}

TEST(schema, reserves_room_for_what_comes_later) {
  work_folder const folder;
  open_store(folder.file()).reset();
  run_sql(folder.file(), "SELECT state, truncate_before, tenant FROM evsrc_streams");
}

}  // namespace
}  // namespace evsrc_test
