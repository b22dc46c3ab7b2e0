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

/// Takes from a file of today what version 6 added, and says that it is of `version`.
std::string make_older(int version) {
  return "ALTER TABLE evsrc_bus_numbers DROP COLUMN expired;"
         "ALTER TABLE evsrc_bus_numbers DROP COLUMN received_and_deleted;"
         "PRAGMA user_version = " +
         std::to_string(version);
}

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

/// Properties as version 1 wrote them: count, then names and texts, each behind its length.
constexpr char const* rows_of_version_1 =
    "INSERT INTO evsrc_outbox VALUES"
    " (7, 'a', 'orders', 'customer-7', 'order.created', 2, 0, 'application/json', 'c', 'd', 't',"
    "  x'0201620132016105' || CAST('hello' AS BLOB), x'7B7D'),"
    " (9, 'b', 'orders', 'customer-8', '', 1, 50, '', '', '', '', x'', x'')";

TEST(schema, rows_of_version_1_keep_what_they_say_and_get_a_slot) {
  work_folder const folder;
  {
    auto file = open_file(folder.file());
    ASSERT_TRUE(migrate(file, evsrc::sqlite::detail::all_migrations().first(1)));
    auto const filled = file.run(rows_of_version_1);
    ASSERT_TRUE(filled) << error_of(filled);
  }
  auto const store = open_store(folder.file());
  ASSERT_NE(store, nullptr);
  EXPECT_EQ(store->report()->schema_version, 6);
  auto const rows = store->read_outbox({});
  ASSERT_TRUE(rows) << error_of(rows);
  ASSERT_EQ(rows->size(), 2U);
  auto const& first = rows->front();
  EXPECT_EQ(first.sequence, 7U);
  EXPECT_EQ(first.message.key, "customer-7");
  EXPECT_EQ(first.message.properties,
            (evsrc::property_list{{"b", std::string("2")}, {"a", std::string("hello")}}));
  EXPECT_EQ(first.message.time_to_live, evsrc::no_time_to_live);
  EXPECT_TRUE(rows->back().message.properties.empty());

  evsrc::due_read mine{.slots = {}};
  mine.slots.set(evsrc::outbox_slot("orders", "customer-7"));
  auto const due = store->read_due(mine);
  ASSERT_TRUE(due) << error_of(due);
  ASSERT_EQ(due->size(), 1U);
  EXPECT_EQ(due->front().message, first.message);

  evsrc::commit next;
  next.messages = {{{"c"}, "orders"}};
  next.handed_on = {9};
  ASSERT_TRUE(store->commit(next));
  EXPECT_EQ(store->read_outbox({.after = 7})->front().sequence, 10U);
}

TEST(schema, rows_of_version_2_wait_and_can_be_refused) {
  work_folder const folder;
  {
    auto file = open_file(folder.file());
    ASSERT_TRUE(migrate(file, evsrc::sqlite::detail::all_migrations().first(2)));
    auto const filled = file.run(
        "INSERT INTO evsrc_outbox VALUES (7, 'a', 'orders', 'k', 't', 1, 0, '', '', '', '', x'00',"
        " x'7B7D', 3, NULL, 50)");
    ASSERT_TRUE(filled) << error_of(filled);
  }
  auto const store = open_store(folder.file());
  ASSERT_NE(store, nullptr);
  auto const due = store->read_due({});
  ASSERT_TRUE(due) << error_of(due);
  ASSERT_EQ(due->size(), 1U);
  EXPECT_TRUE(store->read_refused({})->empty());
  evsrc::commit give_up;
  give_up.refused = {{7, "not_found"}};
  ASSERT_TRUE(store->commit(give_up));
  EXPECT_TRUE(store->read_due({})->empty());
  EXPECT_EQ(store->read_refused({})->at(0).row.message.id.value, "a");
}

/// Version 3 had tags under other numbers: here one that nothing has any more.
TEST(schema, events_of_version_3_are_found_by_their_tags) {
  work_folder const folder;
  auto const& known = evsrc::sqlite::detail::all_migrations();
  {
    auto what = sample_commit();
    what.appends[0].events[0].meta.tags = {{"sku", "85123A"}, {"sku", "85123B"}};
    ASSERT_TRUE(open_store(folder.file())->commit(what));
    auto file = open_file(folder.file());
    ASSERT_TRUE(file.run(("UPDATE evsrc_tags SET tag = tag + 1;" + make_older(3)).c_str()));
    EXPECT_EQ(*inspect_file(file, known), file_state::older);
  }
  auto const store = open_store(folder.file());
  ASSERT_NE(store, nullptr);
  for (auto const* sku : {"85123A", "85123B"}) {
    auto const found = store->query({.scope = evsrc::query{.items = {{.tags = {{"sku", sku}}}}}});
    ASSERT_TRUE(found) << error_of(found);
    EXPECT_EQ(found->size(), 1U);
  }
  auto file = open_file(folder.file());  // beside the store, which has written all
  EXPECT_EQ(*file.read_integer("SELECT count(*) FROM evsrc_tags"), 2);
}

