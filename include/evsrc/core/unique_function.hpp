// SPDX-License-Identifier: Apache-2.0
// A callable that is moved, not copied; std::move_only_function is not in C++20.
#pragma once

#include <concepts>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace evsrc::inline v0 {

template <class Signature>
class unique_function;

/// Holds one callable, small ones (48 bytes) in place. Empty when default-constructed or moved
/// from; calling an empty one is undefined.
template <class R, class... Args>
class unique_function<R(Args...)> {
  static constexpr std::size_t in_place_bytes = 48;
  template <class F>
  static constexpr bool fits =
      sizeof(F) <= in_place_bytes &&
      alignof(F) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<F>;
  struct operations {
    R (*call)(void*, Args&&...);
    void (*relocate)(void* from, void* to) noexcept;
    void (*destroy)(void*) noexcept;
  };
  /// A result that the signature does not want is dropped.
  template <class F>
  static R invoke(F& callable, Args&&... args) {
    if constexpr (std::is_void_v<R>) {
      static_cast<void>(callable(std::forward<Args>(args)...));
    } else {
      return callable(std::forward<Args>(args)...);
    }
  }
  template <class F>
  static constexpr operations in_place{[](void* at, Args&&... args) -> R {
                                         return invoke(*static_cast<F*>(at),
                                                       std::forward<Args>(args)...);
                                       },
                                       [](void* from, void* to) noexcept {
                                         ::new (to) F(std::move(*static_cast<F*>(from)));
                                         static_cast<F*>(from)->~F();
                                       },
                                       [](void* at) noexcept { static_cast<F*>(at)->~F(); }};
  template <class F>
  static constexpr operations on_heap{
      [](void* at, Args&&... args) -> R {
        return invoke(**static_cast<F**>(at), std::forward<Args>(args)...);
      },
      [](void* from, void* to) noexcept { ::new (to) F*(*static_cast<F**>(from)); },
      [](void* at) noexcept { delete *static_cast<F**>(at); }};

 public:
  unique_function() noexcept = default;
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, unique_function> &&
           std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
      unique_function(F&& callable) {  // NOLINT(google-explicit-constructor): as std::function
    using stored = std::decay_t<F>;    // a function becomes a pointer
    if constexpr (fits<stored>) {
      ::new (static_cast<void*>(&storage_)) stored(std::forward<F>(callable));
      operations_ = &in_place<stored>;
    } else {
      ::new (static_cast<void*>(&storage_)) stored*(new stored(std::forward<F>(callable)));
      operations_ = &on_heap<stored>;
    }
  }
  unique_function(unique_function&& other) noexcept { take(other); }
  unique_function& operator=(unique_function&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~unique_function() { reset(); }

  [[nodiscard]] explicit operator bool() const noexcept { return operations_ != nullptr; }
  R operator()(Args... args) { return operations_->call(&storage_, std::forward<Args>(args)...); }

 private:
  void take(unique_function& other) noexcept {
    operations_ = std::exchange(other.operations_, nullptr);
    if (operations_ != nullptr) operations_->relocate(&other.storage_, &storage_);
  }
  void reset() noexcept {
    if (operations_ != nullptr) std::exchange(operations_, nullptr)->destroy(&storage_);
  }

  operations const* operations_ = nullptr;
  alignas(std::max_align_t) std::byte storage_[in_place_bytes];
};

}  // namespace evsrc::inline v0
