// SPDX-License-Identifier: Apache-2.0
// The same history in three files: evsrc's, the limit's, the floor's.
#pragma once

#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "evsrc/sqlite/event_store.hpp"
#include "plain_store.hpp"

namespace bench {

inline constexpr std::size_t stream_count = 10'000;

[[nodiscard]] std::string stream_key(std::size_t stream);

/// The choice of streams, the same for all contenders that begin with the same seed.
class stream_choice {
 public:
  [[nodiscard]] std::size_t next() {
    return std::uniform_int_distribution<std::size_t>(0, stream_count - 1)(random_);
  }

 private:
  std::mt19937_64 random_{20101201};
};

/// A commit of one order into one stream, as a caller makes it.
[[nodiscard]] evsrc::commit order_commit(std::size_t stream, std::size_t events = 1);

/// A message that carries the same order, under an id of its own.
[[nodiscard]] evsrc::message order_message(std::size_t stream);

[[nodiscard]] std::unique_ptr<evsrc::sqlite::event_store> open_store(
    std::filesystem::path const& path, durability level);

/// A folder that is removed at the end.
struct scratch_folder {
  std::filesystem::path path;
  explicit scratch_folder(std::filesystem::path where);
  ~scratch_folder();
  scratch_folder(scratch_folder const&) = delete;
  scratch_folder& operator=(scratch_folder const&) = delete;
};

/// Files with `stream_count` streams and at least `events` events of 400 bytes in them, so that
/// nobody pays for the first event of a stream. Removed at the end.
class store_files {
 public:
  store_files(std::filesystem::path const& folder, std::string const& name, std::size_t events);

  [[nodiscard]] std::filesystem::path ours() const { return folder_.path / "ours.db"; }
  [[nodiscard]] std::filesystem::path limit() const { return folder_.path / "limit.db"; }
  [[nodiscard]] std::filesystem::path floor() const { return folder_.path / "floor.db"; }

 private:
  scratch_folder folder_;
};

}  // namespace bench
