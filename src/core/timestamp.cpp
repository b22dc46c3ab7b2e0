// SPDX-License-Identifier: Apache-2.0
// RFC 3339 written and read without streams: both run once per event.
#include "evsrc/core/timestamp.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace evsrc::inline v0 {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::sys_days;

constexpr std::size_t text_size = 27;
constexpr std::size_t shortest_size = 19;  // without fraction and offset

constexpr timestamp first_moment = sys_days{std::chrono::year{0} / std::chrono::January / 1};
constexpr timestamp last_moment =
    timestamp{sys_days{std::chrono::year{9999} / std::chrono::December / 31}} + days{1} -
    microseconds{1};

constexpr auto digit_pairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

/// Two digits of a number below 100.
void put_pair(char* out, std::uint32_t value) noexcept {
  out[0] = digit_pairs[std::size_t{value} * 2];
  out[1] = digit_pairs[std::size_t{value} * 2 + 1];
}

/// The number that `count` digits at `at` make; -1 where one of them is not a digit.
int read_digits(char const* at, int count) noexcept {
  int value = 0;
  for (int i = 0; i < count; ++i) {
    if (at[i] < '0' || at[i] > '9') return -1;
    value = value * 10 + (at[i] - '0');
  }
  return value;
}

/// Takes ".123" off the front of `rest`; nullopt for a dot without one to nine digits.
std::optional<microseconds> take_fraction(std::string_view& rest) noexcept {
  if (rest.empty() || rest.front() != '.') return microseconds{0};
  constexpr std::size_t kept_digits = 6;
  constexpr std::size_t most_digits = 9;
  std::size_t count = 0;
  int value = 0;
  for (rest.remove_prefix(1); !rest.empty() && rest.front() >= '0' && rest.front() <= '9';
       rest.remove_prefix(1)) {
    if (count < kept_digits) value = value * 10 + (rest.front() - '0');
    if (++count > most_digits) return std::nullopt;
  }
  if (count == 0) return std::nullopt;
  for (; count < kept_digits; ++count) value *= 10;
  return microseconds{value};
}

/// How far local time is ahead of UTC; nothing counts as UTC.
std::optional<std::chrono::minutes> read_offset(std::string_view text) noexcept {
  if (text.empty() || text == "Z" || text == "z") return std::chrono::minutes{0};
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') {
    return std::nullopt;
  }
  int const hours = read_digits(text.data() + 1, 2);
  int const minutes = read_digits(text.data() + 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  int const ahead = hours * 60 + minutes;
  return std::chrono::minutes{text[0] == '-' ? -ahead : ahead};
}

std::optional<sys_days> read_date(char const* at) noexcept {
  int const year = read_digits(at, 4);
  int const month = read_digits(at + 5, 2);
  int const day = read_digits(at + 8, 2);
  if (year < 0 || month < 0 || day < 0 || at[4] != '-' || at[7] != '-') return std::nullopt;
  std::chrono::year_month_day const date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

std::optional<std::chrono::seconds> read_time_of_day(char const* at) noexcept {
  int const hour = read_digits(at, 2);
  int const minute = read_digits(at + 3, 2);
  int const second = read_digits(at + 6, 2);
  if (at[2] != ':' || at[5] != ':') return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  if (second < 0 || second > 60) return std::nullopt;
  return std::chrono::seconds{hour * 3600 + minute * 60 + second};
}

}  // namespace

std::string to_string(timestamp time) {
  std::string text(text_size, '\0');
  write_timestamp(time, text.data());
  return text;
}

void write_timestamp(timestamp time, char* out) noexcept {
  time = std::clamp(time, first_moment, last_moment);
  auto const day = std::chrono::floor<days>(time);
  std::chrono::year_month_day const date{day};
  auto const in_day = static_cast<std::uint64_t>((time - day).count());
  auto const second_of_day = static_cast<std::uint32_t>(in_day / 1'000'000);
  auto const fraction = static_cast<std::uint32_t>(in_day % 1'000'000);
  auto const year = static_cast<std::uint32_t>(static_cast<int>(date.year()));

  put_pair(out, year / 100);
  put_pair(out + 2, year % 100);
  out[4] = '-';
  put_pair(out + 5, static_cast<unsigned>(date.month()));
  out[7] = '-';
  put_pair(out + 8, static_cast<unsigned>(date.day()));
  out[10] = 'T';
  put_pair(out + 11, second_of_day / 3600);
  out[13] = ':';
  put_pair(out + 14, second_of_day / 60 % 60);
  out[16] = ':';
  put_pair(out + 17, second_of_day % 60);
  out[19] = '.';
  put_pair(out + 20, fraction / 10'000);
  put_pair(out + 22, fraction / 100 % 100);
  put_pair(out + 24, fraction % 100);
  out[26] = 'Z';
}

std::optional<timestamp> parse_timestamp(std::string_view text) noexcept {
  if (text.size() < shortest_size) return std::nullopt;
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return std::nullopt;
  auto const date = read_date(text.data());
  auto const time_of_day = read_time_of_day(text.data() + 11);
  if (!date || !time_of_day) return std::nullopt;

  auto rest = text.substr(shortest_size);
  auto const fraction = take_fraction(rest);
  if (!fraction) return std::nullopt;
  auto const offset = read_offset(rest);
  if (!offset) return std::nullopt;

  // Second 60 needs no case of its own: the sum is the next second.
  timestamp const time = timestamp{*date} + *time_of_day + *fraction - *offset;
  // An offset or a leap second may lead out of the years that have a text form.
  if (time < first_moment || time > last_moment) return std::nullopt;
  return time;
}

}  // namespace evsrc::inline v0
