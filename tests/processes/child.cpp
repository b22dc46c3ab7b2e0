// SPDX-License-Identifier: Apache-2.0
// Forks and signals.
#include "child.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>

namespace evsrc_test {
namespace {

int wait_for(::pid_t id, int flags) {
  int status = 0;
  while (::waitpid(id, &status, flags) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

child child::start(std::function<void()> const& work) {
  auto const parent = ::getpid();
  auto const id = ::fork();
  if (id < 0) throw std::runtime_error("fork failed");
  if (id > 0) return child(id);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  try {
    work();
  } catch (std::exception const& thrown) {
    std::fprintf(stderr, "a process ended: %s\n", thrown.what());
    ::_exit(1);
  }
  ::_exit(0);  // nothing of the parent is torn down
}

void child::stop() const {
  ::kill(id_, SIGSTOP);
  wait_for(id_, WUNTRACED);
}

void child::go_on() const { ::kill(id_, SIGCONT); }

void child::kill() {
  if (id_ < 0) return;
  ::kill(id_, SIGKILL);
  wait_for(std::exchange(id_, -1), 0);
}

bool child::wait() {
  if (id_ < 0) return false;
  return wait_for(std::exchange(id_, -1), 0) == 0;
}

bool child::has_crashed() {
  if (id_ < 0) return true;
  ::siginfo_t found{};
  bool const is_over =
      ::waitid(P_PID, static_cast<::id_t>(id_), &found, WEXITED | WNOHANG | WNOWAIT) == 0 &&
      found.si_pid == id_;
  if (is_over) kill();
  return is_over;
}

}  // namespace evsrc_test
