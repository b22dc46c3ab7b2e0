// SPDX-License-Identifier: Apache-2.0
// Exact decimal arithmetic in 64 bits, with wider steps in between.
#include "evsrc/core/money.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <limits>

namespace evsrc::inline v0 {
namespace {

constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();
constexpr auto int64_min = std::numeric_limits<std::int64_t>::min();
constexpr std::uint64_t magnitude_of_min = std::uint64_t{1} << 63U;

/// 10^0 to 10^18, all that 64 bits hold.
constexpr auto powers_of_ten = [] {
  std::array<std::int64_t, 19> powers{};
  std::int64_t power = 1;
  for (std::size_t i = 0; i < powers.size(); ++i) {
    powers[i] = power;
    if (i + 1 < powers.size()) power *= 10;
  }
  return powers;
}();

constexpr std::uint64_t magnitude(std::int64_t value) noexcept {
  return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

constexpr std::optional<std::int64_t> with_sign(bool negative, std::uint64_t size) noexcept {
  if (negative) {
    if (size > magnitude_of_min) return std::nullopt;
    return size == magnitude_of_min ? int64_min : -static_cast<std::int64_t>(size);
  }
  if (size > static_cast<std::uint64_t>(int64_max)) return std::nullopt;
  return static_cast<std::int64_t>(size);
}

constexpr std::optional<std::int64_t> multiply(std::int64_t a, std::int64_t b) noexcept {
  if (a == 0 || b == 0) return 0;
  if (magnitude(a) > magnitude_of_min / magnitude(b)) return std::nullopt;
  return with_sign((a < 0) != (b < 0), magnitude(a) * magnitude(b));
}

/// high * 2^32 + low, 0 <= low < 2^32: a sum of two scaled amounts may fit 64 bits where the
/// amounts themselves do not.
struct wide {
  std::int64_t high;
  std::int64_t low;
};

constexpr wide normalised(std::int64_t high, std::int64_t low) noexcept {
  return {high + (low >> 32), low & 0xFFFFFFFF};
}

/// `factor` is at most 10^9, so both products stay below 2^62.
constexpr wide scaled(std::int64_t units, std::int64_t factor) noexcept {
  return normalised((units >> 32) * factor, (units & 0xFFFFFFFF) * factor);
}

constexpr std::optional<std::int64_t> narrowed(wide value) noexcept {
  constexpr std::int64_t half = std::int64_t{1} << 31;
  if (value.high < -half || value.high >= half) return std::nullopt;
  return value.high * (std::int64_t{1} << 32) + value.low;
}

std::optional<money> combine(money a, money b, std::int64_t sign_of_b) noexcept {
  if (a.scale > money_scale_max || b.scale > money_scale_max) return std::nullopt;
  auto const scale = std::max(a.scale, b.scale);
  wide const left = scaled(a.units, powers_of_ten[static_cast<std::size_t>(scale - a.scale)]);
  wide const right = scaled(b.units, powers_of_ten[static_cast<std::size_t>(scale - b.scale)]);
  auto const units =
      narrowed(normalised(left.high + sign_of_b * right.high, left.low + sign_of_b * right.low));
  if (!units) return std::nullopt;
  return money{*units, scale};
}

/// `coarse` against `fine` / 10^digits, without a product that could overflow.
std::strong_ordering compare(std::int64_t coarse, std::int64_t fine, std::size_t digits) noexcept {
  std::int64_t quotient = fine < 0 ? -1 : 0;  // rounded down
  bool has_rest = fine != 0;
  if (digits < powers_of_ten.size()) {
    std::int64_t const rest = fine % powers_of_ten[digits];
    quotient = fine / powers_of_ten[digits] - (rest < 0 ? 1 : 0);
    has_rest = rest != 0;
  }
  if (coarse != quotient) return coarse <=> quotient;
  return has_rest ? std::strong_ordering::less : std::strong_ordering::equal;
}

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// The parts of a JSON number, taken off the front one after the other.
struct number_reader {
  std::string_view rest;
  std::uint64_t digits = 0;  ///< all digits so far as one number
  bool fits = true;          ///< `digits` did not pass 2^63

  bool take(char expected) noexcept {
    if (rest.empty() || rest.front() != expected) return false;
    rest.remove_prefix(1);
    return true;
  }

  /// How many digits there were.
  std::int64_t take_digits() noexcept {
    std::int64_t count = 0;
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1), ++count) {
      auto const digit = static_cast<std::uint64_t>(rest.front() - '0');
      fits = fits && digits <= (magnitude_of_min - digit) / 10;
      digits = fits ? digits * 10 + digit : digits;
    }
    return count;
  }

