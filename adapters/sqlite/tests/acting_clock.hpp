// SPDX-License-Identifier: Apache-2.0
// A clock at whose sleeps a test acts, and a foreign writer that makes the store sleep.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "evsrc/core/clock.hpp"

namespace evsrc_test {

/// Stands still but for sleeps, which take no time.
class acting_clock final : public evsrc::clock {
 public:
  void at_next_sleep(std::function<void()> act) { act_ = std::move(act); }
  void advance(std::chrono::microseconds duration) { elapsed_us_ += duration.count(); }

  [[nodiscard]] evsrc::timestamp now() noexcept override { return evsrc::system_clock().now(); }
  [[nodiscard]] steady_time steady() noexcept override {
    return steady_time{std::chrono::microseconds{elapsed_us_.load()}};
  }
  void sleep(std::chrono::microseconds duration) override {
    advance(duration);
    if (auto const act = std::exchange(act_, {})) act();
  }

 private:
  std::function<void()> act_;
  std::atomic<std::int64_t> elapsed_us_ = 0;
};

/// Another program that is in the middle of a transaction.
class foreign_writer {
 public:
  explicit foreign_writer(std::string const& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &file_), SQLITE_OK);
  }
  foreign_writer(foreign_writer const&) = delete;
  foreign_writer& operator=(foreign_writer const&) = delete;
  ~foreign_writer() { sqlite3_close(file_); }
  void begin() { run("BEGIN IMMEDIATE"); }
  void end() { run("ROLLBACK"); }

 private:
  void run(char const* sql) {
    EXPECT_EQ(sqlite3_exec(file_, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(file_);
  }
  sqlite3* file_ = nullptr;
};

}  // namespace evsrc_test
