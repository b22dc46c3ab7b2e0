// SPDX-License-Identifier: Apache-2.0
// Stands in for the header of Boost 1.84 where Boost is older: names as the test's types list them.
#pragma once

#include <cstddef>
#include <string_view>

namespace boost::pfr {

template <std::size_t I, class T>
constexpr std::string_view get_name() noexcept {
  return T::cpp_names[I];
}

}  // namespace boost::pfr
