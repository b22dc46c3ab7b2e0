// SPDX-License-Identifier: Apache-2.0
// A generator per thread, seeded by the operating system.
#include "evsrc/core/random.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <exception>
#include <new>
#include <random>

namespace evsrc::inline v0 {
namespace {

/// xoshiro256**: 256 bits of state, so that ids of many processes share no sequence.
/// @source Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021
class generator {
 public:
  generator() noexcept {
    try {
      std::random_device device;
      for (auto& word : state_) {
        word = (std::uint64_t{device()} << 32U) | std::uint64_t{device()};
      }
    } catch (std::exception const&) {
      // No entropy device: the time and this thread's address still keep threads apart.
      auto const ticks = std::chrono::steady_clock::now().time_since_epoch().count();
      auto const wall = std::chrono::system_clock::now().time_since_epoch().count();
      state_[1] = static_cast<std::uint64_t>(ticks);
      state_[2] = static_cast<std::uint64_t>(wall);
      state_[3] = std::uint64_t{reinterpret_cast<std::uintptr_t>(this)};
    }
    // All zero would stay zero for ever.
    if (state_ == words{}) state_[0] = 0x9E3779B97F4A7C15;
  }

  std::uint64_t next() noexcept {
    std::uint64_t const drawn = std::rotl(state_[1] * 5, 7) * 9;
    std::uint64_t const shifted = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return drawn;
  }

 private:
  using words = std::array<std::uint64_t, 4>;
  words state_{};
};

class per_thread_random final : public random_source {
 public:
  std::uint64_t next() noexcept override {
    thread_local generator mine;
    return mine.next();
  }
};

}  // namespace

random_source& system_random() noexcept {
  // Never destroyed: destructors of the application's own statics may still need ids.
  alignas(per_thread_random) static std::byte storage[sizeof(per_thread_random)];
  static auto& instance = *::new (static_cast<void*>(storage)) per_thread_random;
  return instance;
}

event_id make_event_id(timestamp now, random_source& random) noexcept {
  auto const ms = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch());
  // Drawn in statements of their own: the order of evaluation of arguments is not fixed, and a
  // seed must give the same ids with every compiler.
  std::uint64_t const high = random.next();
  std::uint64_t const low = random.next();
  return make_uuid_v7(ms.count(), high, low);
}

}  // namespace evsrc::inline v0
