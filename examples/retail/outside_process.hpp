// SPDX-License-Identifier: Apache-2.0
// The outside as a child process: started with the shop, ended with it.
#pragma once

#include <sys/types.h>

#include <string>

#include "outside_services.hpp"

namespace retail_example {

/// Runs this program again as the outside (`retail outside SOCKET LEDGER ...`). It ends when this
/// process does, however that happens.
class outside_process {
 public:
  outside_process() = default;
  outside_process(outside_process&& other) noexcept;
  outside_process& operator=(outside_process&& other) noexcept;
  ~outside_process();

  /// @errors unavailable: it did not start or does not answer, or another one has the ledger
  [[nodiscard]] static evsrc::result<outside_process> start(std::string const& ledger_path,
                                                            outside_options const& options);
  [[nodiscard]] std::string const& socket_path() const noexcept { return socket_path_; }

 private:
  std::string folder_;
  std::string socket_path_;
  int stdin_of_child_ = -1;
  pid_t child_ = -1;
};

}  // namespace retail_example
