// SPDX-License-Identifier: Apache-2.0
// Amounts with the noise of binary floating point.
#include "foreign_amount.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

namespace evsrc::inline v0::retail::detail {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// A number as digits times ten to the power of `exponent`.
struct decimal_digits {
  bool is_negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t exponent = 0;
};

/// Splits what the scanner has accepted as a number.
std::optional<decimal_digits> split(std::string_view text) noexcept {
  decimal_digits number;
  if (!text.empty() && text.front() == '-') {
    number.is_negative = true;
    text.remove_prefix(1);
  }
  auto const take_digits = [&text] {
    auto const end = std::find_if_not(text.begin(), text.end(), is_digit);
    auto const count = static_cast<std::size_t>(end - text.begin());
    auto const digits = text.substr(0, count);
    text.remove_prefix(count);
    return digits;
  };
  number.whole = take_digits();
  if (number.whole.empty()) return std::nullopt;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    number.fraction = take_digits();
    if (number.fraction.empty()) return std::nullopt;
  }
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    auto const [end, problem] =
        std::from_chars(text.data(), text.data() + text.size(), number.exponent);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    text = {};
  }
  if (!text.empty() || number.exponent < -400 || number.exponent > 400) return std::nullopt;
  return number;
}

std::optional<money> round_digits(decimal_digits const& number) {
  std::string digits(number.whole);
  digits += number.fraction;
  // Digits in front of the last of nine decimals.
  auto const kept = static_cast<std::int64_t>(number.whole.size()) + number.exponent +
                    static_cast<std::int64_t>(money_scale_max);
  if (kept < 0) return money{};
  auto const keep = static_cast<std::size_t>(kept);
  bool const round_up = keep < digits.size() && digits[keep] >= '5';
  digits.resize(keep, '0');
  std::int64_t units = 0;
  if (!digits.empty()) {
    auto const [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), units);
    if (problem != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  }
  if (round_up) {
    if (units == INT64_MAX) return std::nullopt;
    ++units;
  }
  money amount{number.is_negative ? -units : units, money_scale_max};
  while (amount.scale > 2 && amount.units % 10 == 0) {
    amount.units /= 10;
    --amount.scale;
  }
  return amount;
}

}  // namespace

std::optional<money> read_foreign_amount(std::string_view json) noexcept {
  if (json.size() >= 2 && json.front() == '"' && json.back() == '"')
    json = json.substr(1, json.size() - 2);
  if (auto const exact = parse_money(json)) return exact;
  // Longer than any number that a double is written as; also bounds the copy.
  if (json.size() > 800) return std::nullopt;
  auto const number = split(json);
  return number ? round_digits(*number) : std::nullopt;
}

}  // namespace evsrc::inline v0::retail::detail
