// SPDX-License-Identifier: Apache-2.0
// The checks as GoogleTest tests.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/testing/contracts.hpp"

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

namespace evsrc::testing::inline v0 {
namespace {

class check_test final : public ::testing::Test {
 public:
  check_test(event_store_check check, contract_setting setting)
      : check_(check), setting_(std::move(setting)) {}
  void TestBody() override {
    auto const said = check_.run(setting_);
    EXPECT_TRUE(said) << check_.guarantee << ": " << said.message();
  }

 private:
  event_store_check check_;
  contract_setting setting_;
};

std::size_t number_from(char const* variable, std::size_t otherwise) {
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

}  // namespace

void register_event_store_contract(std::string const& name, store_place_factory make_place,
                                   event_store_features features) {
  contract_setting setting{std::move(make_place), features};
  auto const rounds = number_from("EVSRC_ROUNDS", EVSRC_UNDER_TSAN ? 50 : setting.rounds);
  setting.rounds = rounds * number_from("EVSRC_SOAK", 1);

  auto const suite = name + "_event_store";
  std::vector<std::string> left_out;
  for (auto const& check : event_store_checks()) {
    auto const test = std::string(check.guarantee) + "_" + std::string(check.name);
    if (!covers(features, check)) {
      left_out.push_back(std::string("not covered: ").append(suite).append(".").append(test));
      continue;
    }
#ifndef __clang_analyzer__  // which takes GoogleTest's own registry for a leak
    ::testing::RegisterTest(
        suite.c_str(), test.c_str(), nullptr, nullptr, __FILE__, __LINE__,
        [check, setting]() -> ::testing::Test* { return new check_test(check, setting); });
#endif
  }
  auto* const last_word = new not_covered(std::move(left_out));
  last_word->print();
  ::testing::AddGlobalTestEnvironment(last_word);
}

}  // namespace evsrc::testing::inline v0
