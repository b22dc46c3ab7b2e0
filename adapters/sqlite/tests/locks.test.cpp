// SPDX-License-Identifier: Apache-2.0
// Several handles and programs at one file: nobody takes it away from under another.
#include "other_process.hpp"
#include "sample.hpp"

namespace evsrc_test {
namespace {

/// Whoever is alone with the file removes its log when it closes it.
bool opens_and_closes(std::string const& path) {
  return evsrc::sqlite::open(path, {.create = false}).has_value();
}

bool finds_events(std::string const& path, std::size_t count) {
  auto const store = evsrc::sqlite::open(path, {.create = false});
  auto const page = store ? (*store)->query({}) : evsrc::fail(store.error());
  return page && page->size() == count;
}

/// One program has the store open twice, another opens and closes it, the first one goes on.
void expect_commits_to_stay(evsrc::sqlite::options const& second_handle) {
  work_folder const folder;
  auto const path = folder.file();
  other_process guest{[&] { return opens_and_closes(path); }};
  other_process judge{[&] { return finds_events(path, 2); }};

  auto const store = open_store(path);
  ASSERT_TRUE(store->commit(sample_commit()));
  auto const beside = open_store(path, second_handle);
  ASSERT_TRUE(guest.run());
  ASSERT_TRUE(store->commit(sample_commit()));
  EXPECT_TRUE(judge.run()) << "an acknowledged commit is gone";
}

TEST(second_handle, for_reading_leaves_the_first_one_its_lock_on_the_file) {
  expect_commits_to_stay({.read_only = true});
}

TEST(second_handle, for_writing_leaves_the_first_one_its_lock_on_the_file) {
  expect_commits_to_stay({});
}

}  // namespace
}  // namespace evsrc_test
