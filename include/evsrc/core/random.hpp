// SPDX-License-Identifier: Apache-2.0
// Randomness and fresh ids as arguments.
#pragma once

#include <cstdint>

#include "evsrc/core/id.hpp"
#include "evsrc/core/timestamp.hpp"

namespace evsrc::inline v0 {

/// Where random numbers come from: jitter and ids, never secrets. @threads any thread may call
class random_source {
 public:
  random_source() = default;
  random_source(random_source const&) = delete;
  random_source& operator=(random_source const&) = delete;
  virtual ~random_source() = default;

  [[nodiscard]] virtual std::uint64_t next() noexcept = 0;
};

/// Seeded per thread from the operating system.
[[nodiscard]] random_source& system_random() noexcept;

/// The next event id: time of `now`, the rest random. Ids of one thread made within one millisecond
/// are in no particular order.
[[nodiscard]] event_id make_event_id(timestamp now, random_source& random) noexcept;

}  // namespace evsrc::inline v0
