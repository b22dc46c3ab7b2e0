// SPDX-License-Identifier: Apache-2.0
// One connection to the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "evsrc/core/result.hpp"
#include "statement.hpp"

struct sqlite3;

namespace evsrc::sqlite::inline v0::detail {

struct connection_settings {
  std::string path;
  std::string vfs{};
  bool read_only = false;
  bool create = false;
  bool immutable = false;  ///< nobody can write: no log, no locks
};

/// How a file begins, whatever it is.
struct file_start {
  std::uint64_t file_bytes = 0;
  std::string bytes;  ///< as many as were asked for: zeros behind the end
};

/// Used by one thread at a time. Never checkpoints by itself, also not when it is closed (G11).
class connection {
 public:
  connection() = default;
  connection(connection&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  connection& operator=(connection&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~connection();

  [[nodiscard]] static result<connection> open(connection_settings const& with);

  /// Prepares a statement that is kept.
  [[nodiscard]] result<statement> prepare(std::string_view sql);
  /// Runs statements that give no rows.
  [[nodiscard]] result<void> run(char const* sql);
  /// The first column of the first row; 0 and empty where there is none.
  [[nodiscard]] result<std::int64_t> read_integer(std::string_view sql);
  [[nodiscard]] result<std::string> read_text(std::string_view sql);

  /// Reads the file as it lies there, through SQLite's own descriptor: any other one would, when it
  /// is closed, drop the locks that SQLite holds on the file for the whole process.
  [[nodiscard]] result<file_start> read_start(std::size_t bytes);
  /// Waits until the disk has all that was committed; where there is no log it has. For commits
  /// that did not wait.
  [[nodiscard]] result<void> sync_log();
  /// Changes whenever another connection has committed, and by own commits.
  [[nodiscard]] std::uint32_t data_version() noexcept;
  /// False inside a transaction.
  [[nodiscard]] bool is_idle() const noexcept;
  /// Ends a transaction that has only read, so that nothing in it can be lost; also while somebody
  /// interrupts.
  void end_reading();
  void set_busy_timeout(int milliseconds) noexcept;
  /// Ends what runs now with errc::cancelled. May be called from another thread.
  void interrupt() noexcept;
  /// Lets the last connection to the file empty and remove the log when it is closed.
  void allow_checkpoint_on_close() noexcept;

  [[nodiscard]] sqlite3* native() const noexcept { return handle_; }

 private:
  explicit connection(sqlite3* handle) noexcept : handle_(handle) {}
  sqlite3* handle_ = nullptr;
};

}  // namespace evsrc::sqlite::inline v0::detail
