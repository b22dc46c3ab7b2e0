// SPDX-License-Identifier: Apache-2.0
// Forking, and reading what comes home.
#include "child_process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace evsrc::testing::inline v0::detail {
namespace {

constexpr unsigned process_seconds_max = 1'800;  // nobody waits for ever for one that crashed

void write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    auto const written = ::write(to, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // the reader finds the report cut off
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string read_all(int from) {
  std::string all;
  std::array<char, 65'536> buffer;
  for (;;) {
    auto const count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return all;
    all.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

child_process start_child(std::function<std::string()> const& work) {
  std::array<int, 2> ends{};
  require(::pipe(ends.data()) == 0, "no pipe to another process");
  child_process made{::fork(), ends[0]};
  require(made.id >= 0, "fork failed");
  if (made.id == 0) {
    ::alarm(process_seconds_max);
    ::close(ends[0]);
    write_all(ends[1], work());
    ::_exit(0);  // nothing of the parent is torn down
  }
  ::close(ends[1]);
  return made;
}

child_report bring_home(child_process const& one) {
  child_report report{read_all(one.pipe)};
  ::close(one.pipe);
  int status = 0;
  while (::waitpid(one.id, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) report.flaw = "a process ended with status " + std::to_string(status);
  return report;
}

}  // namespace evsrc::testing::inline v0::detail