TEST(schema, rows_of_version_4_get_one_spelling_of_their_entity_and_of_at_once) {
  work_folder const folder;
  {
    auto file = open_file(folder.file());
    ASSERT_TRUE(migrate(file, evsrc::sqlite::detail::all_migrations().first(4)));
    auto const filled = file.run(
        "INSERT INTO evsrc_outbox VALUES"
        " (7, 'timer', 'Orders', 'k', '', 1, 70, '', '', '', '', x'00', x'', 3, NULL, 50, NULL,"
        "  NULL, NULL, NULL),"
        " (8, 'passed', 'ORDERS', 'k', '', 1, 20, '', '', '', '', x'00', x'', 3, NULL, 60, NULL,"
        "  NULL, NULL, NULL),"
        " (9, 'dead', 'Mail', 'k', '', 1, 0, '', '', '', '', x'00', x'', 3, NULL, 60, 61,"
        "  'not_found', '', 1)");
    ASSERT_TRUE(filled) << error_of(filled);
  }
  auto const store = open_store(folder.file());
  ASSERT_NE(store, nullptr);
  evsrc::due_read mine{.slots = {}, .due_by = evsrc::timestamp{std::chrono::microseconds{99}}};
  mine.slots.set(evsrc::outbox_slot("orders", "k"));
  auto const due = store->read_due(mine);
  ASSERT_TRUE(due) << error_of(due);
  ASSERT_EQ(due->size(), 2U);
  EXPECT_EQ(due->at(0).message.id.value, "passed");
  EXPECT_EQ(due->at(0).message.not_before, evsrc::timestamp{});
  EXPECT_EQ(due->at(1).message.id.value, "timer");
  EXPECT_EQ(due->at(1).message.destination, "orders");
  EXPECT_EQ(store->read_refused({})->at(0).row.message.destination, "mail");
}

TEST(schema, a_row_of_version_1_that_does_not_decode_leaves_the_file_as_it_was) {
  work_folder const folder;
  auto const& known = evsrc::sqlite::detail::all_migrations();
  {
    auto file = open_file(folder.file());
    ASSERT_TRUE(migrate(file, known.first(1)));
    ASSERT_TRUE(file.run(rows_of_version_1));
    ASSERT_TRUE(file.run("UPDATE evsrc_outbox SET properties = x'0201' WHERE sequence = 7"));
    EXPECT_EQ(code_of(migrate(file, known)), evsrc::errc::corrupt);
    EXPECT_EQ(*inspect_file(file, known.first(1)), file_state::current);
  }
}

TEST(schema, reserves_room_for_what_comes_later) {
  work_folder const folder;
  open_store(folder.file()).reset();
  run_sql(folder.file(), "SELECT state, truncate_before, tenant FROM evsrc_streams");
}

TEST(schema, is_not_changed_under_a_store_that_is_open) {
  work_folder const folder;
  for (bool const read_only : {false, true}) {
    open_store(folder.file()).reset();
    auto store = open_store(folder.file(), {.read_only = read_only});
    run_sql(folder.file(), make_older(4));
    auto const refused = evsrc::sqlite::open(folder.file());
    EXPECT_EQ(code_of(refused), evsrc::errc::unavailable) << error_of(refused);
    EXPECT_NE(error_of(refused).find("close it"), std::string::npos) << error_of(refused);
    EXPECT_TRUE(store->query({}));
    store.reset();
    EXPECT_TRUE(open_store(folder.file())->commit(sample_commit()));
  }
}

TEST(schema, that_became_newer_stops_the_store) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  ASSERT_TRUE(store->commit(sample_commit()));
  run_sql(folder.file(), "PRAGMA user_version = 900");
  auto const refused = store->commit(sample_commit());
  EXPECT_EQ(code_of(refused), evsrc::errc::newer_version) << error_of(refused);
  EXPECT_EQ(refused.error().effect, evsrc::effect::none);
  run_sql(folder.file(), "PRAGMA user_version = 6");
  EXPECT_TRUE(store->commit(sample_commit()));
}

}  // namespace
}  // namespace evsrc_test
