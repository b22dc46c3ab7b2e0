// SPDX-License-Identifier: Apache-2.0
// Which streams a check of snapshots looks at.
#include "evsrc/runtime/snapshot_check.hpp"

namespace evsrc::inline v0::detail {

bool is_sampled(std::string_view key, snapshot_check_options const& options) {
  if (options.one_in <= 1) return true;
  std::uint64_t number = 0;
  for (char const digit : fingerprint_of(key).substr(0, 15))
    number =
        number * 16 + static_cast<std::uint64_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
  return number % options.one_in == options.round % options.one_in;
}

}  // namespace evsrc::inline v0::detail
