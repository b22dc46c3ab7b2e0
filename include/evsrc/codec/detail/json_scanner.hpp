// SPDX-License-Identifier: Apache-2.0
// Walks a JSON text once, strictly, straight into the values of a struct.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "evsrc/codec/padded_json.hpp"
#include "evsrc/core/bytes.hpp"
#include "evsrc/core/limits.hpp"
#include "evsrc/core/money.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0::detail {

/// The fields that an object may have, for the path of the scanner that knows nothing of the order.
struct object_plan {
  std::string_view const* names = nullptr;
  std::size_t count = 0;
  std::uint64_t required = 0;  ///< bit i: field i must be there
};

/// Where the scanner is within one object.
struct object_frame {
  object_plan plan{};
  std::uint64_t seen = 0;
  char separator = '{';      ///< what stands before the next key: '{' or ','
  std::string_view extra{};  ///< one more known key, whose value is passed over
  bool extra_seen = false;
  std::size_t next = 0;          ///< the field that is expected
  std::size_t unknown_from = 0;  ///< this object's part of the list of unknown keys
};

template <class Word>
[[nodiscard]] inline bool same_word(char const* a, char const* b) noexcept {
  Word left;
  Word right;
  std::memcpy(&left, a, sizeof left);
  std::memcpy(&right, b, sizeof right);
  return left == right;
}

/// Whether `text` begins with `expected`: two words that overlap, where compilers call memcmp.
template <std::size_t Size>
[[nodiscard]] inline bool begins_with(char const* text,
                                      std::array<char, Size> const& expected) noexcept {
  auto const same_words = [&]<class Word>(Word) {
    std::size_t at = 0;
    for (; at + sizeof(Word) <= Size; at += sizeof(Word))
      if (!same_word<Word>(text + at, expected.data() + at)) return false;
    constexpr std::size_t last = Size - sizeof(Word);
    return at == Size || same_word<Word>(text + last, expected.data() + last);
  };
  if constexpr (Size >= sizeof(std::uint64_t))
    return same_words(std::uint64_t{});
  else if constexpr (Size >= sizeof(std::uint32_t))
    return same_words(std::uint32_t{});
  else
    return std::memcmp(text, expected.data(), Size) == 0;
}

/// Functions that return bool answer false once anything has failed; the first failure is kept.
/// No position is ever beyond the end by more than the padding: the text ends in a bracket or quote
/// (others are copied and get zeros behind them), and each bracket, comma and key is taken only
/// before the end.
/// @source the expected-field-first walk follows what simdjson's On-Demand showed to be fast
class json_scanner {
 public:
  explicit json_scanner(padded_json json) noexcept;
  json_scanner(json_scanner const&) = delete;
  json_scanner& operator=(json_scanner const&) = delete;
  ~json_scanner();

  static constexpr int object_end = -1;
  static constexpr int object_failed = -2;

  /// Checks the size, before anything is read. `depth`: levels that the text is to stand within.
  [[nodiscard]] bool start(std::size_t max_bytes, std::size_t depth = 0);
  /// True if nothing but white space is left.
  [[nodiscard]] bool finish();
  /// The failure, with path and offset.
  [[nodiscard]] error take_failure() const;
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  /// The next character that is not white space, not taken; NUL at the end.
  [[nodiscard]] char next() noexcept {
    // One space is what most writers put behind colons and commas.
    if (*at_ == ' ' && at_ < end_) ++at_;
    if (at_<end_&& static_cast<unsigned char>(*at_)> ' ') return *at_;
    return next_after_space();
  }
  void take() noexcept { ++at_; }
  [[nodiscard]] char const* at() const noexcept { return at_; }

  [[nodiscard]] bool enter() {
    if (depth_ == limits::json_depth) return fail_depth();
    ++depth_;
    return true;
  }
  void leave() noexcept { --depth_; }

