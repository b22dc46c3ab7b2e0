// SPDX-License-Identifier: Apache-2.0
// What a client was told, on the disk before it hears more.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "evsrc/runtime/command_outcome.hpp"

namespace evsrc_test {

/// Lines "KEY<tab>REPLY", appended to a file that outlives the process.
class reply_log {
 public:
  explicit reply_log(std::string const& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {}
  reply_log(reply_log const&) = delete;
  reply_log& operator=(reply_log const&) = delete;
  ~reply_log() { ::close(file_); }

  [[nodiscard]] bool write(std::string const& key, std::string const& reply) const {
    auto const line = key + '\t' + reply + '\n';
    return ::write(file_, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
           ::fdatasync(file_) == 0;
  }

 private:
  int file_;
};

[[nodiscard]] inline std::string told(evsrc::handled const& done) {
  std::string text = "ok version " + std::to_string(done.version) + " positions";
  for (auto const& one : done.receipt.positions) text += ' ' + std::to_string(one.value);
  return text;
}

}  // namespace evsrc_test
