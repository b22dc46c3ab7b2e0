// SPDX-License-Identifier: Apache-2.0
// Two chained lanes of a 64-bit mixer.
#include "evsrc/runtime/detail/fingerprint.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace evsrc::inline v0::detail {
namespace {

/// The finaliser of splitmix64: every input bit reaches every output bit, and no two inputs meet.
/// @source Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014
constexpr std::uint64_t mixed(std::uint64_t word) noexcept {
  word = (word ^ (word >> 30U)) * 0xBF58476D1CE4E5B9;
  word = (word ^ (word >> 27U)) * 0x94D049BB133111EB;
  return word ^ (word >> 31U);
}

/// Up to eight bytes, the first one lowest, whatever the machine's order is.
std::uint64_t word_at(std::string_view text) noexcept {
  std::uint64_t word = 0;
  for (std::size_t at = 0; at < text.size() && at < 8; ++at)
    word |= std::uint64_t{static_cast<unsigned char>(text[at])} << (8 * at);
  return word;
}

void append_hex(std::uint64_t word, std::string& out) {
  for (int shift = 60; shift >= 0; shift -= 4)
    out.push_back("0123456789abcdef"[(word >> static_cast<unsigned>(shift)) & 0xFU]);
}

}  // namespace

std::string fingerprint_of(std::string_view text) {
  std::uint64_t first = 0x9E3779B97F4A7C15;
  std::uint64_t second = 0xD1B54A32D192ED03;
  auto const absorb = [&](std::uint64_t word) {
    first = mixed(first ^ word);
    second = mixed(std::rotl(second, 23) + word + first);
  };
  absorb(text.size());
  for (; !text.empty(); text.remove_prefix(text.size() < 8 ? text.size() : 8))
    absorb(word_at(text));

  std::string out;
  out.reserve(32);
  append_hex(mixed(first + second), out);
  append_hex(mixed(second ^ std::rotl(first, 32)), out);
  return out;
}

}  // namespace evsrc::inline v0::detail
