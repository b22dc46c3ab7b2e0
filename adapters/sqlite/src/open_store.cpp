// SPDX-License-Identifier: Apache-2.0
// Opening a file: whose it is, what has to be done first, what it cannot do.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "native_error.hpp"
#include "schema.hpp"
#include "store_state.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

namespace fs = std::filesystem;
constexpr char const* origin = "sqlite.open";
constexpr std::string_view in_memory = ":memory:";

/// What is at `path` then may be the old store without its log, or nothing yet.
bool is_restore_pending(std::string const& path) {
  std::error_code failed;
  return fs::exists(restoring_path(path), failed);
}

/// Looks at the first bytes before SQLite does, which would take any short file for an empty one.
result<void> check_header(std::string const& path, std::string const& vfs) {
  constexpr std::string_view magic{"SQLite format 3\0", 16};
  std::error_code failed;
  if (!fs::exists(path, failed)) return {};
  auto file = connection::open({.path = path, .vfs = vfs, .read_only = true});
  if (!file) return {};  // the open that counts will say why
  auto const start = file->read_start(magic.size());
  if (!start) return fail(start.error());
  if (start->file_bytes == 0) return {};
  std::size_t same = 0;
  for (std::size_t i = 0; i != magic.size(); ++i) same += start->bytes[i] == magic[i] ? 1 : 0;
  if (same == magic.size() && start->file_bytes >= 512) return {};
  if (same >= magic.size() - 4)
    return fail(errc::corrupt, path + ": the header is damaged or cut off", origin);
  return fail(errc::foreign_file, path + " is not an SQLite database", origin);
}

error with_path(error failed, std::string const& path) {
  if (!failed.message.starts_with(path)) failed.message = path + ": " + failed.message;
  failed.origin = origin;
  // The file is there and was read: what cannot be opened is the shared memory beside it.
  if ((failed.native_code & 0xFF) == 14) {
    failed.code = errc::unsupported;
    failed.message += " (the file system gives no shared memory for the write-ahead log)";
  }
  return failed;
}

