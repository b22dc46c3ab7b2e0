// SPDX-License-Identifier: Apache-2.0
// Files that are not a store, not any more, or not for us: each is refused with a reason.
#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "other_process.hpp"
#include "sample.hpp"
#include "simulated_disk.hpp"

namespace evsrc_test {
namespace {

namespace fs = std::filesystem;
using evsrc::errc;

std::string read_file(std::string const& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void write_file(std::string const& path, std::string const& content) {
  std::ofstream{path, std::ios::binary} << content;
}

/// A store with a few hundred events, closed.
void make_store(std::string const& path) {
  auto const store = open_store(path);
  for (int i = 0; i != 40; ++i) {
    auto const done =
        store->commit(sample_commit(std::to_string(i), evsrc::expected_version::none(), 10));
    ASSERT_TRUE(done) << error_of(done);
  }
}

TEST(bad_file, a_text_is_foreign_and_stays_as_it_is) {
  work_folder const folder;
  write_file(folder.file(), std::string(5'000, 'x'));
  auto const opened = evsrc::sqlite::open(folder.file());
  EXPECT_EQ(code_of(opened), errc::foreign_file) << error_of(opened);
  EXPECT_EQ(read_file(folder.file()), std::string(5'000, 'x'));
}

TEST(bad_file, a_short_text_is_foreign) {
  work_folder const folder;
  write_file(folder.file(), "hello");
  EXPECT_EQ(code_of(evsrc::sqlite::open(folder.file())), errc::foreign_file);
}

TEST(bad_file, another_programs_database_is_foreign_and_stays_as_it_is) {
  work_folder const folder;
  run_sql(folder.file(), "CREATE TABLE notes (text)");
  auto const before = read_file(folder.file());
  auto const opened = evsrc::sqlite::open(folder.file());
  EXPECT_EQ(code_of(opened), errc::foreign_file) << error_of(opened);
  EXPECT_EQ(read_file(folder.file()), before);
}

TEST(bad_file, another_application_id_is_foreign) {
  work_folder const folder;
  run_sql(folder.file(), "PRAGMA application_id = 77; CREATE TABLE notes (text)");
  EXPECT_EQ(code_of(evsrc::sqlite::open(folder.file())), errc::foreign_file);
}

TEST(bad_file, a_newer_schema_is_refused_and_names_both_versions) {
  work_folder const folder;
  make_store(folder.file());
  run_sql(folder.file(), "PRAGMA user_version = 900");
  auto const opened = evsrc::sqlite::open(folder.file());
  EXPECT_EQ(code_of(opened), errc::newer_version);
  EXPECT_NE(error_of(opened).find("900"), std::string::npos) << error_of(opened);
}

TEST(bad_file, a_damaged_header_is_corrupt) {
  work_folder const folder;
  make_store(folder.file());
  auto content = read_file(folder.file());
  content[3] = '?';
  write_file(folder.file(), content);
  auto const opened = evsrc::sqlite::open(folder.file());
  EXPECT_EQ(code_of(opened), errc::corrupt) << error_of(opened);
  EXPECT_EQ(read_file(folder.file()), content);
}

TEST(bad_file, a_truncated_file_is_corrupt) {
  work_folder const folder;
  make_store(folder.file());
  auto const content = read_file(folder.file());
  for (auto const size : {std::size_t{100}, std::size_t{511}, std::size_t{4'096},
                          content.size() / 2, content.size() - 4'096}) {
    write_file(folder.file(), content.substr(0, size));
    auto const opened = evsrc::sqlite::open(folder.file());
    EXPECT_EQ(code_of(opened), errc::corrupt) << size << ": " << error_of(opened);
  }
}

/// What a store says of each event, and of what they are found by.
std::optional<std::string> tell_all(evsrc::sqlite::event_store& store) {
  std::string told;
  auto const add = [&](evsrc::event_page const& page) {
    for (auto const& one : page)
      told.append(to_string(one.id))
          .append(one.category)
          .append(one.key)
          .append(one.name)
          .append(one.payload);
  };
  auto const all = store.query({.max_events = 10'000});
  auto const some = store.read({.stream = {"account", "7"}});
  auto const streams = store.streams({.category = "account"});
  if (!all || !some || !streams) return std::nullopt;
  add(*all);
  add(*some);
  return told + std::to_string(streams->size());
}

// Wherever one bit is wrong: no crash, and the check finds it or it changes nothing that is read.
TEST(bad_file, a_flipped_byte_never_crashes_and_is_found_in_every_event) {
  work_folder const folder;
  auto const path = folder.file();
  make_store(path);
  auto const content = read_file(path);
  auto const truth = tell_all(*open_store(path, {.read_only = true}));
  ASSERT_TRUE(truth);
  for (std::size_t at = 0; at < content.size(); at += 97) {
    auto damaged = content;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write_file(path, damaged);
    auto const opened = evsrc::sqlite::open(path, {.verify_reads = true});
    if (!opened) continue;
    bool const is_found = !(*opened)->check_integrity();
    auto const told = tell_all(**opened);
    EXPECT_TRUE(is_found || told == truth) << "byte " << at << " is wrong and nobody says so";
  }
}

TEST(bad_file, a_flipped_byte_of_a_payload_is_found_by_the_checksum) {
  work_folder const folder;
  auto const path = folder.file();
  {
    auto const store = open_store(path);
    evsrc::commit what;
    what.appends.push_back(
        {.stream = {"account", "1"}, .events = {sample_event("{\"cents\":1234}")}});
    ASSERT_TRUE(store->commit(std::move(what)));
  }
  auto content = read_file(path);
  auto const at = content.find("1234");
  ASSERT_NE(at, std::string::npos);
  content[at] = '9';
  write_file(path, content);
  auto const store = open_store(path, {.verify_reads = true});
  auto const checked = store->check_integrity();
  EXPECT_EQ(code_of(checked), errc::corrupt);
  EXPECT_NE(error_of(checked).find("position 1"), std::string::npos) << error_of(checked);
  EXPECT_EQ(code_of(store->read({.stream = {"account", "1"}})), errc::corrupt);
  EXPECT_EQ(code_of(store->query({})), errc::corrupt);
}

TEST(bad_file, events_whose_stream_is_missing_are_found) {
  work_folder const folder;
  make_store(folder.file());
  run_sql(folder.file(), "DELETE FROM evsrc_streams WHERE key = '7'");
  auto const checked = open_store(folder.file())->check_integrity();
  EXPECT_EQ(code_of(checked), errc::corrupt);
  EXPECT_NE(error_of(checked).find("10 events"), std::string::npos) << error_of(checked);
}

TEST(bad_file, what_the_index_of_tags_lacks_or_has_too_much_is_found) {
  char const* const damages[] = {
      "UPDATE evsrc_tags SET tag = tag + 1", "UPDATE evsrc_tags SET position = position + 7",
      "DELETE FROM evsrc_tags WHERE tag = (SELECT max(tag) FROM evsrc_tags)",
      "INSERT INTO evsrc_tags SELECT 1, min(position) FROM evsrc_events"};
  for (auto const* const damage : damages) {
    work_folder const folder;
    {
      auto const store = open_store(folder.file());
      auto tagged = sample_commit();
      // One tag that stands there twice is in the index once.
      tagged.appends.front().events.front().meta.tags = {{"sku", "1"}, {"sku", "1"}, {"of", "2"}};
      ASSERT_TRUE(store->commit(tagged));
      ASSERT_TRUE(store->commit(sample_commit()));
      EXPECT_TRUE(store->check_integrity());
    }
    run_sql(folder.file(), damage);
    auto const checked = open_store(folder.file())->check_integrity();
    EXPECT_EQ(code_of(checked), errc::corrupt) << damage;
    EXPECT_NE(error_of(checked).find("tag"), std::string::npos) << error_of(checked);
  }
}

TEST(bad_file, what_is_not_there_is_named) {
  work_folder const folder;
  auto const no_folder = evsrc::sqlite::open(folder.file("nowhere/store.db"));
  EXPECT_EQ(code_of(no_folder), errc::not_found);
  EXPECT_NE(error_of(no_folder).find("nowhere"), std::string::npos) << error_of(no_folder);
  EXPECT_EQ(code_of(evsrc::sqlite::open(folder.file(), {.create = false})), errc::not_found);
  EXPECT_EQ(code_of(evsrc::sqlite::open(folder.file(), {.read_only = true})), errc::not_found);
  EXPECT_EQ(code_of(evsrc::sqlite::open("")), errc::invalid_argument);
  EXPECT_EQ(code_of(evsrc::sqlite::open(std::string{"a\0b", 3})), errc::invalid_argument);
  EXPECT_EQ(code_of(evsrc::sqlite::open(folder.path().string())), errc::invalid_argument);
  EXPECT_EQ(code_of(evsrc::sqlite::open(":memory:")), errc::invalid_argument);
  EXPECT_FALSE(fs::exists(folder.file()));
}

/// A name that leads to a file which has none any more.
TEST(bad_file, without_a_path_of_its_own_is_no_temporary_database) {
  work_folder const folder;
  std::ofstream{folder.file()} << "";
  int const opened = ::open(folder.file().c_str(), O_RDONLY | O_CLOEXEC);
  fs::remove(folder.file());
  auto const path = "/proc/self/fd/" + std::to_string(opened);
  ASSERT_TRUE(fs::exists(path));
  for (bool const reads : {false, true}) {
    auto const store = evsrc::sqlite::open(path, {.read_only = reads});
    EXPECT_EQ(code_of(store), errc::io_failed);
    EXPECT_NE(error_of(store).find(path), std::string::npos) << error_of(store);
  }
  ::close(opened);
}

TEST(bad_file, a_file_system_without_shared_memory_is_refused) {
  work_folder const folder;
  simulated_disk disk;
  disk.without_shared_memory();
  auto const fresh = evsrc::sqlite::open(folder.file(), {.vfs = disk.name()});
  EXPECT_EQ(code_of(fresh), errc::unsupported) << error_of(fresh);
  make_store(folder.file("made.db"));
  auto const made = evsrc::sqlite::open(folder.file("made.db"), {.vfs = disk.name()});
  EXPECT_EQ(code_of(made), errc::unsupported) << error_of(made);
}

TEST(read_only, reads_and_refuses_to_write) {
  work_folder const folder;
  make_store(folder.file());
  auto const store = open_store(folder.file(), {.read_only = true});
  auto const page = store->query({.max_events = 10'000});
  ASSERT_TRUE(page) << error_of(page);
  EXPECT_EQ(page->size(), 400U);
  auto const refused = store->commit(sample_commit());
  EXPECT_EQ(code_of(refused), errc::read_only);
  EXPECT_EQ(refused.error().effect, evsrc::effect::none);
  EXPECT_EQ(code_of(store->save_snapshot({"account", "1"}, {})), errc::read_only);
}

TEST(read_only, reads_beside_a_writer) {
  work_folder const folder;
  auto const writer = open_store(folder.file());
  ASSERT_TRUE(writer->commit(sample_commit()));
  auto const store = open_store(folder.file(), {.read_only = true});
  ASSERT_TRUE(writer->commit(sample_commit()));
  auto const page = store->query({});
  ASSERT_TRUE(page) << error_of(page);
  EXPECT_EQ(page->size(), 2U);
}

/// Permissions stop nobody who is root: a program that is not.
bool runs_as_a_user(std::function<bool()> work) {
  other_process user{[&] { return (::geteuid() != 0 || ::seteuid(65'534) == 0) && work(); }};
  return user.run();
}
bool has_users() {
  return runs_as_a_user([] { return true; });
}

template <class T>
bool is_refused(evsrc::result<T> const& answer, errc why) {
  return !answer && answer.error().code == why;
}

TEST(read_only, opens_in_a_folder_that_cannot_be_written) {
  if (!has_users()) GTEST_SKIP() << "root cannot become another user here";
  work_folder const folder;
  auto const path = folder.file();
  make_store(path);
  fs::permissions(folder.path(), fs::perms{0555});
  EXPECT_TRUE(runs_as_a_user([&] { return bool{evsrc::sqlite::open(path, {.read_only = true})}; }));
  EXPECT_TRUE(runs_as_a_user(
      [&] { return is_refused(evsrc::sqlite::open(path), errc::permission_denied); }));
  fs::permissions(folder.path(), fs::perms::owner_all);
}

TEST(read_only, is_what_a_file_is_that_cannot_be_written) {
  if (!has_users()) GTEST_SKIP() << "root cannot become another user here";
  work_folder const folder;
  auto const path = folder.file();
  make_store(path);
  fs::permissions(folder.path(), fs::perms::all);
  fs::permissions(path + "-evsrc-lock", fs::perms{0666});
  fs::permissions(path, fs::perms{0444});
  auto const before = read_file(path);
  EXPECT_TRUE(runs_as_a_user([&] {
    auto const store = evsrc::sqlite::open(path);
    return is_refused(store, errc::read_only) ||
           (store && is_refused((*store)->commit(sample_commit()), errc::read_only));
  }));
  EXPECT_TRUE(runs_as_a_user([&] {
    auto const store = evsrc::sqlite::open(path, {.read_only = true});
    return store && (*store)->query({}).has_value();
  }));
  EXPECT_EQ(read_file(path), before);
}

}  // namespace
}  // namespace evsrc_test
