// SPDX-License-Identifier: Apache-2.0
// When a circuit opens, and for how long.
#include "evsrc/runtime/circuit_breaker.hpp"

#include <limits>

#include "evsrc/runtime/retry_policy.hpp"

namespace evsrc::inline v0 {

using std::chrono::milliseconds;

result<void> validate(circuit_options const& what) {
  constexpr milliseconds pause_max = std::chrono::hours(24);
  if (what.failures == 0) return invalid("failures", "must be at least 1");
  if (what.first_pause <= milliseconds(0)) return invalid("first_pause", "must be above zero");
  if (what.max_pause < what.first_pause || what.max_pause > pause_max)
    return invalid("max_pause", "must be first_pause to 24 hours");
  if (what.growth_percent < 100 || what.growth_percent > 10'000)
    return invalid("growth_percent", "must be 100 to 10000");
  if (what.jitter_percent > 100) return invalid("jitter_percent", "must be at most 100");
  return {};
}

std::string_view to_string(circuit_standing value) noexcept {
  switch (value) {
    case circuit_standing::closed: return "closed";
    case circuit_standing::open: return "open";
    case circuit_standing::half_open: return "half open";
  }
  return "?";
}

circuit_standing circuit_breaker::standing(steady_time now) const noexcept {
  if (pauses_ == 0) return circuit_standing::closed;
  return may_try(now) ? circuit_standing::half_open : circuit_standing::open;
}

void circuit_breaker::note_success() noexcept {
  failures_ = pauses_ = 0;
  retry_at_ = steady_time::min();
}

void circuit_breaker::note_failure(steady_time now, random_source& random) noexcept {
  if (failures_ != std::numeric_limits<std::uint32_t>::max()) ++failures_;
  if (failures_ < settings_.failures || !may_try(now)) return;
  constexpr std::uint32_t pauses_max = 1'000;  // it has long stopped growing
  if (pauses_ < pauses_max) ++pauses_;
  retry_policy growth;
  growth.first_delay = settings_.first_pause;
  growth.growth_percent = settings_.growth_percent;
  growth.max_delay = settings_.max_pause;
  growth.jitter_percent = settings_.jitter_percent;
  retry_at_ = now + growth.draw_delay(pauses_, random);
}

}  // namespace evsrc::inline v0
