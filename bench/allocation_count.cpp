// SPDX-License-Identifier: Apache-2.0
// Counts the program's calls of operator new; the others of the family come here, too.
#include "allocation_count.hpp"

#include <cstdlib>
#include <new>

namespace {
thread_local std::size_t count = 0;
}  // namespace

namespace bench {
std::size_t allocation_count() noexcept { return count; }
}  // namespace bench

void* operator new(std::size_t size) {
  ++count;
  if (void* const made = std::malloc(size == 0 ? 1 : size)) return made;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
