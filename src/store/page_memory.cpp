// SPDX-License-Identifier: Apache-2.0
// Blocks of memory that one page leaves behind for the next one of its thread.
#include "evsrc/store/detail/page_memory.hpp"

#include <array>
#include <iterator>
#include <new>

// A view that outlives its page must not be hidden from the one tool that sees it.
#if defined(__SANITIZE_ADDRESS__)
#define EVSRC_KEEPS_PAGE_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EVSRC_KEEPS_PAGE_MEMORY 0
#endif
#endif
#ifndef EVSRC_KEEPS_PAGE_MEMORY
#define EVSRC_KEEPS_PAGE_MEMORY 1
#endif

namespace evsrc::inline v0::detail {
namespace {

constexpr std::size_t sizes = std::size(page_block_bytes);

/// The smallest kept size that holds `bytes`; `sizes` for a request that goes to the allocator,
/// since it is too large, or so small that the allocator is good at it.
constexpr std::size_t size_of(std::size_t bytes) noexcept {
  std::size_t size = 0;
  if (EVSRC_KEEPS_PAGE_MEMORY == 0 || bytes <= page_block_bytes[0] / 2) return sizes;
  while (size != sizes && bytes > page_block_bytes[size]) ++size;
  return size;
}

struct shelf {
  std::array<char*, page_blocks_kept[1]> blocks{};
  std::size_t count = 0;
};

// Without destructors: pages of static objects are given up when those of the thread have run.
constinit thread_local std::array<shelf, sizes> shelves{};
constinit thread_local bool is_closed = false;

struct shelf_end {
  bool is_armed = true;
  ~shelf_end() {
    is_closed = true;
    for (auto& of : shelves)
      while (of.count != 0) ::operator delete(of.blocks[--of.count]);
  }
};

}  // namespace

char* take_page_memory(std::size_t bytes) {
  auto const size = size_of(bytes);
  if (size == sizes) return static_cast<char*>(::operator new(bytes));
  auto& of = shelves[size];
  if (of.count != 0) return of.blocks[--of.count];
  return static_cast<char*>(::operator new(page_block_bytes[size]));
}

void give_page_memory(char* at, std::size_t bytes) noexcept {
  auto const size = size_of(bytes);
  if (size == sizes || is_closed || shelves[size].count == page_blocks_kept[size]) {
    ::operator delete(at);
    return;
  }
  thread_local shelf_end last_of_thread;
  last_of_thread.is_armed = true;  // a use, so that it is made, and runs when the thread ends
  auto& of = shelves[size];
  of.blocks[of.count++] = at;
}

}  // namespace evsrc::inline v0::detail
