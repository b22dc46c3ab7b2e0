// SPDX-License-Identifier: Apache-2.0
// A disk under SQLite that can lose its power, lie, fill up and fail.
#include "simulated_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <new>

namespace evsrc_test {

struct simulated_disk::file_model {
  std::string synced;
  std::vector<operation> unsynced;
  bool is_removed = false;
};

/// Behind each of these stands the file of the system's own vfs.
struct simulated_disk::open_file {
  sqlite3_file head;
  simulated_disk* disk;
  file_model* model;  ///< null for temporary files
  std::string* path;

  [[nodiscard]] sqlite3_file* real() noexcept { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

struct disk_calls {
  using file = simulated_disk::open_file;

  static sqlite3_vfs* system() noexcept { return sqlite3_vfs_find(nullptr); }
  static simulated_disk& disk_of(sqlite3_vfs* vfs) noexcept {
    return *static_cast<simulated_disk*>(vfs->pAppData);
  }
  static file& self(sqlite3_file* of) noexcept { return *reinterpret_cast<file*>(of); }
  static sqlite3_file* real(sqlite3_file* of) noexcept { return self(of).real(); }

  static int open(sqlite3_vfs* vfs, char const* name, sqlite3_file* into, int flags, int* out);
  static int remove(sqlite3_vfs* vfs, char const* name, int sync_folder);
  static int close(sqlite3_file* of);
  static int write(sqlite3_file* of, void const* bytes, int count, sqlite3_int64 offset);
  static int truncate(sqlite3_file* of, sqlite3_int64 size);
  static int sync(sqlite3_file* of, int flags);

  static int read(sqlite3_file* of, void* into, int count, sqlite3_int64 offset) {
    if (self(of).disk->fails_reads_) return SQLITE_IOERR_READ;
    return real(of)->pMethods->xRead(real(of), into, count, offset);
  }
  static int size(sqlite3_file* of, sqlite3_int64* bytes) {
    return real(of)->pMethods->xFileSize(real(of), bytes);
  }
  static int lock(sqlite3_file* of, int level) {
    return real(of)->pMethods->xLock(real(of), level);
  }
  static int unlock(sqlite3_file* of, int level) {
    return real(of)->pMethods->xUnlock(real(of), level);
  }
  static int is_reserved(sqlite3_file* of, int* out) {
    return real(of)->pMethods->xCheckReservedLock(real(of), out);
  }
  static int control(sqlite3_file* of, int what, void* argument) {
    return real(of)->pMethods->xFileControl(real(of), what, argument);
  }
  static int sector_size(sqlite3_file*) { return 512; }
  static int characteristics(sqlite3_file* of) {
    return real(of)->pMethods->xDeviceCharacteristics(real(of));
  }
  static int map_shared(sqlite3_file* of, int page, int bytes, int extend, void volatile** out) {
    return real(of)->pMethods->xShmMap(real(of), page, bytes, extend, out);
  }
  static int lock_shared(sqlite3_file* of, int offset, int count, int flags) {
    return real(of)->pMethods->xShmLock(real(of), offset, count, flags);
  }
  static void fence_shared(sqlite3_file* of) { real(of)->pMethods->xShmBarrier(real(of)); }
  static int unmap_shared(sqlite3_file* of, int remove_it) {
    return real(of)->pMethods->xShmUnmap(real(of), remove_it);
  }

  static sqlite3_io_methods const* methods(bool with_shared_memory) noexcept {
    static constexpr sqlite3_io_methods shared{2,
                                               &close,
                                               &read,
                                               &write,
                                               &truncate,
                                               &sync,
                                               &size,
                                               &lock,
                                               &unlock,
                                               &is_reserved,
                                               &control,
                                               &sector_size,
                                               &characteristics,
                                               &map_shared,
                                               &lock_shared,
                                               &fence_shared,
                                               &unmap_shared,
                                               nullptr,
                                               nullptr};
    static constexpr sqlite3_io_methods alone{
        1,       &close,       &read,    &write,       &truncate,        &sync,   &size,   &lock,
        &unlock, &is_reserved, &control, &sector_size, &characteristics, nullptr, nullptr, nullptr,
        nullptr, nullptr,      nullptr};
    return with_shared_memory ? &shared : &alone;
  }
};

// Not by a stream: closing one would drop the locks that SQLite holds on the file.
static std::string content_of(sqlite3_file* file) {
  sqlite3_int64 size = 0;
  file->pMethods->xFileSize(file, &size);
  std::string content(static_cast<std::size_t>(size), '\0');
  if (size != 0) file->pMethods->xRead(file, content.data(), static_cast<int>(size), 0);
  return content;
}

int disk_calls::open(sqlite3_vfs* vfs, char const* name, sqlite3_file* into, int flags, int* out) {
  auto& disk = disk_of(vfs);
  auto* const made = ::new (into) file{};
  int const code = system()->xOpen(system(), name, made->real(), flags, out);
  if (code != SQLITE_OK) {
    made->head.pMethods = nullptr;
    return code;
  }
  made->disk = &disk;
  std::lock_guard const held{disk.mutex_};
  if (name != nullptr && (flags & SQLITE_OPEN_DELETEONCLOSE) == 0) {
    auto& model = disk.files_[name];
    if (!model) {
      model = std::make_unique<simulated_disk::file_model>();
      model->synced = content_of(made->real());
    }
    model->is_removed = false;
    made->model = model.get();
    made->path = new std::string{name};
  }
  made->head.pMethods = methods(disk.has_shared_memory_);
  return SQLITE_OK;
}

int disk_calls::close(sqlite3_file* of) {
  delete self(of).path;
  return real(of)->pMethods->xClose(real(of));
}

int disk_calls::remove(sqlite3_vfs* vfs, char const* name, int sync_folder) {
  auto& disk = disk_of(vfs);
  std::lock_guard const held{disk.mutex_};
  if (!disk.begin_operation()) return SQLITE_IOERR_DELETE;
  if (auto const found = disk.files_.find(name); found != disk.files_.end()) {
    found->second->is_removed = true;
    found->second->synced.clear();
    found->second->unsynced.clear();
  }
  return system()->xDelete(system(), name, sync_folder);
}

int disk_calls::write(sqlite3_file* of, void const* bytes, int count, sqlite3_int64 offset) {
  auto& target = self(of);
  if (target.model != nullptr) {
    auto& disk = *target.disk;
    std::lock_guard const held{disk.mutex_};
    sqlite3_int64 size = 0;
    real(of)->pMethods->xFileSize(real(of), &size);
    if (disk.is_full_ && offset + count > size) return SQLITE_FULL;
    bool const was_on = !disk.is_cut();
    bool const is_on = disk.begin_operation();
    if (was_on)
      target.model->unsynced.push_back(
          {offset, std::string{static_cast<char const*>(bytes), static_cast<std::size_t>(count)},
           false});
    if (!is_on) return SQLITE_IOERR_WRITE;
  }
  return real(of)->pMethods->xWrite(real(of), bytes, count, offset);
}

int disk_calls::truncate(sqlite3_file* of, sqlite3_int64 size) {
  auto& target = self(of);
  if (target.model != nullptr) {
    auto& disk = *target.disk;
    std::lock_guard const held{disk.mutex_};
    bool const was_on = !disk.is_cut();
    bool const is_on = disk.begin_operation();
    if (was_on) target.model->unsynced.push_back({size, {}, true});
    if (!is_on) return SQLITE_IOERR_TRUNCATE;
  }
  return real(of)->pMethods->xTruncate(real(of), size);
}

// The machine's own disk is not asked: what is synced is a matter of the model.
int disk_calls::sync(sqlite3_file* of, int) {
  auto& target = self(of);
  if (target.model == nullptr) return SQLITE_OK;
  auto& disk = *target.disk;
  std::lock_guard const held{disk.mutex_};
  if (!disk.begin_operation()) return SQLITE_IOERR_FSYNC;
  if (++disk.syncs_ == disk.fail_sync_at_) return SQLITE_IOERR_FSYNC;
  auto const& ending = disk.ignored_ending_;
  if (!ending.empty() && target.path->size() >= ending.size() &&
      target.path->compare(target.path->size() - ending.size(), ending.size(), ending) == 0)
    return SQLITE_OK;
  for (auto const& what : target.model->unsynced) simulated_disk::apply(target.model->synced, what);
  target.model->unsynced.clear();
  return SQLITE_OK;
}

simulated_disk::simulated_disk() {
  static std::atomic<int> count = 0;
  name_ = "evsrc-simulated-" + std::to_string(++count);
  vfs_ = std::make_unique<sqlite3_vfs>(*disk_calls::system());
  vfs_->pNext = nullptr;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->szOsFile += static_cast<int>(sizeof(open_file));
  vfs_->xOpen = &disk_calls::open;
  vfs_->xDelete = &disk_calls::remove;
  sqlite3_vfs_register(vfs_.get(), 0);
}

simulated_disk::~simulated_disk() { sqlite3_vfs_unregister(vfs_.get()); }

bool simulated_disk::begin_operation() noexcept {
  if (is_cut()) return false;
  ++operations_;
  return !is_cut();
}

void simulated_disk::apply(std::string& content, operation const& what) {
  auto const offset = static_cast<std::size_t>(what.offset);
  if (what.is_truncation) {
    content.resize(offset);
    return;
  }
  content.resize(std::max(content.size(), offset + what.bytes.size()));
  std::memcpy(content.data() + offset, what.bytes.data(), what.bytes.size());
}

void simulated_disk::apply_torn(std::string& content, operation const& what,
                                std::mt19937_64& random) {
  constexpr std::size_t sector = 512;
  if (what.is_truncation) return apply(content, what);
  for (std::size_t at = 0; at < what.bytes.size();) {
    auto const offset = static_cast<std::size_t>(what.offset) + at;
    auto const length = std::min(sector - offset % sector, what.bytes.size() - at);
    if (random() % 2 == 0)
      apply(content, {static_cast<std::int64_t>(offset), what.bytes.substr(at, length), false});
    at += length;
  }
}

void simulated_disk::write_image(std::filesystem::path const& folder, loss kind,
                                 std::uint64_t seed) const {
  std::lock_guard const held{mutex_};
  std::mt19937_64 random{seed};
  std::filesystem::create_directories(folder);
  for (auto const& [path, model] : files_) {
    if (model->is_removed) continue;
    auto content = model->synced;
    auto const kept = kind == loss::tail ? random() % (model->unsynced.size() + 1) : 0;
    for (std::size_t i = 0; i != model->unsynced.size(); ++i) {
      auto const& what = model->unsynced[i];
      switch (kind) {
        case loss::everything: break;
        case loss::nothing: apply(content, what); break;
        case loss::tail:
          if (i < kept) apply(content, what);
          break;
        case loss::any:
          if (random() % 2 == 0) apply(content, what);
          break;
        case loss::torn:
          if (auto const luck = random() % 3; luck == 0) {
            apply(content, what);
          } else if (luck == 1) {
            apply_torn(content, what, random);
          }
          break;
      }
    }
    std::ofstream{folder / std::filesystem::path{path}.filename(), std::ios::binary} << content;
  }
}

}  // namespace evsrc_test
