// SPDX-License-Identifier: Apache-2.0
// A folder of a test's own.
#pragma once

#include <filesystem>
#include <string>

namespace evsrc_test {

/// Removed at the end. In memory where there is such a place: what a power loss leaves is the
/// simulated disk's matter, not the machine's.
class work_folder {
 public:
  work_folder();
  work_folder(work_folder const&) = delete;
  work_folder& operator=(work_folder const&) = delete;
  ~work_folder();
  [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }
  [[nodiscard]] std::string file(char const* name = "store.db") const {
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace evsrc_test