  /// The number behind 'e', held within +-10^15: beyond that it makes no difference.
  std::optional<std::int64_t> take_exponent() noexcept {
    if (!take('e') && !take('E')) return 0;
    constexpr std::int64_t bound = 1'000'000'000'000'000;
    bool const negative = take('-');
    if (!negative) take('+');
    if (rest.empty() || !is_digit(rest.front())) return std::nullopt;
    std::int64_t exponent = 0;
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
      exponent = std::min(exponent * 10 + (rest.front() - '0'), bound);
    }
    return negative ? -exponent : exponent;
  }
};

}  // namespace

std::strong_ordering operator<=>(money const& a, money const& b) noexcept {
  if (a.scale == b.scale) return a.units <=> b.units;
  if (a.scale < b.scale) {
    return compare(a.units, b.units, static_cast<std::size_t>(b.scale - a.scale));
  }
  auto const reversed = compare(b.units, a.units, static_cast<std::size_t>(a.scale - b.scale));
  if (std::is_eq(reversed)) return reversed;
  return std::is_lt(reversed) ? std::strong_ordering::greater : std::strong_ordering::less;
}

std::optional<money> checked_add(money a, money b) noexcept { return combine(a, b, 1); }
std::optional<money> checked_subtract(money a, money b) noexcept { return combine(a, b, -1); }

std::optional<money> checked_multiply(money price, std::int64_t quantity) noexcept {
  if (price.scale > money_scale_max) return std::nullopt;
  auto const units = multiply(price.units, quantity);
  if (!units) return std::nullopt;
  return money{*units, price.scale};
}

std::optional<money> rescale(money amount, std::uint8_t scale) noexcept {
  auto const rounded = round_to(amount, scale);
  return rounded && *rounded == amount ? rounded : std::nullopt;
}

std::optional<money> round_to(money amount, std::uint8_t scale) noexcept {
  if (amount.scale > money_scale_max || scale > money_scale_max) return std::nullopt;
  if (scale >= amount.scale) {
    auto const factor = powers_of_ten[static_cast<std::size_t>(scale - amount.scale)];
    auto const units = multiply(amount.units, factor);
    if (!units) return std::nullopt;
    return money{*units, scale};
  }
  auto const divisor = powers_of_ten[static_cast<std::size_t>(amount.scale - scale)];
  std::int64_t units = amount.units / divisor;
  std::int64_t const rest = amount.units % divisor;
  if (2 * rest >= divisor) ++units;
  if (2 * rest <= -divisor) --units;
  return money{units, scale};
}

std::string to_string(money amount) {
  std::array<char, 20> digits{};
  char const* const end =
      std::to_chars(digits.data(), digits.data() + digits.size(), magnitude(amount.units)).ptr;
  std::string_view const all{digits.data(), static_cast<std::size_t>(end - digits.data())};
  std::size_t const scale = amount.scale;

  std::string text;
  if (amount.units < 0) text += '-';
  if (scale == 0) return text.append(all);
  if (all.size() > scale) {
    text.append(all.substr(0, all.size() - scale));
    text += '.';
    return text.append(all.substr(all.size() - scale));
  }
  text += "0.";
  return text.append(scale - all.size(), '0').append(all);
}

std::optional<money> parse_money(std::string_view text) noexcept {
  number_reader reader{text};
  bool const negative = reader.take('-');
  bool const leading_zero = !reader.rest.empty() && reader.rest.front() == '0';
  auto const whole_digits = reader.take_digits();
  if (whole_digits == 0 || (leading_zero && whole_digits > 1)) return std::nullopt;
  std::int64_t decimals = 0;
  if (reader.take('.')) {
    decimals = reader.take_digits();
    if (decimals == 0) return std::nullopt;
  }
  auto const exponent = reader.take_exponent();
  if (!exponent || !reader.rest.empty() || !reader.fits) return std::nullopt;

  std::int64_t const scale = decimals - *exponent;
  if (scale > money_scale_max) return std::nullopt;
  auto units = with_sign(negative, reader.digits);
  if (units && scale < 0 && *units != 0) {
    if (-scale >= static_cast<std::int64_t>(powers_of_ten.size())) return std::nullopt;
    units = multiply(*units, powers_of_ten[static_cast<std::size_t>(-scale)]);
  }
  if (!units) return std::nullopt;
  return money{*units, static_cast<std::uint8_t>(std::max(scale, std::int64_t{0}))};
}

}  // namespace evsrc::inline v0
