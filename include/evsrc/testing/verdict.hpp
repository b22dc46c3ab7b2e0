// SPDX-License-Identifier: Apache-2.0
// Whether something held, and if not, why: for any test framework.
#pragma once

#include <concepts>
#include <iosfwd>
#include <string>
#include <utility>

namespace evsrc::testing::inline v0 {

/// `EXPECT_TRUE(verdict)` prints the message; elsewhere use `if (!verdict)` and `message()`.
class [[nodiscard]] verdict {
 public:
  [[nodiscard]] static verdict holds() { return {}; }
  [[nodiscard]] static verdict fails(std::string why) {
    verdict made;
    made.holds_ = false;
    made.message_ = std::move(why);
    return made;
  }

  [[nodiscard]] explicit operator bool() const noexcept { return holds_; }
  /// Empty where it holds.
  [[nodiscard]] std::string const& message() const noexcept { return message_; }

  /// GoogleTest's AssertionResult, by its shape: this header includes no framework.
  template <class AssertionResult>
  requires std::constructible_from<AssertionResult, bool> &&
      requires(AssertionResult made, std::string text) {
    made << text;
    made.failure_message();
  }
  operator AssertionResult() const {  // NOLINT(google-explicit-constructor): EXPECT_TRUE asks so
    AssertionResult made(holds_);
    made << message_;
    return made;
  }

  friend std::ostream& operator<<(std::ostream& to, verdict const& judged);

 private:
  verdict() = default;

  bool holds_ = true;
  std::string message_;
};

}  // namespace evsrc::testing::inline v0
