// SPDX-License-Identifier: Apache-2.0
// What a commit answers (G9).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "evsrc/core/cursor.hpp"
#include "evsrc/core/id.hpp"
#include "evsrc/core/position.hpp"

namespace evsrc::inline v0 {

struct receipt {
  std::vector<position> positions{};       ///< one per event, in the order of the commit
  std::vector<stream_version> versions{};  ///< one per append, in the order of the commit: after it
  cursor up_to{};                          ///< a reader that is here has seen this commit
  bool duplicate = false;                  ///< a key was known: nothing was written now
  std::string outcome{};                   ///< what was recorded under the key, for duplicates

  friend bool operator==(receipt const&, receipt const&) = default;
};

}  // namespace evsrc::inline v0
