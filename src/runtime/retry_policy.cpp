// SPDX-License-Identifier: Apache-2.0
// Pauses between attempts, and which errors are worth another one.
#include "evsrc/runtime/retry_policy.hpp"

namespace evsrc::inline v0 {

bool may_pass(error const& failure) noexcept {
  switch (failure.code) {
    case errc::invalid_argument:
    case errc::limit_exceeded:
    case errc::malformed:
    case errc::unknown_event:
    case errc::newer_version:
    case errc::key_reused:
    case errc::unsupported:
    case errc::foreign_file: return false;
    default: return true;
  }
}

std::chrono::milliseconds retry_policy::draw_delay(std::uint32_t number,
                                                   random_source& random) const noexcept {
  auto const longest = longest_delay(number);
  auto const spread = longest.count() / 100 * jitter_percent;
  if (spread <= 0) return longest;
  auto const drawn = random.next() % (static_cast<std::uint64_t>(spread) + 1);
  return longest - std::chrono::milliseconds(static_cast<std::int64_t>(drawn));
}

result<void> validate(retry_policy const& what) {
  using std::chrono::milliseconds;
  constexpr std::uint32_t attempts_max = 1'000;
  constexpr milliseconds delay_max = std::chrono::hours(24 * 30);
  if (what.immediate > attempts_max) return invalid("immediate", "must be at most 1000");
  if (what.delayed > attempts_max) return invalid("delayed", "must be at most 1000");
  if (what.first_delay < milliseconds(0)) return invalid("first_delay", "must not be negative");
  if (what.max_delay < milliseconds(0) || what.max_delay > delay_max)
    return invalid("max_delay", "must be zero to 30 days");
  if (what.growth_percent < 100 || what.growth_percent > 10'000)
    return invalid("growth_percent", "must be 100 to 10000");
  if (what.jitter_percent > 100) return invalid("jitter_percent", "must be at most 100");
  if (what.retries == nullptr) return invalid("retries", "must not be null");
  return {};
}

}  // namespace evsrc::inline v0
