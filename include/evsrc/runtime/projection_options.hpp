// SPDX-License-Identifier: Apache-2.0
// What may be said about a projection.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "evsrc/core/clock.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/runtime/failure_policy.hpp"

namespace evsrc::inline v0 {

struct projection_options {
  std::string name{};                ///< empty: `Model::name`; in memory none is needed
  std::size_t batch_events = 1'000;  ///< applied, and for tables committed, at once
  /// The same while tables are far behind: fewer commits, each of which keeps other writers longer.
  std::size_t catch_up_events = 5'000;
  failure_policy on_failure = failure_policy::stop;
  /// At an event whose error is_retryable or is a conflict with others, before the policy applies.
  std::uint32_t attempts = 5;
  /// How long an owner must be silent before another takes over; longer than any batch takes.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
  std::chrono::milliseconds heartbeat = std::chrono::seconds(1);  ///< of an owner without work
  std::string holder{};             ///< shown to others; empty: host and process
  evsrc::clock* clock = nullptr;    ///< the system's where null
  random_source* random = nullptr;  ///< the system's where null
};

}  // namespace evsrc::inline v0
