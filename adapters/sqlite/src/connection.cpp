// SPDX-License-Identifier: Apache-2.0
// One connection to the file.
#include "connection.hpp"

#include <sqlite3.h>

#include <cerrno>

#include "native_error.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

/// "file:/a%20b?immutable=1"
std::string immutable_uri(std::string_view path) {
  constexpr char const* digits = "0123456789ABCDEF";
  std::string uri = "file:";
  for (char const c : path) {
    auto const octet = static_cast<unsigned char>(c);
    bool const plain = (octet >= '0' && octet <= '9') || (octet >= 'A' && octet <= 'Z') ||
                       (octet >= 'a' && octet <= 'z') || octet == '/' || octet == '.' ||
                       octet == '-' || octet == '_';
    if (plain) {
      uri += c;
    } else {
      uri += '%';
      uri += digits[octet >> 4U];
      uri += digits[octet & 15U];
    }
  }
  return uri + "?immutable=1";
}

error open_error(sqlite3* handle, int code, std::string const& path) {
  auto found = native_error(handle, code, "open " + path);
  if ((code & 0xFF) != SQLITE_CANTOPEN || handle == nullptr) return found;
  switch (sqlite3_system_errno(handle)) {
    case ENOENT:
    case ENOTDIR: found.code = errc::not_found; break;
    case EACCES:
    case EPERM: found.code = errc::permission_denied; break;
    case EROFS: found.code = errc::read_only; break;
    default: break;
  }
  return found;
}

}  // namespace

connection::~connection() { sqlite3_close(handle_); }

result<connection> connection::open(connection_settings const& with) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
  flags |= with.read_only || with.immutable ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (with.create) flags |= SQLITE_OPEN_CREATE;
  if (with.immutable) flags |= SQLITE_OPEN_URI;
  auto const name = with.immutable ? immutable_uri(with.path) : with.path;

  sqlite3* handle = nullptr;
  int const code =
      sqlite3_open_v2(name.c_str(), &handle, flags, with.vfs.empty() ? nullptr : with.vfs.c_str());
  connection opened{handle};
  if (code != SQLITE_OK) return fail(open_error(handle, code, with.path));
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_wal_autocheckpoint(handle, 0);
  return opened;
}

result<statement> connection::prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  int const code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (code != SQLITE_OK) return fail(native_error(handle_, code, sql));
  return statement{prepared};
}

result<void> connection::run(char const* sql) {
  int const code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(native_error(handle_, code, sql));
  return {};
}

result<std::int64_t> connection::read_integer(std::string_view sql) {
  auto prepared = prepare(sql);
  if (!prepared) return fail(prepared.error());
  auto const row = prepared->next();
  if (!row) return fail(row.error());
  return *row ? prepared->integer_at(0) : 0;
}

result<std::string> connection::read_text(std::string_view sql) {
  auto prepared = prepare(sql);
  if (!prepared) return fail(prepared.error());
  auto const row = prepared->next();
  if (!row) return fail(row.error());
  return *row ? std::string{prepared->bytes_at(0)} : std::string{};
}

result<file_start> connection::read_start(std::size_t bytes) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  file_start found{0, std::string(bytes, '\0')};
  sqlite3_int64 size = 0;
  int code = file->pMethods->xFileSize(file, &size);
  if (code == SQLITE_OK)
    code = file->pMethods->xRead(file, found.bytes.data(), static_cast<int>(bytes), 0);
  if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ)
    return fail(native_error(nullptr, code, "read the first bytes"));
  found.file_bytes = static_cast<std::uint64_t>(size);
  return found;
}

result<void> connection::sync_log() {
  sqlite3_file* log = nullptr;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log == nullptr || log->pMethods == nullptr) return {};
  int const code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) return fail(native_error(nullptr, code, "sync the log"));
  return {};
}

std::uint32_t connection::data_version() noexcept {
  unsigned version = 0;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_DATA_VERSION, &version);
  return version;
}

bool connection::is_idle() const noexcept { return sqlite3_get_autocommit(handle_) != 0; }

void connection::end_reading() {
  while (!is_idle()) {
    auto const done = run("COMMIT");
    if (!done && (done.error().native_code & 0xFF) != SQLITE_INTERRUPT) return;
  }
}

void connection::set_busy_timeout(int milliseconds) noexcept {
  sqlite3_busy_timeout(handle_, milliseconds);
}

void connection::interrupt() noexcept { sqlite3_interrupt(handle_); }

void connection::allow_checkpoint_on_close() noexcept {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

}  // namespace evsrc::sqlite::inline v0::detail
