// SPDX-License-Identifier: Apache-2.0
// The bytes in the columns that hold more than one value, and the hashes.
#include "encoding.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr char receipt_format = 1;
constexpr std::uint64_t factor = 0x9E3779B97F4A7C15ULL;  // 2^64 over the golden ratio

/// Values that differ in so many bytes at their end are neighbours in the index of tags.
constexpr std::size_t siblings_end_in = 2;
/// Of the number of a tag: what tells it from its neighbours.
constexpr std::uint64_t own_bits = 0xFF'FFFF;

constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t word) noexcept {
  hash = (hash ^ word) * factor;
  return hash ^ (hash >> 32U);
}

/// Little-endian whatever the machine: the number is in files.
std::uint64_t read_word(char const* at, std::size_t count) noexcept {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i != count; ++i)
    word |= std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
  return word;
}

void put_number(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>((value & 0x7FU) | 0x80U);
  out += static_cast<char>(value);
}

struct number_reader {
  std::string_view rest;
  bool is_good = true;

  std::uint64_t number() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
      auto const octet = static_cast<unsigned char>(rest.front());
      rest.remove_prefix(1);
      value |= std::uint64_t{octet & 0x7FU} << shift;
      if (octet < 0x80) return value;
    }
    is_good = false;
    return 0;
  }
  /// Each counted thing takes one byte at least.
  std::uint64_t count() noexcept {
    auto const value = number();
    is_good = is_good && value <= rest.size();
    return is_good ? value : 0;
  }
  std::string text() {
    auto const size = static_cast<std::size_t>(count());
    std::string taken{rest.substr(0, size)};
    rest.remove_prefix(size);
    return taken;
  }
};

}  // namespace

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) noexcept {
  // Four lanes, so that the multiplications overlap.
  std::array<std::uint64_t, 4> lanes{seed, seed ^ 1U, seed ^ 2U, seed ^ 3U};
  char const* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 32; left -= 32, at += 32)
    for (std::size_t i = 0; i != lanes.size(); ++i)
      lanes[i] = mix(lanes[i], read_word(at + 8 * i, 8));
  for (; left >= 8; left -= 8, at += 8) lanes[0] = mix(lanes[0], read_word(at, 8));
  lanes[1] = mix(lanes[1], read_word(at, left));
  auto hash = mix(bytes.size(), lanes[0]);
  for (std::size_t i = 1; i != lanes.size(); ++i) hash = mix(hash, lanes[i]);
  return hash;
}

std::int64_t hash_tag(std::string_view name, std::string_view value) noexcept {
  auto const stem = value.substr(0, value.size() - std::min(value.size(), siblings_end_in));
  auto const family = hash_bytes(stem, hash_bytes(name, 7));
  auto const own = hash_bytes(value, family);
  return static_cast<std::int64_t>((family & ~own_bits) | (own & own_bits));
}

std::uint64_t hash_content(event_id const& id, timestamp time, std::string_view meta,
                           std::string_view payload) noexcept {
  auto const seed = mix(static_cast<std::uint64_t>(as_integer(time)), 11);
  return hash_bytes(payload, hash_bytes(meta, hash_bytes(as_bytes(id), seed)));
}

std::int64_t checksum_of(std::uint64_t content, std::int64_t stream, std::uint64_t version,
                         std::int64_t kind) noexcept {
  auto hash = mix(content, static_cast<std::uint64_t>(stream));
  hash = mix(mix(hash, version), static_cast<std::uint64_t>(kind));
  return static_cast<std::int32_t>(hash >> 32U);  // four bytes in the row
}

std::string encode_receipt(receipt const& from) {
  std::string out(1, receipt_format);
  put_number(out, from.up_to.major());
  put_number(out, from.versions.size());
  for (auto const version : from.versions) put_number(out, version);
  put_number(out, from.positions.size());
  std::uint64_t before = 0;
  for (auto const& one : from.positions) {
    put_number(out, one.value - before);
    before = one.value;
  }
  return out;
}

result<receipt> decode_receipt(std::string_view encoded, std::uint64_t store) {
  number_reader from{encoded};
  from.is_good = !encoded.empty() && encoded.front() == receipt_format;
  receipt found;
  if (from.is_good) {
    from.rest.remove_prefix(1);
    found.up_to = cursor{store, from.number()};
    found.versions.resize(static_cast<std::size_t>(from.count()));
    for (auto& version : found.versions) version = from.number();
    found.positions.resize(static_cast<std::size_t>(from.count()));
    std::uint64_t before = 0;
    for (auto& one : found.positions) one.value = before += from.number();
  }
  if (!from.is_good || !from.rest.empty())
    return fail(errc::corrupt, "evsrc_once.receipt does not decode", "sqlite");
  return found;
}

result<property_list> decode_text_pairs(std::string_view encoded) {
  property_list found;
  number_reader from{encoded};
  found.resize(encoded.empty() ? 0 : static_cast<std::size_t>(from.count()));
  for (auto& [name, value] : found) {
    name = from.text();
    value = from.text();
  }
  if (!from.is_good || !from.rest.empty())
    return fail(errc::corrupt, "evsrc_outbox.properties does not decode", "sqlite");
  return found;
}

}  // namespace evsrc::sqlite::inline v0::detail
