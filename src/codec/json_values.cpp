// SPDX-License-Identifier: Apache-2.0
// Values that stand in JSON as strings.
#include <charconv>

#include "evsrc/codec/json_codec.hpp"

namespace evsrc::inline v0 {
namespace detail {
namespace {

template <class Integer>
bool parse_shortest(std::string_view text, Integer& out) noexcept {
  auto const digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.starts_with('0') && text.size() > 1) return false;
  auto const* const end = text.data() + text.size();
  auto const [stop, ec] = std::from_chars(text.data(), end, out);
  return ec == std::errc{} && stop == end;
}

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

}  // namespace

bool parse_integer_text(std::string_view text, std::int64_t& out) noexcept {
  return parse_shortest(text, out);
}
bool parse_integer_text(std::string_view text, std::uint64_t& out) noexcept {
  return parse_shortest(text, out);
}

bool json_scanner::read_timestamp(timestamp& out) {
  (void)next();
  char const* const where = at_;
  std::string_view text;
  if (!read_text(text)) return false;
  auto const time = parse_timestamp(text);
  if (!time) return fail_at(where, "expected a time such as \"2010-12-01T08:26:00Z\"");
  out = *time;
  return true;
}

bool json_scanner::read_date(std::chrono::year_month_day& out) {
  (void)next();
  char const* const where = at_;
  std::string_view text;
  if (!read_text(text)) return false;
  constexpr std::size_t date_bytes = 10;
  std::optional<timestamp> midnight;
  if (text.size() == date_bytes) midnight = parse_timestamp(std::string(text) + "T00:00:00Z");
  if (!midnight) return fail_at(where, "expected a date such as \"2010-12-01\"");
  out = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(*midnight)};
  return true;
}

bool json_scanner::read_uuid(uuid& out) {
  (void)next();
  char const* const where = at_;
  std::string_view text;
  if (!read_text(text)) return false;
  auto const id = parse_uuid(text);
  if (!id) return fail_at(where, "expected a UUID of 36 characters");
  out = *id;
  return true;
}

bool json_scanner::read_bytes(bytes& out) {
  (void)next();
  char const* const where = at_;
  std::string_view text;
  if (!read_text(text)) return false;
  auto raw = parse_base64(text);
  if (!raw) return fail_at(where, "expected base64 with padding (RFC 4648)");
  out = std::move(*raw);
  return true;
}

}  // namespace detail

result<std::uint32_t> parse_event_version(std::string_view text) {
  auto whole = text;
  if (whole.ends_with(".0")) whole.remove_suffix(2);
  std::uint64_t version = 0;
  bool const is_number = !whole.empty() && detail::is_digit(whole.front()) &&
                         detail::parse_integer_text(whole, version);
  if (!is_number || version == 0 || version > std::numeric_limits<std::uint32_t>::max())
    return fail(errc::malformed,
                "event version: expected a number from 1 such as \"1\" or \"1.0\", not '" +
                    std::string(text.substr(0, 32)) + "'");
  return static_cast<std::uint32_t>(version);
}

}  // namespace evsrc::inline v0
