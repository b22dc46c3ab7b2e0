// SPDX-License-Identifier: Apache-2.0
// Deadlines and jittered pauses.
#include "evsrc/runtime/detail/retry_budget.hpp"

#include <algorithm>

namespace evsrc::inline v0::detail {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::microseconds first_ceiling = 500us;
constexpr std::chrono::microseconds last_ceiling = 50ms;
/// Longer deadlines would leave the range of the clock; nobody waits for them.
constexpr std::chrono::milliseconds deadline_max = std::chrono::hours(24 * 365);

}  // namespace

retry_budget::retry_budget(clock& time, random_source& random, std::chrono::milliseconds deadline)
    : time_(&time),
      random_(&random),
      end_(time.steady() + std::clamp(deadline, 0ms, deadline_max)) {}

std::chrono::milliseconds retry_budget::remaining() const {
  auto const left = end_ - time_->steady();
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), 0ms);
}

bool retry_budget::pause() {
  if (pauses_++ > 0) {
    auto const doubled = first_ceiling * (1U << std::min(pauses_ - 2U, 16U));
    auto const ceiling = std::min<std::chrono::microseconds>(doubled, last_ceiling);
    auto const drawn = random_->next() % static_cast<std::uint64_t>(ceiling.count());
    std::chrono::microseconds const wait{static_cast<std::int64_t>(drawn) + 1};
    time_->sleep(std::min<std::chrono::microseconds>(wait, remaining()));
  }
  return remaining() > 0ms;
}

}  // namespace evsrc::inline v0::detail
