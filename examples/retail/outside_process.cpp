// SPDX-License-Identifier: Apache-2.0
// Starting and ending the outside.
#include "outside_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "evsrc/core/clock.hpp"

namespace retail_example {
namespace {

constexpr int answers_within_ms = 10'000;

auto unavailable(char const* what) {
  return evsrc::fail(evsrc::errc::unavailable, std::string(what) + ": " + std::strerror(errno),
                     "outside_process.start");
}

/// In the child, between fork and exec: nothing that could take a lock.
[[noreturn]] void become_outside(int input, std::array<char const*, 8> const& arguments) {
  dup2(input, STDIN_FILENO);
  // These go to both where they come from a terminal. The outside ends with the shop, and tidies up
  // behind it.
  for (int const number : {SIGINT, SIGTERM, SIGHUP})
    static_cast<void>(std::signal(number, SIG_IGN));
  std::array<char*, 9> writable{};
  for (std::size_t i = 0; i != arguments.size(); ++i)
    writable[i] =
        const_cast<char*>(arguments[i]);  // NOLINT: execv does not write, it predates const
  execv("/proc/self/exe", writable.data());
  _exit(127);
}

}  // namespace

outside_process::outside_process(outside_process&& other) noexcept { *this = std::move(other); }
outside_process& outside_process::operator=(outside_process&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(socket_path_, other.socket_path_);
  std::swap(stdin_of_child_, other.stdin_of_child_);
  std::swap(child_, other.child_);
  return *this;
}

outside_process::~outside_process() {
  if (stdin_of_child_ >= 0) close(stdin_of_child_);
  if (child_ > 0) waitpid(child_, nullptr, 0);
  if (!socket_path_.empty()) unlink(socket_path_.c_str());
  if (!folder_.empty()) rmdir(folder_.c_str());
}

evsrc::result<outside_process> outside_process::start(std::string const& ledger_path,
                                                      outside_options const& options) {
  outside_process made;
  char folder[] = "/tmp/evsrc-retail-XXXXXX";
  if (mkdtemp(folder) == nullptr) return unavailable("mkdtemp");
  made.folder_ = folder;
  made.socket_path_ = made.folder_ + "/outside";
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return unavailable("pipe");
  made.stdin_of_child_ = ends[1];
  auto const seed = std::to_string(options.seed);
  auto const payments = std::to_string(options.payment_failures_per_mille);
  auto const parcels = std::to_string(options.shipping_failures_per_mille);
  auto const latency = std::to_string(options.latency_us);
  std::array<char const*, 8> const arguments{
      "retail",     "outside",        made.socket_path_.c_str(), ledger_path.c_str(),
      seed.c_str(), payments.c_str(), parcels.c_str(),           latency.c_str()};
  made.child_ = fork();
  if (made.child_ == 0) become_outside(ends[0], arguments);
  close(ends[0]);
  if (made.child_ < 0) return unavailable("fork");
  for (int waited = 0; waited != answers_within_ms; ++waited) {
    if (outside_services::connect(made.socket_path_)) return made;
    int status = 0;
    if (waitpid(made.child_, &status, WNOHANG) == made.child_) {
      made.child_ = -1;
      if (WIFEXITED(status) && WEXITSTATUS(status) == ledger_in_use)
        return evsrc::fail(evsrc::errc::unavailable,
                           "another import of this store is running: it holds " + ledger_path,
                           "outside_process.start");
      return evsrc::fail(evsrc::errc::unavailable,
                         "the outside ended at once; is its ledger " + ledger_path + " writable?",
                         "outside_process.start");
    }
    evsrc::system_clock().sleep(std::chrono::milliseconds(1));
  }
  errno = ETIMEDOUT;
  return unavailable("connect");
}

}  // namespace retail_example
