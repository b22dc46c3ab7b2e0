// SPDX-License-Identifier: Apache-2.0
// How the contract opens the store in an SQLite file.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "evsrc/sqlite/event_store.hpp"
#include "evsrc/testing/contracts.hpp"

namespace evsrc {

/// A folder of its own under the temporary one, with one file; removed at the end.
template <sqlite::durability Durability>
class sqlite_place final : public testing::store_place {
 public:
  sqlite_place() {
    std::string name = std::filesystem::temp_directory_path() / "evsrc-contract-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) folder_ = name;
  }
  ~sqlite_place() override {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }

  result<std::unique_ptr<testing::store_handle>> open(testing::open_request const& how) override {
    if (folder_.empty()) return fail(errc::io_failed, "no temporary folder could be made");
    sqlite::options with;
    with.durability = Durability;
    with.clock = how.clock;
    if (how.stepped) with.threads = sqlite::threads::none;
    auto store = sqlite::open((folder_ / "contract.db").string(), with);
    if (!store) return fail(std::move(store.error()));
    return testing::own(std::move(*store));
  }

 private:
  std::filesystem::path folder_;
};

/// The same without a file.
class sqlite_memory_place final : public testing::store_place {
 public:
  result<std::unique_ptr<testing::store_handle>> open(testing::open_request const& how) override {
    sqlite::options with;
    with.durability = sqlite::durability::memory;
    with.clock = how.clock;
    if (how.stepped) with.threads = sqlite::threads::none;
    auto store = sqlite::open(":memory:", with);
    if (!store) return fail(std::move(store.error()));
    return testing::own(std::move(*store));
  }
};

inline constexpr testing::event_store_features sqlite_file_features{.idempotency = true,
                                                                    .snapshots = true,
                                                                    .outbox = true,
                                                                    .stepped = true,
                                                                    .persistent = true,
                                                                    .several_handles = true,
                                                                    .several_processes = true};
inline constexpr testing::event_store_features sqlite_memory_features{
    .idempotency = true, .snapshots = true, .outbox = true, .stepped = true};

}  // namespace evsrc
