// SPDX-License-Identifier: Apache-2.0
// A second program at the same file.
#pragma once

#include <sys/types.h>

#include <functional>

namespace evsrc_test {

/// Forked when it is made, before the test opens a file: SQLite's connections do not live through a
/// fork.
class other_process {
 public:
  explicit other_process(std::function<bool()> const& work);
  other_process(other_process const&) = delete;
  other_process& operator=(other_process const&) = delete;
  ~other_process();

  /// Lets it work and waits for its end. @return what the work did
  [[nodiscard]] bool run();

 private:
  ::pid_t id_ = -1;
  int start_ = -1;  ///< a byte through this pipe lets it begin, the end of the pipe gives it up
};

}  // namespace evsrc_test
