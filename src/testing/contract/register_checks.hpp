// SPDX-License-Identifier: Apache-2.0
// Lists of checks as GoogleTest tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evsrc/testing/verdict.hpp"

#if defined(__SANITIZE_THREAD__)
#define EVSRC_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define EVSRC_UNDER_TSAN 1
#endif
#endif
#ifndef EVSRC_UNDER_TSAN
#define EVSRC_UNDER_TSAN 0
#endif

namespace evsrc::testing::inline v0::detail {

template <class Check, class Setting>
class check_test final : public ::testing::Test {
 public:
  check_test(Check check, std::string promise, Setting setting)
      : check_(check), promise_(std::move(promise)), setting_(std::move(setting)) {}
  void TestBody() override {
    auto const said = check_.run(setting_);
    EXPECT_TRUE(said) << promise_ << ": " << said.message();
  }

 private:
  Check check_;
  std::string promise_;
  Setting setting_;
};

inline std::size_t number_from(char const* variable, std::size_t otherwise) {
  char const* const text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): before threads
  if (text == nullptr) return otherwise;
  auto const number = std::strtoull(text, nullptr, 10);
  return number > 0 ? static_cast<std::size_t>(number) : otherwise;
}

/// Says again at the end what this run did not look at.
class not_covered final : public ::testing::Environment {
 public:
  explicit not_covered(std::vector<std::string> lines) : lines_(std::move(lines)) {}
  void print() const {
    for (auto const& line : lines_) std::printf("%s\n", line.c_str());
    static_cast<void>(std::fflush(stdout));
  }
  void TearDown() override { print(); }

 private:
  std::vector<std::string> lines_;
};

/// Test names hold letters, digits and underscores.
inline std::string in_test_name(std::string_view promise) {
  std::string made{promise};
  for (auto& letter : made)
    if (letter == ' ' || letter == '.') letter = '_';
  return made;
}

/// `promise_of` tells what a check is about. Checks that the setting's features do not allow are
/// printed.
template <class Check, class Setting>
void register_checks(std::string const& suite, std::span<Check const> checks,
                     std::string_view Check::*promise_of, Setting setting) {
  auto const rounds = number_from("EVSRC_ROUNDS", EVSRC_UNDER_TSAN ? 50 : setting.rounds);
  setting.rounds = rounds * number_from("EVSRC_SOAK", 1);

  std::vector<std::string> left_out;
  for (auto const& check : checks) {
    std::string const promise{check.*promise_of};
    auto const test = in_test_name(promise) + "_" + std::string(check.name);
    if (!covers(setting.features, check)) {
      left_out.push_back(std::string("not covered: ").append(suite).append(".").append(test));
      continue;
    }
#ifndef __clang_analyzer__  // which takes GoogleTest's own registry for a leak
    ::testing::RegisterTest(suite.c_str(), test.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [check, promise, setting]() -> ::testing::Test* {
                              return new check_test<Check, Setting>(check, promise, setting);
                            });
#endif
  }
  auto* const last_word = new not_covered(std::move(left_out));
  last_word->print();
  ::testing::AddGlobalTestEnvironment(last_word);
}

}  // namespace evsrc::testing::inline v0::detail
