// SPDX-License-Identifier: Apache-2.0
// Random numbers that a seed repeats.
#pragma once

#include <atomic>
#include <cstdint>

#include "evsrc/core/random.hpp"

namespace evsrc::testing::inline v0 {

/// The same seed gives the same numbers and ids on every platform: print `seed()` with a failure.
/// @threads any thread may call; which thread gets which number is then up to them
/// @source splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014
class seeded_random final : public random_source {
 public:
  explicit seeded_random(std::uint64_t seed) noexcept : seed_(seed), state_(seed) {}

  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

  [[nodiscard]] std::uint64_t next() noexcept override {
    constexpr std::uint64_t step = 0x9E3779B97F4A7C15;
    std::uint64_t mixed = state_.fetch_add(step) + step;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EB;
    return mixed ^ (mixed >> 31U);
  }

 private:
  std::uint64_t const seed_;
  std::atomic<std::uint64_t> state_;
};

}  // namespace evsrc::testing::inline v0
