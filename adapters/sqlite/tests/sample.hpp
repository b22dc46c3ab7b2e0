// SPDX-License-Identifier: Apache-2.0
// Commits and files that the tests here begin with.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/core/random.hpp"
#include "evsrc/sqlite/event_store.hpp"
#include "work_folder.hpp"

namespace evsrc_test {

inline evsrc::new_event sample_event(std::string payload = "{}",
                                     std::vector<evsrc::event_tag> tags = {}) {
  evsrc::new_event made;
  made.name = "account.deposited";
  made.payload = std::move(payload);
  made.meta.time = evsrc::timestamp{std::chrono::seconds(1'700'000'000)};
  made.meta.id = evsrc::make_event_id(made.meta.time, evsrc::system_random());
  made.meta.tags = std::move(tags);
  return made;
}

inline evsrc::commit sample_commit(
    std::string key = "42", evsrc::expected_version expected = evsrc::expected_version::any(),
    std::size_t events = 1) {
  evsrc::append to{{"account", std::move(key)}, expected};
  for (std::size_t i = 0; i != events; ++i) to.events.push_back(sample_event());
  evsrc::commit made;
  made.appends.push_back(std::move(to));
  return made;
}

/// Fails the test where the store does not open.
inline std::unique_ptr<evsrc::sqlite::event_store> open_store(std::string const& path,
                                                              evsrc::sqlite::options with = {}) {
  auto opened = evsrc::sqlite::open(path, std::move(with));
  if (!opened) {
    ADD_FAILURE() << to_string(opened.error());
    return nullptr;
  }
  return std::move(*opened);
}

/// What the error of a failed call says; "" where it did not fail.
template <class T>
std::string error_of(evsrc::result<T> const& answer) {
  return answer ? std::string{} : to_string(answer.error());
}

template <class T>
evsrc::errc code_of(evsrc::result<T> const& answer) {
  EXPECT_FALSE(answer.has_value());
  return answer ? evsrc::errc{} : answer.error().code;
}

/// Another program at the same file.
inline void run_sql(std::string const& path, std::string const& sql) {
  sqlite3* file = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &file), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(file, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(file);
  sqlite3_close(file);
}

}  // namespace evsrc_test
