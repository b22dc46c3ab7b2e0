// SPDX-License-Identifier: Apache-2.0
// Whose rows this thread is handing to a user's function.
#pragma once

namespace evsrc::sqlite::inline v0::detail {

/// On the stack around a user's function that is given rows. What the function then asks the same
/// store for would wait for the connection that this thread has.
class rows_in_hand {
 public:
  explicit rows_in_hand(void const* of) noexcept : of_(of), outer_(innermost_) {
    innermost_ = this;
  }
  rows_in_hand(rows_in_hand const&) = delete;
  rows_in_hand& operator=(rows_in_hand const&) = delete;
  ~rows_in_hand() { innermost_ = outer_; }

  [[nodiscard]] static bool are_of(void const* of) noexcept {
    auto const* one = innermost_;
    while (one != nullptr && one->of_ != of) one = one->outer_;
    return one != nullptr;
  }
  static constexpr char const* advice =
      "a call from within the rows of query_sql would wait for itself: collect them first";

 private:
  static inline constinit thread_local rows_in_hand const* innermost_ = nullptr;

  void const* of_;
  rows_in_hand const* outer_;
};

}  // namespace evsrc::sqlite::inline v0::detail
