// SPDX-License-Identifier: Apache-2.0
// How urgent an order is.
#pragma once

#include <cstdint>
#include <string_view>

#include "evsrc/core/money.hpp"

namespace evsrc::inline v0::retail {

enum class order_priority : std::uint8_t { normal, medium, high };

[[nodiscard]] constexpr std::string_view to_string(order_priority value) noexcept {
  return value == order_priority::high     ? "high"
         : value == order_priority::medium ? "medium"
                                           : "normal";
}

/// Above 1000.00 high, above 500.00 medium, else normal; 1000.00 itself is medium.
[[nodiscard]] inline order_priority priority(money total) noexcept {
  if (total > money{1000, 0}) return order_priority::high;
  return total > money{500, 0} ? order_priority::medium : order_priority::normal;
}

}  // namespace evsrc::inline v0::retail
