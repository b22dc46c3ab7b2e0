// SPDX-License-Identifier: Apache-2.0
// The operating system's clocks.
#include "evsrc/core/clock.hpp"

#include <cstddef>
#include <new>
#include <thread>

namespace evsrc::inline v0 {
namespace {

class operating_system_clock final : public clock {
 public:
  timestamp now() noexcept override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  steady_time steady() noexcept override { return std::chrono::steady_clock::now(); }
  void sleep(std::chrono::microseconds duration) override {
    if (duration > std::chrono::microseconds::zero()) std::this_thread::sleep_for(duration);
  }
};

}  // namespace

clock& system_clock() noexcept {
  // Never destroyed: destructors of the application's own statics may still ask for the time.
  alignas(operating_system_clock) static std::byte storage[sizeof(operating_system_clock)];
  static auto& instance = *::new (static_cast<void*>(storage)) operating_system_clock;
  return instance;
}

}  // namespace evsrc::inline v0