result<void> set_up_writer(connection& file, store_state const& of) {
  auto const pragmas =
      "PRAGMA cache_size = -" +
      std::to_string(std::max<std::size_t>(of.with.page_cache_bytes, 262'144) / 1024) +
      "; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
      " PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF";
  if (auto ran = file.run(pragmas.c_str()); !ran)
    return fail(with_path(std::move(ran.error()), of.path));
  return {};
}

result<void> use_write_ahead_log(connection& file, std::string const& path) {
  auto const mode = file.read_text("PRAGMA journal_mode = WAL");
  if (!mode) return fail(with_path(mode.error(), path));
  if (*mode != "wal")
    return fail(errc::unsupported,
                path +
                    ": the file system gives no shared memory for the write-ahead log (journal "
                    "mode is " +
                    *mode + ")",
                origin);
  return {};
}

/// Another program would go on by the older version.
result<void> migrate_alone(connection& file, store_state const& opened, process_lock& between) {
  if (!between.claim_alone())
    return fail(errc::unavailable,
                opened.path + " is of an older schema version: to bring it to version " +
                    std::to_string(schema_version(all_migrations())) +
                    ", close it in all other programs first",
                origin);
  if (auto done = migrate(file, all_migrations()); !done)
    return fail(with_path(std::move(done.error()), opened.path));
  return between.mark_open(*opened.time, opened.time->steady());
}

/// Raises the epoch behind commits that may be gone, and says beforehand where that may happen
/// again.
result<void> mark_unsynced(connection& file, store_state& opened, process_lock& between) {
  // Commits of the last boot at durability::os may be gone with the power, and their positions may
  // have been told: none of them is given out again. A boot that cannot be seen is no boot's.
  auto const boot = opened.boot.empty() ? std::string{"unknown"} : opened.boot;
  auto const& marked = opened.identity.unsynced_boot;
  bool const is_unsure = !marked.empty() && (marked != boot || opened.boot.empty());
  bool will_be = opened.with.durability == durability::os && (is_unsure || marked != boot);
  if (!is_unsure && !will_be) return {};
  if (is_unsure && !will_be) {
    // The mark may be that of a store which is open at this moment, of a program that sees another
    // boot, and then it has to stay.
    will_be = !between.claim_alone();
    EVSRC_TRY(between.mark_open(*opened.time, opened.time->steady()));
  }
  EVSRC_TRY(file.run("BEGIN IMMEDIATE"));
  if (is_unsure) EVSRC_TRY(raise_epoch(file, opened.identity.epoch + 1));
  if (will_be) {
    auto mark = file.prepare("UPDATE evsrc_store SET unsynced_boot = ?");
    if (!mark) return fail(mark.error());
    EVSRC_TRY(mark->text(1, boot).run());
  }
  EVSRC_TRY(file.run("COMMIT"));
  auto identity = store_identity::read(file);
  if (!identity) return fail(identity.error());
  opened.identity = std::move(*identity);
  return {};
}

/// Makes, migrates or just reads; the caller has the writer's turn.
result<void> bring_up_to_date(connection& file, store_state& opened, process_lock& between) {
  auto const state = inspect_file(file, all_migrations());
  if (!state) return fail(with_path(state.error(), opened.path));
  if (opened.with.durability != durability::memory)
    EVSRC_TRY(use_write_ahead_log(file, opened.path));
  if (*state == file_state::empty) EVSRC_TRY(migrate(file, all_migrations()));
  if (*state == file_state::older) EVSRC_TRY(migrate_alone(file, opened, between));
  if (*state == file_state::empty && opened.with.durability != durability::memory)
    EVSRC_TRY(sync_folder(opened.path));

  auto identity = store_identity::read(file);
  if (!identity) return fail(with_path(identity.error(), opened.path));
  if (identity->is_backup)
    return fail(errc::read_only,
                opened.path + " is a backup: restore() makes a store of it, or open it read-only",
                origin);
  opened.identity = std::move(*identity);
  return mark_unsynced(file, opened, between);
}

result<std::string> find_path(std::string const& path, options const& with) {
  if (path.empty()) return invalid("path", "empty");
  if (path.find('\0') != std::string::npos) return invalid("path", "holds a zero byte");
  std::error_code failed;
  if (fs::is_directory(path, failed)) return invalid("path", path + " is a folder");
  bool const is_there = fs::exists(path, failed);
  bool const is_made = with.create && !with.read_only;
  if (!is_there && !is_made && !is_restore_pending(path))
    return fail(errc::not_found, path + ": there is no such file", origin);
  if (is_there) {
    auto const followed = fs::canonical(path, failed);
    // An empty path would be a temporary database.
    if (failed) return fail(errc::io_failed, path + ": " + failed.message(), origin);
    return followed.string();
  }
  auto const folder = fs::absolute(path, failed).parent_path();
  auto const real = fs::canonical(folder, failed);
  if (failed) return fail(errc::not_found, folder.string() + ": there is no such folder", origin);
  return (real / fs::path{path}.filename()).string();
}

reader_pool::settings reader_settings(store_state const& of) {
  reader_pool::settings settings;
  settings.file.path = of.path;
  settings.file.vfs = of.with.vfs;
  settings.file.read_only = true;
  settings.max_readers = of.with.readers;
  settings.page_cache_bytes = of.with.page_cache_bytes / 4;
  settings.verifies = of.with.verify_reads;
  return settings;
}

group_writer::settings writer_settings(store_state& of) {
  group_writer::settings settings;
  settings.time = of.time;
  settings.deadline = of.with.deadline;
  settings.may_start_thread = of.with.threads == threads::allowed;
  settings.is_read_only = of.with.read_only;
  settings.rows_of = of.readers->place();
  settings.is_synced = of.with.durability == durability::fsync;
  settings.on_growth = [&of](std::uint64_t head, std::uint64_t outbox) {
    of.note_growth(head, outbox);
  };
  settings.interrupt_reads = [&of] { of.readers->interrupt_lent(); };
  settings.on_news = [&of](std::vector<std::int64_t> const& lanes) { of.waits->announce(lanes); };
  if (of.with.durability == durability::memory) {
    settings.shared_connection = &of.connection;
  } else {
    settings.wal_checkpoint_bytes = std::max<std::size_t>(of.with.wal_checkpoint_bytes, 65'536);
    settings.wal_bytes_max = std::max(of.with.wal_bytes_max, settings.wal_checkpoint_bytes);
  }
  return settings;
}

result<void> open_for_reading(store_state& opened) {
  auto between = process_lock::open_to_read(opened.path);
  EVSRC_TRY(between.mark_open(*opened.time, opened.time->steady() + opened.with.deadline));
  if (is_restore_pending(opened.path))
    return fail(errc::unavailable,
                opened.path +
                    ": a restore of it was interrupted and may have removed what the file needs: "
                    "open it for writing once, or restore it again",
                origin);
  auto settings = reader_settings(opened);
  result<store_identity> identity;
  for (bool const immutable : {false, true}) {
    settings.file.immutable = immutable;
    auto file = connection::open(settings.file);
    if (!file) return fail(file.error());
    auto const state = inspect_file(*file, all_migrations());
    if (!state) {
      // In a folder that cannot be written only a file without a log can be read, as it stands.
      std::error_code failed;
      auto const log = fs::file_size(opened.path + "-wal", failed);
      int const code = state.error().native_code & 0xFF;
      if (!immutable && (code == 14 || code == 8) && (failed || log == 0)) continue;
      return fail(with_path(state.error(), opened.path));
    }
    if (*state != file_state::current)
      return fail(errc::read_only,
                  opened.path +
                      " must be opened for writing once: it is empty or "
                      "of an older version",
                  origin);
    identity = store_identity::read(*file);
    break;
  }
  if (!identity) return fail(with_path(identity.error(), opened.path));
  opened.identity = std::move(*identity);
  opened.readers.emplace(std::move(settings));
  opened.writer =
      std::make_unique<group_writer>(nullptr, std::move(between), writer_settings(opened));
  return {};
}

result<void> open_writer(store_state& opened, process_lock between, connection file) {
  auto tables = std::make_unique<ledger>(std::move(file), opened.identity);
  EVSRC_TRY(tables->prepare_statements());
  if (opened.with.durability == durability::memory) {
    auto only = std::make_unique<reader>(tables->file(), tables->users(), opened.identity,
                                         opened.with.verify_reads);
    EVSRC_TRY(only->prepare_statements());
    opened.readers.emplace(std::move(only), opened.connection);
  } else {
    opened.readers.emplace(reader_settings(opened));
  }
  auto settings = writer_settings(opened);
  auto const page = tables->file().read_integer("PRAGMA page_size");
  if (!page) return fail(page.error());
  settings.page_bytes = static_cast<std::size_t>(*page);
  opened.writer =
      std::make_unique<group_writer>(std::move(tables), std::move(between), std::move(settings));
  return {};
}

}  // namespace

std::string present_boot() {
  std::ifstream file{"/proc/sys/kernel/random/boot_id"};
  std::string text;
  std::getline(file, text);
  return text;
}

result<void> sync_folder(std::string const& path) {
  auto const folder = fs::path{path}.parent_path().string();
  int const opened =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int const failed = opened < 0 || ::fsync(opened) != 0 ? errno : 0;
  if (opened >= 0) ::close(opened);
  // Some file systems have no fsync for folders: their names need none.
  if (failed == 0 || failed == EINVAL || failed == EACCES) return {};
  error why{errc::io_failed, "sync the folder " + folder + ": " + std::strerror(failed), origin};
  why.native_code = failed;
  return fail(std::move(why));
}

result<void> open_state(store_state& opened) {
  opened.time = opened.with.clock != nullptr ? opened.with.clock : &system_clock();
  opened.with.deadline =
      std::clamp(opened.with.deadline, std::chrono::milliseconds::zero(), long_time);
  opened.waits = std::make_unique<bus_waits>(
      *opened.time, [&opened](std::vector<bus_waits::question>& asked, bool is_new) {
        return opened.look_for_messages(asked, is_new);
      });
  bool const is_memory = opened.with.durability == durability::memory;
  if (is_memory != (opened.path == in_memory))
    return invalid("path", "':memory:' and durability::memory belong together");
  if (is_memory) {
    auto file = connection::open({.path = opened.path, .vfs = opened.with.vfs, .create = true});
    if (!file) return fail(file.error());
    EVSRC_TRY(set_up_writer(*file, opened));
    process_lock nobody_else;
    EVSRC_TRY(bring_up_to_date(*file, opened, nobody_else));
    return open_writer(opened, std::move(nobody_else), std::move(*file));
  }

  auto path = find_path(opened.path, opened.with);
  if (!path) return fail(path.error());
  opened.path = std::move(*path);
  if (!is_restore_pending(opened.path)) EVSRC_TRY(check_header(opened.path, opened.with.vfs));
  if (opened.with.read_only) return open_for_reading(opened);

  auto const until = opened.time->steady() + opened.with.deadline;
  std::atomic<bool> const patient = false;
  auto between = process_lock::open(opened.path);
  if (!between) return fail(between.error());
  // Who waits for the turn is not in the way of one that opens the store before it and has to be
  // alone for that.
  EVSRC_TRY(between->take(*opened.time, until, patient));
  EVSRC_TRY(between->mark_open(*opened.time, until));
  // Looked for only now: one that was waited for may have died within its restore.
  if (is_restore_pending(opened.path)) {
    EVSRC_TRY(between->claim_alone());
    EVSRC_TRY(finish_restore(opened.path));
    EVSRC_TRY(between->mark_open(*opened.time, opened.time->steady()));
  }
  auto file = connection::open({.path = opened.path, .vfs = opened.with.vfs, .create = true});
  if (!file) return fail(file.error());
  // Another program may be reading or recovering the file.
  file->set_busy_timeout(
      static_cast<int>(std::clamp<std::int64_t>(opened.with.deadline.count(), 0, 60'000)));
  EVSRC_TRY(set_up_writer(*file, opened));
  EVSRC_TRY(bring_up_to_date(*file, opened, *between));
  file->set_busy_timeout(0);
  if (opened.with.durability == durability::os) EVSRC_TRY(file->run("PRAGMA synchronous = NORMAL"));
  between->give_back();
  return open_writer(opened, std::move(*between), std::move(*file));
}

}  // namespace evsrc::sqlite::inline v0::detail
