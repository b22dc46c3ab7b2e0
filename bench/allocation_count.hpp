// SPDX-License-Identifier: Apache-2.0
// How often this program has asked for memory.
#pragma once

#include <cstddef>

namespace bench {

/// Calls of operator new by this thread so far.
[[nodiscard]] std::size_t allocation_count() noexcept;

}  // namespace bench
