// SPDX-License-Identifier: Apache-2.0
// Numbers and bytes in the rows of the bus.
#include "bus_row.hpp"

#include <array>

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr char head_format = 1;
/// Fields that are there, one bit each in this order; then the two times; then the properties.
constexpr std::array<std::string message::*, 8> text_fields{
    &message::content_type,        &message::session_id, &message::partition_key,
    &message::correlation_id,      &message::subject,    &message::reply_to,
    &message::reply_to_session_id, &message::to};
constexpr unsigned time_to_live_bit = 8;
constexpr unsigned enqueue_at_bit = 9;

void put_number(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>((value & 0x7FU) | 0x80U);
  out += static_cast<char>(value);
}
void put_text(std::string_view text, std::string& out) {
  put_number(text.size(), out);
  out += text;
}

struct head_reader {
  std::string_view rest;
  bool is_sound = true;

  std::uint64_t number() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
      auto const octet = static_cast<unsigned char>(rest.front());
      rest.remove_prefix(1);
      value |= std::uint64_t{octet & 0x7FU} << shift;
      if (octet < 0x80) return value;
    }
    is_sound = false;
    return 0;
  }
  std::string text() {
    auto const size = number();
    if (size > rest.size()) {
      is_sound = false;
      return {};
    }
    std::string taken{rest.substr(0, static_cast<std::size_t>(size))};
    rest.remove_prefix(taken.size());
    return taken;
  }
};

void put_word(std::uint64_t word, std::uint8_t* at) noexcept {
  for (int i = 0; i != 8; ++i) at[i] = static_cast<std::uint8_t>(word >> (56 - 8 * i));
}
std::uint64_t read_word(std::uint8_t const* at) noexcept {
  std::uint64_t word = 0;
  for (int i = 0; i != 8; ++i) word = (word << 8U) | at[i];
  return word;
}

constexpr unsigned session_low_bits = 64 - lock_place::nonce_bits;
constexpr unsigned session_high_bits = number_bits - session_low_bits;

}  // namespace

lock_token encode_lock(lock_place const& from) noexcept {
  auto const session = static_cast<std::uint64_t>(from.session);
  lock_token token;
  put_word((static_cast<std::uint64_t>(from.sequence) << session_high_bits) |
               (session >> session_low_bits),
           token.value.octets.data());
  put_word((session << lock_place::nonce_bits) | static_cast<std::uint64_t>(from.nonce),
           token.value.octets.data() + 8);
  return token;
}

lock_place decode_lock(lock_token const& token) noexcept {
  auto const high = read_word(token.value.octets.data());
  auto const low = read_word(token.value.octets.data() + 8);
  lock_place found;
  found.sequence = static_cast<std::int64_t>(high >> session_high_bits);
  found.session = static_cast<std::int64_t>(
      ((high & ((std::uint64_t{1} << session_high_bits) - 1)) << session_low_bits) |
      (low >> lock_place::nonce_bits));
  found.nonce = static_cast<std::int64_t>(low & ((std::uint64_t{1} << lock_place::nonce_bits) - 1));
  return found;
}

void encode_head(message const& from, std::string& out) {
  std::uint64_t there = 0;
  for (unsigned i = 0; i != text_fields.size(); ++i)
    there |= std::uint64_t{(from.*text_fields[i]).empty() ? 0U : 1U} << i;
  there |= std::uint64_t{from.time_to_live == no_time_to_live ? 0U : 1U} << time_to_live_bit;
  there |= std::uint64_t{from.enqueue_at == timestamp{} ? 0U : 1U} << enqueue_at_bit;
  out += head_format;
  put_number(there, out);
  put_text(from.id.value, out);
  for (auto const field : text_fields)
    if (!(from.*field).empty()) put_text(from.*field, out);
  if (from.time_to_live != no_time_to_live)
    put_number(static_cast<std::uint64_t>(from.time_to_live.count()), out);
  if (from.enqueue_at != timestamp{})
    put_number(static_cast<std::uint64_t>(from.enqueue_at.time_since_epoch().count()), out);
  encode_properties(from.properties, out);
}

result<void> decode_head(std::string_view encoded, message& into) {
  head_reader from{encoded};
  from.is_sound = !encoded.empty() && encoded.front() == head_format;
  if (from.is_sound) {
    from.rest.remove_prefix(1);
    auto const there = from.number();
    into.id.value = from.text();
    for (unsigned i = 0; i != text_fields.size(); ++i)
      if ((there >> i & 1U) != 0) into.*text_fields[i] = from.text();
    if ((there >> time_to_live_bit & 1U) != 0)
      into.time_to_live = std::chrono::milliseconds{static_cast<std::int64_t>(from.number())};
    if ((there >> enqueue_at_bit & 1U) != 0)
      into.enqueue_at =
          timestamp{std::chrono::microseconds{static_cast<std::int64_t>(from.number())}};
  }
  auto properties = from.is_sound ? decode_properties(from.rest) : property_list{};
  if (!from.is_sound || !properties)
    return fail(errc::corrupt, "evsrc_bus_messages.head does not decode", "sqlite.bus");
  into.properties = std::move(*properties);
  return {};
}

}  // namespace evsrc::sqlite::inline v0::detail
