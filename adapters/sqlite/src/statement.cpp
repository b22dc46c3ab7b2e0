// SPDX-License-Identifier: Apache-2.0
// One prepared statement.
#include "statement.hpp"

#include <sqlite3.h>

#include "native_error.hpp"

namespace evsrc::sqlite::inline v0::detail {

statement::~statement() { sqlite3_finalize(stmt_); }

statement& statement::note(int code) noexcept {
  if (code != SQLITE_OK && failed_ == SQLITE_OK) failed_ = code;
  return *this;
}

statement& statement::integer(int parameter, std::int64_t value) noexcept {
  return note(sqlite3_bind_int64(stmt_, parameter, value));
}
statement& statement::real(int parameter, double value) noexcept {
  return note(sqlite3_bind_double(stmt_, parameter, value));
}
// A null pointer would bind NULL.
statement& statement::text(int parameter, std::string_view value) noexcept {
  return note(sqlite3_bind_text64(stmt_, parameter, value.empty() ? "" : value.data(), value.size(),
                                  SQLITE_STATIC, SQLITE_UTF8));
}
statement& statement::blob(int parameter, std::string_view value) noexcept {
  return note(sqlite3_bind_blob64(stmt_, parameter, value.empty() ? "" : value.data(), value.size(),
                                  SQLITE_STATIC));
}
statement& statement::null(int parameter) noexcept {
  return note(sqlite3_bind_null(stmt_, parameter));
}

error statement::failure(int code) const {
  return native_error(sqlite3_db_handle(stmt_), code, sqlite3_sql(stmt_));
}

result<bool> statement::next() {
  if (int const failed = std::exchange(failed_, SQLITE_OK); failed != SQLITE_OK)
    return fail(native_error(nullptr, failed, "bind a value"));
  int const code = sqlite3_step(stmt_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(stmt_);
    return false;
  }
  auto what = failure(code);
  sqlite3_reset(stmt_);
  return fail(std::move(what));
}

result<void> statement::run() {
  for (;;) {
    auto const more = next();
    if (!more) return fail(more.error());
    if (!*more) return {};
  }
}

void statement::reset() noexcept { sqlite3_reset(stmt_); }

std::int64_t statement::integer_at(int column) const noexcept {
  return sqlite3_column_int64(stmt_, column);
}
std::string_view statement::bytes_at(int column) const noexcept {
  auto const* const data = static_cast<char const*>(sqlite3_column_blob(stmt_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(stmt_, column))};
}
bool statement::is_null_at(int column) const noexcept {
  return sqlite3_column_type(stmt_, column) == SQLITE_NULL;
}

}  // namespace evsrc::sqlite::inline v0::detail
