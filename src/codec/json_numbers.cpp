// SPDX-License-Identifier: Apache-2.0
// Numbers of a JSON text: 64-bit integers and money exactly, doubles to the nearest.
#include <array>
#include <cfloat>
#include <charconv>
#include <limits>

#include "json_scanner_state.hpp"

namespace evsrc::inline v0::detail {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr std::uint64_t digit_of(char c) noexcept { return static_cast<std::uint64_t>(c - '0'); }

constexpr int mantissa_digits = 19;  // the most that always fit 64 bits
constexpr std::int64_t exponent_bound = 1'000'000'000'000;

constexpr auto powers_of_ten =
    std::to_array<double>({1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                           1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22});

/// Mantissa and power of ten are exact doubles, so one operation rounds once.
/// @source W. D. Clinger, "How to read floating point numbers accurately", 1990
bool exact_double(std::uint64_t mantissa, std::int64_t exponent, double& out) noexcept {
  constexpr std::uint64_t exact_max = std::uint64_t{1} << 53U;
  constexpr std::int64_t power_max = 22;
  if (FLT_EVAL_METHOD != 0) return false;
  if (mantissa > exact_max || exponent < -power_max || exponent > power_max) return false;
  auto const value = static_cast<double>(mantissa);
  out = exponent < 0 ? value / powers_of_ten[static_cast<std::size_t>(-exponent)]
                     : value * powers_of_ten[static_cast<std::size_t>(exponent)];
  return true;
}

/// Digits with at most one point among them: the ordinary case.
struct plain_decimal {
  char const* end = nullptr;  ///< null where it is anything else
  std::uint64_t digits = 0;   ///< below 10^18
  int scale = 0;              ///< how many of them stand behind the point
  bool negative = false;
};

plain_decimal plain_decimal_at(char const* at, char const* end) noexcept {
  plain_decimal found;
  found.negative = *at == '-';
  char const* const first = at + found.negative;
  char const* p = first;
  for (; is_digit(*p); ++p) found.digits = found.digits * 10 + digit_of(*p);
  auto const whole = p - first;
  auto count = whole;
  if (*p == '.') {
    char const* const point = p++;
    for (; is_digit(*p); ++p) found.digits = found.digits * 10 + digit_of(*p);
    auto const behind = p - point - 1;
    if (behind == 0) return found;
    count += behind;
    found.scale = static_cast<int>(behind);
  }
  bool const is_plain = whole >= 1 && count < mantissa_digits && p < end && (*p | 0x20) != 'e' &&
                        (*first != '0' || whole == 1);
  if (is_plain) found.end = p;
  return found;
}

}  // namespace

bool json_scanner::scan_number(number& out) {
  (void)next();
  char const* p = at_;
  out.begin = p;
  out.negative = *p == '-';
  p += out.negative;
  if (!is_digit(*p) || p >= end_) return expected("a number");
  if (*p == '0' && is_digit(p[1])) return fail("a number must not begin with 0");

  int kept = 0;
  auto const keep = [&](char c) {
    if (kept == mantissa_digits) {
      out.complete = out.complete && c == '0';
      return false;
    }
    out.mantissa = out.mantissa * 10 + digit_of(c);
    kept += out.mantissa != 0;
    return true;
  };
  for (; is_digit(*p); ++p) out.exponent += !keep(*p);
  if (*p == '.') {
    out.whole = false;
    if (!is_digit(*++p)) return fail("a decimal point needs a digit behind it");
    for (; is_digit(*p); ++p) out.exponent -= keep(*p);
  }
  if (*p == 'e' || *p == 'E') {
    out.whole = false;
    out.has_exponent = true;
    bool const negative = *++p == '-';
    p += *p == '-' || *p == '+';
    if (!is_digit(*p)) return fail("an exponent needs a digit");
    std::int64_t exponent = 0;
    for (; is_digit(*p); ++p)
      if (exponent < exponent_bound) exponent = exponent * 10 + (*p - '0');
    out.exponent += negative ? -exponent : exponent;
  }
  out.end = p;
  at_ = p;
  return true;
}

bool json_scanner::scan_integral(bool& negative, std::uint64_t& magnitude) {
  number found;
  if (!scan_number(found)) return false;
  negative = found.negative;
  if (found.mantissa == 0) {
    magnitude = 0;
    return true;
  }
  std::uint64_t value = found.mantissa;
  std::int64_t exponent = found.exponent;
  if (found.whole && found.end - found.begin - found.negative == mantissa_digits + 1) {
    // Twenty digits may still fit: the last one is not in the mantissa.
    constexpr auto max = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t const last = digit_of(found.end[-1]);
    if (value > (max - last) / 10) return fail_at(found.begin, "the integer is out of range");
    magnitude = value * 10 + last;
    return true;
  }
  for (; exponent < 0 && value % 10 == 0; ++exponent) value /= 10;
  if (exponent < 0) return fail_at(found.begin, "expected an integer, the number has a fraction");
  for (; exponent > 0; --exponent) {
    if (value > std::numeric_limits<std::uint64_t>::max() / 10)
      return fail_at(found.begin, "the integer is out of range");
    value *= 10;
  }
  if (!found.complete) return fail_at(found.begin, "the integer is out of range or has a fraction");
  magnitude = value;
  return true;
}

