// SPDX-License-Identifier: Apache-2.0
// Copies of a store, and how one becomes a store again.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "encoding.hpp"
#include "evsrc/core/random.hpp"
#include "native_error.hpp"
#include "schema.hpp"
#include "store_state.hpp"

namespace evsrc::sqlite::inline v0 {
namespace detail {
namespace {

namespace fs = std::filesystem;

error file_error(int number, std::string const& what) {
  error found{errc::io_failed, what + ": " + std::strerror(number), "sqlite.backup"};
  found.native_code = number;
  if (number == ENOENT || number == ENOTDIR) found.code = errc::not_found;
  if (number == EACCES || number == EPERM) found.code = errc::permission_denied;
  if (number == EROFS) found.code = errc::read_only;
  if (number == ENOSPC) found.code = errc::disk_full;
  return found;
}

/// A file that is being written: removed, unless it was renamed.
class draft_file {
 public:
  /// For who is alone with the name: removes what one that died has left there.
  explicit draft_file(std::string path) : path_(std::move(path)) { remove(); }
  draft_file(draft_file&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  draft_file& operator=(draft_file&&) = delete;
  ~draft_file() { remove(); }

  /// Beside `path`, of a name that nobody else has: others may write a file of the same name, and
  /// "<path>.part" may be somebody's own.
  [[nodiscard]] static result<draft_file> make_beside(std::string const& path) {
    for (;;) {
      auto name = path + "." + std::to_string(system_random().next()) + ".part";
      int const made = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
      if (made < 0 && errno == EEXIST) continue;
      if (made < 0) return fail(file_error(errno, "make " + name));
      ::close(made);
      return draft_file{std::move(name), made_here{}};
    }
  }

  [[nodiscard]] std::string const& path() const noexcept { return path_; }
  /// Gives the file its name; the name is as durable as the bytes afterwards.
  [[nodiscard]] result<void> rename_to(std::string const& name) {
    std::error_code failed;
    fs::rename(path_, name, failed);
    if (failed)
      return fail(errc::io_failed, "rename " + path_ + " to " + name + ": " + failed.message(),
                  "sqlite.backup");
    path_.clear();
    return sync_folder(name);
  }
  /// As rename_to(), but takes the name from nobody. @errors invalid_argument: it is taken
  [[nodiscard]] result<void> rename_to_new(std::string const& name) {
    if (::link(path_.c_str(), name.c_str()) == 0) {
      remove();
      return sync_folder(name);
    }
    if (errno == EEXIST) return invalid("path", name + " exists");
    return rename_to(name);  // a file system without links
  }

 private:
  struct made_here {};
  draft_file(std::string path, made_here) noexcept : path_(std::move(path)) {}
  void remove() noexcept {
    if (path_.empty()) return;
    std::error_code ignored;
    for (char const* beside : {"", "-journal", "-wal", "-shm"}) fs::remove(path_ + beside, ignored);
  }
  std::string path_;
};

/// Copies every page as of one moment and leaves `to` open for its last changes.
result<connection> copy_pages(connection& from, std::string const& to) {
  auto made = connection::open({.path = to, .create = true});
  if (!made) return fail(made.error());
  EVSRC_TRY(made->run("PRAGMA synchronous = FULL"));
  auto* const copy = sqlite3_backup_init(made->native(), "main", from.native(), "main");
  if (copy == nullptr)
    return fail(native_error(made->native(), sqlite3_extended_errcode(made->native()), "back up"));
  int const stepped = sqlite3_backup_step(copy, -1);
  int const finished = sqlite3_backup_finish(copy);
  if (stepped != SQLITE_DONE)
    return fail(native_error(made->native(), finished == SQLITE_OK ? stepped : finished,
                             "copy pages to " + to));
  // One file, without a log beside it.
  auto const mode = made->read_text("PRAGMA journal_mode = DELETE");
  if (!mode) return fail(mode.error());
  return std::move(*made);
}

/// nullopt where it cannot be read any more.
std::optional<store_identity> find_identity(std::string const& path) {
  auto file = connection::open({.path = path, .read_only = true});
  if (!file) return std::nullopt;
  auto const state = inspect_file(*file, all_migrations());
  if (!state || *state == file_state::empty) return std::nullopt;
  auto identity = store_identity::read(*file);
  if (!identity) return std::nullopt;
  return std::move(*identity);
}

/// Of the store that is to be replaced. Where a restore of it was interrupted its log may be gone,
/// with the last epoch in it: only the file that was to replace it knows.
std::optional<store_identity> find_replaced(std::string const& target) {
  auto replaced = find_identity(target);
  std::error_code failed;
  if (!fs::exists(restoring_path(target), failed)) return replaced;
  auto pending = find_identity(restoring_path(target));
  if (pending && replaced) pending->epoch = std::max(pending->epoch, replaced->epoch);
  return pending;
}

/// A number above that of the epochs which an unreadable file may have had, if no two restores were
/// less than five minutes apart: steps since 2025, good for eighty years. Positions alone go on
/// behind those that were shown; cursors are told apart by the store's id.
std::uint64_t epoch_by_clock() {
  constexpr std::int64_t start_s = 1'735'689'600;
  auto const now_s = as_integer(system_clock().now()) / 1'000'000;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(now_s - start_s, 0) / 300);
}

/// What is made of `backup` in place of `replaced`: in an epoch of its own, and another store where
/// the epochs of this one may go on elsewhere or are not known any more. Two copies that began one
/// epoch as one store would take each other's cursors for their own.
result<void> begin_epoch(connection& copy, store_identity const& backup,
                         std::optional<store_identity> const& replaced) {
  auto epoch = backup.epoch + 1;
  epoch = std::max(epoch, replaced ? replaced->epoch + 1 : epoch_by_clock());
  EVSRC_TRY(copy.run("BEGIN IMMEDIATE"));
  EVSRC_TRY(raise_epoch(copy, epoch));
  if (!replaced || replaced->is_backup || replaced->id_hex != backup.id_hex)
    EVSRC_TRY(copy.run("UPDATE evsrc_store SET id = randomblob(16)"));
  return copy.run("COMMIT");
}

result<connection> open_backup(std::string const& path) {
  std::error_code failed;
  if (!fs::exists(path, failed))
    return fail(errc::not_found, path + ": there is no such file", "sqlite.restore");
  bool const has_log = fs::exists(path + "-wal", failed);
  auto file = connection::open({.path = path, .read_only = true, .immutable = !has_log});
  if (!file) return fail(file.error());
  auto const state = inspect_file(*file, all_migrations());
  if (!state) return fail(state.error());
  if (*state == file_state::empty)
    return fail(errc::foreign_file, path + " is empty", "sqlite.restore");
  auto const sound = file->read_text("PRAGMA integrity_check(1)");
  if (!sound) return fail(sound.error());
  if (*sound != "ok") return fail(errc::corrupt, path + ": " + *sound, "sqlite.restore");
  return file;
}

}  // namespace

std::string restoring_path(std::string const& store_path) {
  return store_path + "-evsrc-restoring";
}

result<void> finish_restore(std::string const& store_path) {
  // A log without its file would be taken for the log of the new one.
  std::error_code failed;
  for (char const* beside : {"-wal", "-shm", "-journal"}) {
    fs::remove(store_path + beside, failed);
    if (failed)
      return fail(errc::io_failed, "remove " + store_path + beside + ": " + failed.message(),
                  "sqlite.restore");
  }
  EVSRC_TRY(sync_folder(store_path));
  fs::rename(restoring_path(store_path), store_path, failed);
  if (failed)
    return fail(errc::io_failed, "rename to " + store_path + ": " + failed.message(),
                "sqlite.restore");
  return sync_folder(store_path);
}

}  // namespace detail

result<void> event_store::backup_to(std::string const& path) {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (path.empty()) return invalid("path", "empty");
  if (fs::exists(path, failed)) return invalid("path", path + " exists");
  auto draft = detail::draft_file::make_beside(path);
  if (!draft) return fail(std::move(draft.error()));
  EVSRC_TRY(state_->with_reader([&](auto& from) -> result<void> {
    auto copy = detail::copy_pages(from->file(), draft->path());
    if (!copy) return fail(copy.error());
    return copy->run("UPDATE evsrc_store SET is_backup = 1");
  }));
  return draft->rename_to_new(path);
}

result<void> restore(std::string const& backup_path, std::string const& store_path) {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (fs::equivalent(backup_path, store_path, failed))
    return invalid("backup_path", "is the store itself");
  auto const folder = fs::canonical(fs::absolute(store_path, failed).parent_path(), failed);
  if (failed)
    return fail(errc::not_found, store_path + ": there is no such folder", "sqlite.restore");
  auto const target = fs::exists(store_path, failed)
                          ? fs::canonical(store_path, failed).string()
                          : (folder / fs::path{store_path}.filename()).string();
  if (failed) return fail(errc::io_failed, store_path + ": " + failed.message(), "sqlite.restore");

  auto backup = detail::open_backup(backup_path);
  if (!backup) return fail(backup.error());
  auto const identity = detail::store_identity::read(*backup);
  if (!identity) return fail(identity.error());
  auto between = detail::process_lock::open(target);
  if (!between) return fail(between.error());
  EVSRC_TRY(between->claim_alone());

  auto const replaced = detail::find_replaced(target);
  detail::draft_file draft{detail::restoring_path(target) + ".part"};
  {
    auto copy = detail::copy_pages(*backup, draft.path());
    if (!copy) return fail(copy.error());
    EVSRC_TRY(detail::begin_epoch(*copy, *identity, replaced));
  }
  EVSRC_TRY(draft.rename_to(detail::restoring_path(target)));
  return detail::finish_restore(target);
}

}  // namespace evsrc::sqlite::inline v0
