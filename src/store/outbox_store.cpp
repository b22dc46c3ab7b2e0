// SPDX-License-Identifier: Apache-2.0
// The slot of a row.
#include "evsrc/store/outbox_store.hpp"

namespace evsrc::inline v0 {
namespace {

constexpr std::uint64_t fnv_start = 0xcbf29ce484222325ULL;
constexpr std::uint64_t fnv_factor = 0x100000001b3ULL;
constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;  // 2^64 over the golden ratio

constexpr std::uint64_t fnv(std::uint64_t hash, std::string_view text) noexcept {
  for (char const each : text) hash = (hash ^ static_cast<unsigned char>(each)) * fnv_factor;
  return hash;
}

}  // namespace

std::size_t outbox_slot(std::string_view destination, std::string_view key) noexcept {
  using namespace std::string_view_literals;
  // The last bytes of a key reach few bits of FNV-1a, and no upper ones: 1,000 numbered keys were
  // in eleven slots.
  auto const hash = fnv(fnv(fnv(fnv_start, destination), "\0"sv), key);
  return static_cast<std::size_t>(((hash ^ (hash >> 32U)) * golden) >> 58U);
}

}  // namespace evsrc::inline v0
