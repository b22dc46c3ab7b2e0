// SPDX-License-Identifier: Apache-2.0
// Writes JSON at the end of a string, through a pointer that grows it in steps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "evsrc/core/limits.hpp"
#include "evsrc/core/money.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/core/timestamp.hpp"

namespace evsrc::inline v0::detail {

/// The first failure is kept; what is written after it does not matter.
class json_printer {
 public:
  json_printer(std::string& out, std::size_t max_bytes);
  json_printer(json_printer const&) = delete;
  json_printer& operator=(json_printer const&) = delete;
  ~json_printer() = default;

  /// Cuts the string to what was written or, after a failure, to what it held before.
  [[nodiscard]] result<void> finish();
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  void fail(std::string reason, errc code = errc::invalid_argument);

  /// One level of nesting, counted as the scanner counts it: what is written can be read again.
  /// False where it is one too many; the failure is noted, and nothing below is to be written.
  class level {
   public:
    explicit level(json_printer& of) : of_(of), is_allowed_(of.depth_ != limits::json_depth) {
      ++of.depth_;
      if (!is_allowed_) of.fail_depth();
    }
    level(level const&) = delete;
    level& operator=(level const&) = delete;
    ~level() { --of_.depth_; }
    [[nodiscard]] explicit operator bool() const noexcept { return is_allowed_; }

   private:
    json_printer& of_;
    bool is_allowed_;
  };

  void put(char c) {
    reserve(1);
    *at_++ = c;
  }
  void put_raw(std::string_view text) {
    reserve(text.size());
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  /// `separator`, then the key, given with its quotes and colon.
  template <std::size_t Size>
  void put_key(char separator, std::array<char, Size> const& key) {
    reserve(Size + 1);
    *at_ = separator;
    std::memcpy(at_ + 1, key.data(), Size);
    at_ += Size + 1;
  }
  void put_bool(bool value) { put_raw(value ? "true" : "false"); }
  void put_null() { put_raw("null"); }
  void put_integer(std::int64_t value);
  void put_unsigned(std::uint64_t value);
  void put_double(double value);
  void put_float(float value);
  void put_money(money value);
  /// Quotes and escapes; fails on invalid UTF-8.
  void put_string(std::string_view text);
  void put_timestamp(timestamp value);
  void put_date(std::chrono::year_month_day value);
  /// JSON from elsewhere: fails unless it is one value by the rules of the scanner, at this depth.
  void put_checked(std::string_view json);

 private:
  void reserve(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) grow(size);
  }
  void grow(std::size_t size);
  template <class Number>
  void put_number(Number value);
  void put_escaped(std::string_view text);
  void fail_depth();
  void fail_checked(error const& why);

  std::string& out_;
  std::size_t from_;
  std::size_t max_bytes_;
  char* at_ = nullptr;
  char* end_ = nullptr;
  std::size_t depth_ = 0;
  bool failed_ = false;
  error failure_{};
  std::size_t failed_at_ = 0;
};

}  // namespace evsrc::inline v0::detail