  /// Takes `separator` and the key, given with its quotes and colon, if exactly they come next,
  /// with at most a space between them.
  template <std::size_t Size>
  [[nodiscard]] bool match_key(char separator, std::array<char, Size> const& key) noexcept {
    if constexpr (Size + 2 > payload_padding) {
      if (static_cast<std::size_t>(end_ - at_) < Size + 2) return false;
    }
    if (*at_ != separator) return false;
    char const* const from = at_ + 1 + (at_[1] == ' ');
    if (!begins_with(from, key) || end_ - from <= std::ptrdiff_t{Size}) return false;
    at_ = from + Size;
    return true;
  }
  [[nodiscard]] bool match(char bracket) noexcept {
    if (*at_ != bracket || at_ >= end_) return false;
    ++at_;
    return true;
  }
  /// For `object_frame::unknown_from`, when an object begins.
  [[nodiscard]] std::size_t unknown_count() const noexcept { return unknown_count_; }
  /// Takes the next key of the object and its colon and answers which field it is; passes unknown
  /// ones over. At the end checks for missing fields and unknown keys that came twice.
  [[nodiscard]] int next_field(object_frame& frame);
  /// The value of `key` in the object that begins here. If it is the first field, the scanner
  /// stands behind its value and `first` is true; else it stays before the object.
  [[nodiscard]] bool find_text(std::string_view key, std::string_view& text, bool& first);

  [[nodiscard]] bool read_null();
  [[nodiscard]] bool read_bool(bool& out);
  [[nodiscard]] bool read_integer(std::int64_t& out, std::int64_t min, std::int64_t max);
  [[nodiscard]] bool read_unsigned(std::uint64_t& out, std::uint64_t max);
  [[nodiscard]] bool read_double(double& out);
  [[nodiscard]] bool read_float(float& out);
  [[nodiscard]] bool read_money(money& out);
  [[nodiscard]] bool read_timestamp(timestamp& out);
  [[nodiscard]] bool read_date(std::chrono::year_month_day& out);
  [[nodiscard]] bool read_uuid(uuid& out);
  [[nodiscard]] bool read_bytes(bytes& out);
  [[nodiscard]] bool read_string(std::string& out);
  /// The view is good until the next string is read.
  [[nodiscard]] bool read_text(std::string_view& out);
  /// A key of an object without a plan, and its colon. The view is good until the next string.
  [[nodiscard]] bool read_key(std::string_view& out);
  /// Any value, checked, as it stands in the text.
  [[nodiscard]] bool read_raw(std::string_view& out);
  [[nodiscard]] bool skip_value();

  /// Always false, so that callers can return it.
  bool fail(std::string reason);
  bool fail_at(char const* where, std::string reason, errc code = errc::malformed);
  bool fail_field(char const* where, std::string_view field, char const* reason);
  bool expected(char const* what);

 private:
  struct rare;
  struct number;

  [[nodiscard]] rare& more();
  [[nodiscard]] char next_after_space() noexcept;
  bool fail_depth();
  [[nodiscard]] bool scan_string(std::string_view& raw, bool& escaped);
  [[nodiscard]] bool scan_escape(char const*& p);
  [[nodiscard]] bool scan_number(number& out);
  [[nodiscard]] bool scan_integral(bool& negative, std::uint64_t& magnitude);
  template <class Real>
  [[nodiscard]] bool read_real(Real& out);
  [[nodiscard]] bool read_literal(char const* text, std::size_t size);
  [[nodiscard]] bool skip_object();
  [[nodiscard]] bool skip_array();
  [[nodiscard]] bool note_unknown(std::string_view key, char const* where);
  [[nodiscard]] bool check_unknown(std::size_t from);
  [[nodiscard]] bool finish_object(object_frame& frame);

  char const* begin_;
  char const* at_;
  char const* end_;
  std::size_t depth_ = 0;
  std::size_t unknown_count_ = 0;
  bool failed_ = false;
  std::unique_ptr<rare> rare_;
};

/// A key that is an integer in its shortest form; false for all else.
[[nodiscard]] bool parse_integer_text(std::string_view text, std::int64_t& out) noexcept;
[[nodiscard]] bool parse_integer_text(std::string_view text, std::uint64_t& out) noexcept;

/// "items[2].price": where a JSON text stands that was right so far; `field`, where there is one,
/// in place of the last key of the object that is open.
[[nodiscard]] std::string json_path(std::string_view so_far, std::string_view field = {});

}  // namespace evsrc::inline v0::detail
