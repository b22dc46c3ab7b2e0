// SPDX-License-Identifier: Apache-2.0
// Who runs a projection, relay or timer loop: one at a time, told apart by an epoch (G10).
#pragma once

#include <cstdint>
#include <string>

namespace evsrc::inline v0 {

/// Part of a commit: proves or takes ownership. A claim that does not hold is errc::fenced, and the
/// commit writes nothing.
struct owner_claim {
  enum class kind : std::uint8_t {
    hold,       ///< `epoch` must be the current one
    take_over,  ///< `epoch` must be the current one plus one (1 where nobody ever owned it); raises
                ///< it
  };

  std::string name;
  std::uint64_t epoch = 0;
  kind what = kind::hold;
  /// Shown by explain(): host, process, whatever helps; kept by take_over. At most
  /// limits::owner_holder_bytes.
  std::string holder{};
};

/// What is known of an owner. The heartbeat rises by one with every commit that holds or takes; a
/// candidate takes over after it has seen the same {epoch, heartbeat} for its whole patience.
struct owner_state {
  std::uint64_t epoch = 0;
  std::uint64_t heartbeat = 0;
  std::string holder{};

  friend bool operator==(owner_state const&, owner_state const&) = default;
};

}  // namespace evsrc::inline v0
