// SPDX-License-Identifier: Apache-2.0
// How the contract opens the bus in an SQLite file.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "evsrc/sqlite/message_bus.hpp"
#include "evsrc/testing/bus_contracts.hpp"

namespace evsrc {

/// A folder of its own under the temporary one, with one file; removed at the end.
template <sqlite::durability Durability>
class sqlite_bus_place final : public testing::bus_place {
 public:
  sqlite_bus_place() {
    std::string name = std::filesystem::temp_directory_path() / "evsrc-contract-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) folder_ = name;
  }
  ~sqlite_bus_place() override {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }

  result<std::unique_ptr<testing::bus_handle>> open(testing::open_request const& how) override {
    if (folder_.empty()) return fail(errc::io_failed, "no temporary folder could be made");
    bool const is_file = Durability != sqlite::durability::memory;
    sqlite::options with;
    with.durability = Durability;
    with.clock = how.clock;
    if (how.stepped) with.threads = sqlite::threads::none;
    auto bus = sqlite::open_bus(is_file ? (folder_ / "bus.db").string() : ":memory:", with);
    if (!bus) return fail(std::move(bus.error()));
    return testing::own(std::move(*bus));
  }

 private:
  std::filesystem::path folder_;
};

inline constexpr testing::message_bus_features sqlite_bus_features{
    .persistent = true, .several_handles = true, .several_processes = true};

}  // namespace evsrc
