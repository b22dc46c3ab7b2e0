// SPDX-License-Identifier: Apache-2.0
// A disk under SQLite that can lose its power, lie, fill up and fail.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

struct sqlite3_vfs;

namespace evsrc_test {

/// What happens to the writes that no sync had confirmed when the power went.
enum class loss : std::uint8_t {
  everything,  ///< all are gone
  nothing,     ///< all arrived
  tail,        ///< those behind some moment are gone
  any,         ///< any of them are gone: reordered by the drive
  torn,        ///< as any, and some of the others arrived in part, in sectors of 512 bytes
};
inline constexpr loss all_losses[] = {loss::everything, loss::nothing, loss::tail, loss::any,
                                      loss::torn};

/// A sqlite3_vfs over the system's that remembers what is synced and what is not. Files are really
/// written, so a store on it works; what a power loss would leave is put together in write_image().
class simulated_disk {
 public:
  simulated_disk();
  simulated_disk(simulated_disk const&) = delete;
  simulated_disk& operator=(simulated_disk const&) = delete;
  ~simulated_disk();

  [[nodiscard]] std::string const& name() const noexcept { return name_; }

  /// The power goes at the operation with this number, counted from 1: writes, truncations, syncs
  /// and removals of files. That one may have begun; all later ones fail.
  void cut_power_at(std::uint64_t number) noexcept { cut_at_ = number; }
  [[nodiscard]] bool is_cut() const noexcept { return cut_at_ != 0 && operations_ >= cut_at_; }
  [[nodiscard]] std::uint64_t operations() const noexcept { return operations_; }
  [[nodiscard]] std::uint64_t syncs() const noexcept { return syncs_; }

  /// Syncs of files that end so are confirmed and not done: the planted defect.
  void ignore_syncs_of(std::string ending) { ignored_ending_ = std::move(ending); }
  /// The sync with this number (counted from 1) answers an error.
  void fail_sync_at(std::uint64_t number) noexcept { fail_sync_at_ = number; }
  /// Writes that would make a file longer answer that the disk is full.
  void set_full(bool is_full) noexcept { is_full_ = is_full; }
  void fail_reads(bool fails) noexcept { fails_reads_ = fails; }
  /// As a file system that cannot share memory between processes.
  void without_shared_memory() noexcept { has_shared_memory_ = false; }

  /// Writes the files that a machine would find when the power is back.
  void write_image(std::filesystem::path const& folder, loss kind, std::uint64_t seed) const;

  struct file_model;
  struct open_file;

 private:
  friend struct disk_calls;
  struct operation {
    std::int64_t offset = 0;
    std::string bytes;
    bool is_truncation = false;
  };
  [[nodiscard]] bool begin_operation() noexcept;
  static void apply(std::string& content, operation const& what);
  static void apply_torn(std::string& content, operation const& what, std::mt19937_64& random);

  std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<file_model>> files_;
  std::uint64_t operations_ = 0;
  std::uint64_t syncs_ = 0;
  std::uint64_t cut_at_ = 0;
  std::uint64_t fail_sync_at_ = 0;
  std::string ignored_ending_;
  bool is_full_ = false;
  std::atomic<bool> fails_reads_ = false;
  bool has_shared_memory_ = true;
};

}  // namespace evsrc_test
