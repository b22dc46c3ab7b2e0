// SPDX-License-Identifier: Apache-2.0
// SQLite's result codes as evsrc errors.
#include "native_error.hpp"

#include <sqlite3.h>

#include <string>

namespace evsrc::sqlite::inline v0::detail {

errc to_errc(int code) noexcept {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM: return errc::unavailable;
    case SQLITE_FULL: return errc::disk_full;
    case SQLITE_READONLY: return errc::read_only;
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT: return errc::corrupt;
    case SQLITE_AUTH:
    case SQLITE_PERM: return errc::permission_denied;
    case SQLITE_TOOBIG: return errc::limit_exceeded;
    case SQLITE_INTERRUPT: return errc::cancelled;
    case SQLITE_NOLFS: return errc::unsupported;
    default: break;
  }
  if (code == SQLITE_IOERR_NOMEM) return errc::unavailable;
  if (code == SQLITE_IOERR_SHMOPEN || code == SQLITE_IOERR_SHMSIZE || code == SQLITE_IOERR_SHMMAP ||
      code == SQLITE_IOERR_SHMLOCK)
    return errc::unsupported;
  return errc::io_failed;
}

error native_error(sqlite3* handle, int code, std::string_view what) {
  std::string text{what};
  text += ": ";
  char const* const file = handle != nullptr ? sqlite3_db_filename(handle, "main") : nullptr;
  if (file != nullptr && *file != '\0' && text.find(file) == std::string::npos)
    text.insert(0, std::string{file} + ": ");
  text += handle != nullptr && sqlite3_extended_errcode(handle) == code ? sqlite3_errmsg(handle)
                                                                        : sqlite3_errstr(code);
  error found{to_errc(code), std::move(text), "sqlite"};
  found.native_code = code;
  return found;
}

bool is_failed_sync(int code) noexcept {
  return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

bool leaves_commit_open(int code) noexcept { return (code & 0xFF) == SQLITE_IOERR; }

bool is_busy(int code) noexcept {
  return (code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_LOCKED;
}

}  // namespace evsrc::sqlite::inline v0::detail
