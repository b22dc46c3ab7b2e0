// SPDX-License-Identifier: Apache-2.0
// The parts of the writer that are the same for every struct.
#include "evsrc/codec/detail/json_printer.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "evsrc/codec/detail/json_scanner.hpp"
#include "evsrc/codec/detail/names.hpp"

namespace evsrc::inline v0::detail {
namespace {

constexpr std::size_t first_step = 512;
constexpr std::size_t number_bytes = 32;  // more than any number that is written here
constexpr std::size_t timestamp_bytes = 27;

constexpr bool is_plain(char c) noexcept {
  auto const byte = static_cast<unsigned char>(c);
  return byte >= 0x20U && byte < 0x80U && c != '"' && c != '\\';
}

/// Copies eight bytes at a time while they are plain; answers how many bytes were copied.
std::size_t copy_plain(std::string_view text, char* to) noexcept {
  constexpr std::uint64_t each_byte = 0x0101010101010101U;
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  std::size_t at = 0;
  for (; text.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    std::uint64_t const quotes = word ^ (each_byte * '"');
    std::uint64_t const slashes = word ^ (each_byte * '\\');
    auto const special =
        ((quotes - each_byte) | (slashes - each_byte) | (word - each_byte * 0x20U) | word) &
        high_bits;
    if (special != 0) break;
    std::memcpy(to + at, &word, sizeof word);
  }
  for (; at < text.size() && is_plain(text[at]); ++at) to[at] = text[at];
  return at;
}

}  // namespace

json_printer::json_printer(std::string& out, std::size_t max_bytes)
    : out_(out), from_(out.size()), max_bytes_(max_bytes) {
  out_.resize(from_ + first_step);
  at_ = out_.data() + from_;
  end_ = out_.data() + out_.size();
}

void json_printer::grow(std::size_t size) {
  // Zeros are written into each step before the text, so steps follow what was written so far.
  auto const used = static_cast<std::size_t>(at_ - out_.data());
  auto const step = std::max({first_step, size, used - from_});
  if (used - from_ > max_bytes_)
    fail("is longer than " + std::to_string(max_bytes_) + " bytes", errc::limit_exceeded);
  out_.resize(used + step);
  at_ = out_.data() + used;
  end_ = out_.data() + out_.size();
}

void json_printer::fail(std::string reason, errc code) {
  if (failed_) return;
  failed_ = true;
  failed_at_ = static_cast<std::size_t>(at_ - out_.data());
  failure_ = {code, std::move(reason), "json.encode"};
  std::string path = json_path(std::string_view(out_).substr(from_, failed_at_ - from_));
  failure_.message = (path.empty() ? "document" : path) + ": " + failure_.message;
}

result<void> json_printer::finish() {
  auto const used = static_cast<std::size_t>(at_ - out_.data());
  if (!failed_ && used - from_ > max_bytes_)
    fail("is " + std::to_string(used - from_) + " bytes long, at most " +
             std::to_string(max_bytes_) + " are allowed",
         errc::limit_exceeded);
  out_.resize(failed_ ? from_ : used);
  if (failed_) return evsrc::fail(std::move(failure_));
  return {};
}

template <class Number>
void json_printer::put_number(Number value) {
  reserve(number_bytes);
  at_ = std::to_chars(at_, at_ + number_bytes, value).ptr;
}

void json_printer::put_integer(std::int64_t value) { put_number(value); }
void json_printer::put_unsigned(std::uint64_t value) { put_number(value); }

void json_printer::put_double(double value) {
  if (!std::isfinite(value)) return fail("is not a finite number, which JSON cannot say");
  put_number(value);
}
void json_printer::put_float(float value) {
  if (!std::isfinite(value)) return fail("is not a finite number, which JSON cannot say");
  put_number(value);
}

void json_printer::put_money(money value) {
  if (value.scale > money_scale_max)
    return fail("an amount has at most nine decimal places, this one has " +
                std::to_string(value.scale));
  std::array<char, number_bytes> digits{};
  auto const negative = value.units < 0;
  auto const bits = static_cast<std::uint64_t>(value.units);
  auto const magnitude = negative ? ~bits + 1 : bits;
  auto* const end = std::to_chars(digits.data(), digits.data() + digits.size(), magnitude).ptr;
  auto const count = static_cast<std::size_t>(end - digits.data());
  std::size_t const scale = value.scale;
  std::size_t const whole = count > scale ? count - scale : 0;

  reserve(number_bytes);
  if (negative) *at_++ = '-';
  if (whole == 0) *at_++ = '0';
  at_ = std::copy_n(digits.data(), whole, at_);
  if (scale == 0) return;
  *at_++ = '.';
  at_ = std::fill_n(at_, scale - (count - whole), '0');
  at_ = std::copy_n(digits.data() + whole, count - whole, at_);
}

void json_printer::put_string(std::string_view text) {
  reserve(text.size() + 2);
  *at_++ = '"';
  std::size_t const copied = copy_plain(text, at_);
  at_ += copied;
  if (copied != text.size()) {
    put_escaped(text.substr(copied));
    reserve(1);
  }
  *at_++ = '"';
}

void json_printer::put_escaped(std::string_view text) {
  constexpr std::size_t longest_escape = 6;
  constexpr char const* hex = "0123456789abcdef";
  while (!text.empty()) {
    // Room for what is left as it is, and for the next escape.
    reserve(text.size() + longest_escape);
    std::size_t const copied = copy_plain(text, at_);
    at_ += copied;
    text.remove_prefix(copied);
    if (text.empty()) return;
    char const c = text.front();
    if (static_cast<unsigned char>(c) >= 0x80U) {
      std::size_t const length = utf8_length(text);
      if (length == 0) return fail("is not valid UTF-8");
      at_ = std::copy_n(text.data(), length, at_);
      text.remove_prefix(length);
      continue;
    }
    text.remove_prefix(1);
    *at_++ = '\\';
    switch (c) {
      case '"':
      case '\\': *at_++ = c; break;
      case '\b': *at_++ = 'b'; break;
      case '\f': *at_++ = 'f'; break;
      case '\n': *at_++ = 'n'; break;
      case '\r': *at_++ = 'r'; break;
      case '\t': *at_++ = 't'; break;
      default: {
        auto const byte = static_cast<unsigned char>(c);
        char const escape[] = {'u', '0', '0', hex[byte >> 4U], hex[byte & 0x0FU]};
        at_ = std::copy_n(escape, sizeof escape, at_);
      }
    }
  }
}

void json_printer::put_timestamp(timestamp value) {
  using std::chrono::sys_days;
  constexpr timestamp first = sys_days{std::chrono::year{0} / std::chrono::January / 1};
  constexpr timestamp behind = sys_days{std::chrono::year{10000} / std::chrono::January / 1};
  if (value < first || value >= behind) return fail("is a time outside the years 0000 to 9999");
  reserve(timestamp_bytes + 2);
  *at_ = '"';
  write_timestamp(value, at_ + 1);
  at_[timestamp_bytes + 1] = '"';
  at_ += timestamp_bytes + 2;
}

void json_printer::put_date(std::chrono::year_month_day value) {
  int const year = static_cast<int>(value.year());
  if (!value.ok() || year < 0 || year > 9999)
    return fail("is not a date of the years 0000 to 9999");
  // The date is the front of the moment at which its day begins.
  constexpr std::size_t date_bytes = 10;
  std::array<char, timestamp_bytes> text{};
  write_timestamp(std::chrono::sys_days{value}, text.data());
  put('"');
  put_raw({text.data(), date_bytes});
  put('"');
}

void json_printer::fail_depth() {
  fail("is nested deeper than " + std::to_string(limits::json_depth) + " levels",
       errc::limit_exceeded);
}

void json_printer::fail_checked(error const& why) {
  bool const is_limit = why.code == errc::limit_exceeded;
  fail(
      (is_limit ? "holds JSON beyond the limits: " : "holds text that is not JSON: ") + why.message,
      is_limit ? why.code : errc::invalid_argument);
}

void json_printer::put_checked(std::string_view json) {
  std::string padded;
  padded.reserve(json.size() + payload_padding);
  padded.assign(json).append(payload_padding, '\0');
  json_scanner scanner{{std::string_view(padded).substr(0, json.size())}};
  if (!scanner.start(max_bytes_, depth_) || !scanner.skip_value() || !scanner.finish())
    return fail_checked(scanner.take_failure());
  put_raw(json);
}

}  // namespace evsrc::inline v0::detail
