// SPDX-License-Identifier: Apache-2.0
// A forked process that is stopped, continued and killed, and memory that it shares.
#pragma once

#include <sys/mman.h>
#include <sys/types.h>

#include <functional>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace evsrc_test {

/// Killed where it still runs when this ends, and when the parent does.
class child {
 public:
  child() = default;
  child(child&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  child& operator=(child&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~child() { kill(); }

  /// Forks: no thread and no handle may be open. The child ends after `work`.
  [[nodiscard]] static child start(std::function<void()> const& work);

  void stop() const;  ///< SIGSTOP: returns when it stands
  void go_on() const;
  void kill();  ///< SIGKILL: returns when it is gone
  /// Waits for its end. False where that was no good one.
  [[nodiscard]] bool wait();
  /// True where it ended though nobody asked it to.
  [[nodiscard]] bool has_crashed();

 private:
  explicit child(::pid_t id) noexcept : id_(id) {}
  ::pid_t id_ = -1;
};

/// One value in a mapping that children inherit.
template <class T>
class shared_memory {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  shared_memory() {
    void* const at =
        ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::runtime_error("no memory that processes share");
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

}  // namespace evsrc_test
