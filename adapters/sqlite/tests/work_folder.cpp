// SPDX-License-Identifier: Apache-2.0
// A folder of a test's own.
#include "work_folder.hpp"

#include <random>

namespace evsrc_test {
namespace {

std::filesystem::path fast_folder() {
  std::error_code missing;
  std::filesystem::path const shared{"/dev/shm"};
  return std::filesystem::is_directory(shared, missing) ? shared
                                                        : std::filesystem::temp_directory_path();
}

}  // namespace

work_folder::work_folder()
    : path_(fast_folder() / ("evsrc-sqlite-" + std::to_string(std::random_device{}()) + "-" +
                             std::to_string(std::random_device{}()))) {
  std::filesystem::create_directories(path_);
}

work_folder::~work_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace evsrc_test