bool json_scanner::read_integer(std::int64_t& out, std::int64_t min, std::int64_t max) {
  (void)next();
  char const* const from = at_;
  bool negative = false;
  std::uint64_t magnitude = 0;
  // The ordinary case: up to 18 digits, nothing else.
  char const* p = at_ + (*at_ == '-');
  char const* const first = p;
  for (; is_digit(*p); ++p) magnitude = magnitude * 10 + digit_of(*p);
  auto const count = p - first;
  if (count >= 1 && count < mantissa_digits && p < end_ && *p != '.' && (*p | 0x20) != 'e' &&
      (*first != '0' || count == 1)) {
    negative = *at_ == '-';
    at_ = p;
  } else if (!scan_integral(negative, magnitude)) {
    return false;
  }
  constexpr auto top = std::uint64_t{1} << 63U;
  if (magnitude > top - !negative) return fail_at(from, "the integer is out of range");
  std::int64_t const value =
      negative ? static_cast<std::int64_t>(~magnitude + 1) : static_cast<std::int64_t>(magnitude);
  if (value < min || value > max)
    return fail_at(
        from, "the integer is out of range, " + std::to_string(min) + " to " + std::to_string(max));
  out = value;
  return true;
}

bool json_scanner::read_unsigned(std::uint64_t& out, std::uint64_t max) {
  (void)next();
  char const* const from = at_;
  bool negative = false;
  std::uint64_t magnitude = 0;
  if (!scan_integral(negative, magnitude)) return false;
  if ((negative && magnitude != 0) || magnitude > max)
    return fail_at(from, "the integer is out of range, 0 to " + std::to_string(max));
  out = magnitude;
  return true;
}

template <class Real>
bool json_scanner::read_real(Real& out) {
  if constexpr (std::is_same_v<Real, double>) {
    (void)next();
    auto const plain = plain_decimal_at(at_, end_);
    if (plain.end != nullptr && exact_double(plain.digits, -plain.scale, out)) {
      if (plain.negative) out = -out;
      at_ = plain.end;
      return true;
    }
  }
  number found;
  if (!scan_number(found)) return false;
  if constexpr (std::is_same_v<Real, double>) {
    if (found.complete && exact_double(found.mantissa, found.exponent, out)) {
      if (found.negative) out = -out;
      return true;
    }
  }
  if (found.mantissa == 0) {
    out = found.negative ? -Real{0} : Real{0};
    return true;
  }
  auto const parsed = std::from_chars(found.begin, found.end, out);
  if (parsed.ec == std::errc{} && parsed.ptr == found.end) return true;
  // Too small for the type is zero, as the nearest value; too large has no nearest value.
  if (found.exponent < 0) {
    out = found.negative ? -Real{0} : Real{0};
    return true;
  }
  return fail_at(found.begin, "the number is out of range");
}

bool json_scanner::read_double(double& out) { return read_real(out); }
bool json_scanner::read_float(float& out) { return read_real(out); }

bool json_scanner::read_money(money& out) {
  (void)next();
  if (auto const plain = plain_decimal_at(at_, end_);
      plain.end != nullptr && plain.scale <= int{money_scale_max}) {
    auto const units = static_cast<std::int64_t>(plain.digits);
    out = {plain.negative ? -units : units, static_cast<std::uint8_t>(plain.scale)};
    at_ = plain.end;
    return true;
  }
  number found;
  if (!scan_number(found)) return false;
  constexpr std::uint64_t fits = std::numeric_limits<std::int64_t>::max();
  if (found.complete && !found.has_exponent && found.exponent <= 0 &&
      found.exponent >= -std::int64_t{money_scale_max} && found.mantissa <= fits) {
    auto const units = static_cast<std::int64_t>(found.mantissa);
    out = {found.negative ? -units : units, static_cast<std::uint8_t>(-found.exponent)};
    return true;
  }
  auto const parsed = parse_money({found.begin, static_cast<std::size_t>(found.end - found.begin)});
  if (!parsed)
    return fail_at(found.begin, "the amount has more than nine decimal places or is out of range");
  out = *parsed;
  return true;
}

}  // namespace evsrc::inline v0::detail
