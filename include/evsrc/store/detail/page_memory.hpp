// SPDX-License-Identifier: Apache-2.0
// Where pages get their memory, and what a thread keeps of it for its next page.
#pragma once

#include <cstddef>

namespace evsrc::inline v0::detail {

/// Sizes of the blocks that are kept. A page that is read after another gets the memory that is
/// still in the cache, and the allocator, which gives large blocks back to the system, is not asked
/// to have them cleared again: that was three quarters of a replay with pages of 2,000 events.
inline constexpr std::size_t page_block_bytes[] = {64 * 1024, 1024 * 1024};
/// Of each size, by each thread that gives up pages, until it ends.
inline constexpr std::size_t page_blocks_kept[] = {4, 8};

/// At least `bytes`, aligned as `new` does. @throws std::bad_alloc
[[nodiscard]] char* take_page_memory(std::size_t bytes);
/// `bytes` as they were asked for. Any thread may give back what another one took.
void give_page_memory(char* at, std::size_t bytes) noexcept;

/// For unique_ptr.
struct page_block_end {
  std::size_t bytes = 0;
  void operator()(char* at) const noexcept { give_page_memory(at, bytes); }
};

/// For vector.
template <class T>
struct page_allocator {
  using value_type = T;

  page_allocator() = default;
  template <class U>
  explicit page_allocator(page_allocator<U> const& /*same*/) noexcept {}

  [[nodiscard]] T* allocate(std::size_t count) {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    return reinterpret_cast<T*>(take_page_memory(count * sizeof(T)));
  }
  void deallocate(T* at, std::size_t count) noexcept {
    give_page_memory(reinterpret_cast<char*>(at), count * sizeof(T));
  }
  friend bool operator==(page_allocator const&, page_allocator const&) = default;
};

}  // namespace evsrc::inline v0::detail
