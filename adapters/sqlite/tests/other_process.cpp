// SPDX-License-Identifier: Apache-2.0
// A second program at the same file.
#include "other_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace evsrc_test {

other_process::other_process(std::function<bool()> const& work) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return;
  id_ = ::fork();
  if (id_ == 0) {
    ::close(ends[1]);
    char go = 0;
    bool const is_wanted = ::read(ends[0], &go, 1) == 1;
    ::_exit(is_wanted && work() ? 0 : 1);
  }
  ::close(ends[0]);
  start_ = ends[1];
}

other_process::~other_process() {
  if (start_ >= 0) ::close(start_);
  if (id_ > 0) ::waitpid(id_, nullptr, 0);
}

bool other_process::run() {
  if (id_ <= 0 || ::write(start_, "g", 1) != 1) return false;
  int status = -1;
  bool const has_ended = ::waitpid(std::exchange(id_, -1), &status, 0) > 0;
  return has_ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace evsrc_test
