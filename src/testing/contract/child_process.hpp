// SPDX-License-Identifier: Apache-2.0
// Forked processes that race: what they share, and their reports home through pipes.
#pragma once

#include <sys/mman.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <string>
#include <thread>
#include <type_traits>

#include "demands.hpp"

namespace evsrc::testing::inline v0::detail {

inline constexpr std::size_t process_count = 4;

/// In memory that all processes share; they pass it together.
struct shared_barrier {
  std::atomic<std::uint32_t> arrived = 0;
  std::atomic<std::uint32_t> generation = 0;
  std::uint32_t expected = 0;

  void wait() {
    auto const mine = generation.load();
    if (arrived.fetch_add(1) + 1 == expected) {
      arrived = 0;
      ++generation;
      return;
    }
    while (generation.load() == mine) std::this_thread::yield();
  }
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

/// One value in a mapping that children inherit.
template <class T>
class shared_memory {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  shared_memory() {
    void* const at =
        ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    require(at != MAP_FAILED, "no shared memory for what processes share");
    value_ = ::new (at) T;
  }
  shared_memory(shared_memory const&) = delete;
  shared_memory& operator=(shared_memory const&) = delete;
  ~shared_memory() { ::munmap(value_, sizeof(T)); }
  [[nodiscard]] T& operator*() const { return *value_; }
  [[nodiscard]] T* operator->() const { return value_; }

 private:
  T* value_ = nullptr;
};

struct child_process {
  ::pid_t id = -1;
  int pipe = -1;
};

/// Forks; the child sends home what `work` returns. No thread and no handle may be open.
[[nodiscard]] child_process start_child(std::function<std::string()> const& work);

struct child_report {
  std::string bytes;
  std::string flaw{};  ///< how the process ended, where it did not end well
};
/// Waits for its end.
[[nodiscard]] child_report bring_home(child_process const& one);

}  // namespace evsrc::testing::inline v0::detail
