// SPDX-License-Identifier: Apache-2.0
// Metadata as bytes: format byte, presence byte, then each present field in the order of its bit.
// A number is a base-128 varint, a text its length and bytes, a list its count and pairs of texts.
#include "evsrc/core/metadata.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "evsrc/core/limits.hpp"

namespace evsrc::inline v0 {
namespace {

constexpr std::uint8_t format = 1;

constexpr std::array text_fields{&metadata::source,    &metadata::subject, &metadata::correlation,
                                 &metadata::causation, &metadata::user,    &metadata::trace_parent};
constexpr std::uint8_t tags_bit = 1U << 6U;
constexpr std::uint8_t headers_bit = 1U << 7U;

constexpr std::uint8_t text_bit(std::size_t field) noexcept {
  return static_cast<std::uint8_t>(1U << field);
}

void put_number(std::string& out, std::size_t value) {
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>((value & 0x7FU) | 0x80U);
  out += static_cast<char>(value);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

/// Takes values off the front; every function answers false where they are cut off or written in
/// a way that `encode_metadata` does not write.
struct reader {
  std::string_view rest;

  [[nodiscard]] bool take_octet(std::uint8_t& value) noexcept {
    if (rest.empty()) return false;
    value = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    return true;
  }

  [[nodiscard]] bool take_number(std::size_t& value) noexcept {
    value = 0;
    // Five octets hold 35 bits: more than any length that can be real.
    for (unsigned shift = 0; shift < 35; shift += 7) {
      std::uint8_t octet = 0;
      if (!take_octet(octet)) return false;
      value |= static_cast<std::size_t>(octet & 0x7FU) << shift;
      if (octet < 0x80) return octet != 0 || shift == 0;
    }
    return false;
  }

  [[nodiscard]] bool take_text(std::string& text) {
    std::size_t size = 0;
    if (!take_number(size) || size > rest.size()) return false;
    text.assign(rest.substr(0, size));
    rest.remove_prefix(size);
    return true;
  }

  template <class Pair>
  [[nodiscard]] bool take_pairs(std::vector<Pair>& pairs, std::size_t usual_max) {
    std::size_t count = 0;
    // Each pair takes two octets at least, so a false count cannot make the loop long.
    if (!take_number(count) || count == 0 || count > rest.size() / 2) return false;
    pairs.reserve(std::min(count, usual_max));
    for (; count > 0; --count) {
      std::string name;
      std::string value;
      if (!take_text(name) || !take_text(value)) return false;
      pairs.push_back(Pair{std::move(name), std::move(value)});
    }
    return true;
  }

  [[nodiscard]] bool take_fields(metadata& into) {
    std::uint8_t present = 0;
    if (!take_octet(present) || present == 0) return false;
    for (std::size_t field = 0; field < text_fields.size(); ++field) {
      if ((present & text_bit(field)) == 0) continue;
      auto& text = into.*text_fields[field];
      if (!take_text(text) || text.empty()) return false;
    }
    if ((present & tags_bit) != 0 && !take_pairs(into.tags, limits::tags_per_event)) return false;
    if ((present & headers_bit) != 0 && !take_pairs(into.headers, limits::headers_per_event)) {
      return false;
    }
    return rest.empty();
  }
};

}  // namespace

void encode_metadata(metadata const& from, std::string& out) {
  std::uint8_t present = 0;
  for (std::size_t field = 0; field < text_fields.size(); ++field) {
    if (!(from.*text_fields[field]).empty()) present |= text_bit(field);
  }
  if (!from.tags.empty()) present |= tags_bit;
  if (!from.headers.empty()) present |= headers_bit;
  if (present == 0) return;

  out += static_cast<char>(format);
  out += static_cast<char>(present);
  for (auto const field : text_fields) {
    if (!(from.*field).empty()) put_text(out, from.*field);
  }
  if (!from.tags.empty()) put_number(out, from.tags.size());
  for (auto const& tag : from.tags) {
    put_text(out, tag.name);
    put_text(out, tag.value);
  }
  if (!from.headers.empty()) put_number(out, from.headers.size());
  for (auto const& header : from.headers) {
    put_text(out, header.first);
    put_text(out, header.second);
  }
}

result<metadata> decode_metadata(std::string_view encoded, event_id id, timestamp time) {
  metadata decoded;
  decoded.id = id;
  decoded.time = time;
  if (encoded.empty()) return decoded;

  reader from{encoded};
  std::uint8_t found_format = 0;
  if (from.take_octet(found_format) && found_format > format) {
    return fail(errc::newer_version,
                "metadata has format " + std::to_string(found_format) +
                    ", this program reads up to " + std::to_string(format),
                "decode_metadata");
  }
  if (found_format != format || !from.take_fields(decoded)) {
    return fail(errc::malformed,
                "metadata is cut off or not written by evsrc: stopped at byte " +
                    std::to_string(encoded.size() - from.rest.size()) + " of " +
                    std::to_string(encoded.size()),
                "decode_metadata");
  }
  return decoded;
}

}  // namespace evsrc::inline v0
