// SPDX-License-Identifier: Apache-2.0
// The messages that commits left for the relay.
#pragma once

#include <cstdint>
#include <vector>

#include "evsrc/core/message.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0 {

/// One message that was committed and not yet handed on.
struct outbox_row {
  std::uint64_t sequence = 0;  ///< order of commit; rows of one commit in its order
  outgoing_message message;
};

/// Which rows to look at.
struct outbox_read {
  std::uint64_t after = 0;  ///< sequence, exclusive
  std::size_t max_rows = 1'000;
};

/// Looks at the outbox in order of commit. @threads every function may be called from any thread
class outbox_store {
 public:
  outbox_store() = default;
  outbox_store(outbox_store const&) = delete;
  outbox_store& operator=(outbox_store const&) = delete;
  virtual ~outbox_store() = default;

  [[nodiscard]] virtual result<std::vector<outbox_row>> read_outbox(outbox_read const& what) = 0;
};

}  // namespace evsrc::inline v0
