// SPDX-License-Identifier: Apache-2.0
// A user's SQL inside a commit, and the gate that keeps it off evsrc's own tables.
#include "evsrc/sqlite/transaction.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "native_error.hpp"
#include "user_sql.hpp"

namespace evsrc::sqlite::inline v0 {
namespace detail {
namespace {

constexpr std::size_t kept_statements = 128;
constexpr char const* origin = "sqlite.transaction";
constexpr char const* rolled_back_before = "the function's SQL rolled the transaction back";

bool is_ours(char const* name) noexcept {
  return name != nullptr && sqlite3_strnicmp(name, "evsrc_", 6) == 0;
}

/// Where SQLite keeps which numbers it gave out, those of the outbox among them.
bool is_sequence(char const* name) noexcept {
  return name != nullptr && sqlite3_stricmp(name, "sqlite_sequence") == 0;
}

/// What SQLite asks while it compiles a user's statement, triggers that it sets off included.
int judge_action(void* gate, int action, char const* first, char const* second, char const*,
                 char const*) {
  auto& of = *static_cast<user_sql*>(gate);
  if (!of.is_in_use()) return SQLITE_OK;
  // What SQLite itself does to it for a user's DROP TABLE and ALTER TABLE is asked for as well.
  bool const writes = action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;
  if (writes && is_sequence(first) && !of.is_changing_tables()) return SQLITE_DENY;
  if (action == SQLITE_DROP_TABLE || action == SQLITE_DROP_TEMP_TABLE ||
      action == SQLITE_ALTER_TABLE)
    of.note_changing_tables();
  switch (action) {
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_PRAGMA:
    case SQLITE_ATTACH:
    case SQLITE_DETACH: return SQLITE_DENY;
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_VIEW:
    case SQLITE_CREATE_TEMP_VIEW:
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_TEMP_TABLE:
    case SQLITE_DROP_VIEW:
    case SQLITE_DROP_TEMP_VIEW:
    case SQLITE_DROP_VTABLE: return is_ours(first) ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_ALTER_TABLE: return is_ours(second) ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TEMP_INDEX:
    case SQLITE_DROP_TRIGGER:
    case SQLITE_DROP_TEMP_TRIGGER:
      return is_ours(first) || is_ours(second) ? SQLITE_DENY : SQLITE_OK;
    default: return SQLITE_OK;
  }
}

bool is_blank(char const* rest, char const* end) noexcept {
  return std::all_of(rest, end, [](char c) {
    return c == ';' || std::isspace(static_cast<unsigned char>(c)) != 0;
  });
}

}  // namespace

/// A user's own constraint or mistake, as opposed to a file that is broken.
error user_error(error found) {
  int const kind = found.native_code & 0xFF;
  if (kind == SQLITE_CONSTRAINT || kind == SQLITE_ERROR || kind == SQLITE_MISMATCH)
    found.code = errc::invalid_argument;
  return found;
}

class user_sql::use {
 public:
  explicit use(user_sql& of) noexcept : of_(of) {
    ++of_.depth_;
    of_.is_changing_tables_ = false;
  }
  use(use const&) = delete;
  use& operator=(use const&) = delete;
  ~use() { --of_.depth_; }

 private:
  user_sql& of_;
};

user_sql::user_sql(connection& of) : of_(of) {
  sqlite3_set_authorizer(of.native(), &judge_action, this);
}

result<statement> user_sql::take(std::string_view sql) {
  if (auto const found = kept_.find(std::string{sql}); found != kept_.end()) {
    auto taken = std::move(found->second);
    kept_.erase(found);
    return taken;
  }
  sqlite3_stmt* prepared = nullptr;
  char const* rest = nullptr;
  int const code = sqlite3_prepare_v3(of_.native(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &prepared, &rest);
  statement made{prepared};
  if (code != SQLITE_OK) return fail(user_error(native_error(of_.native(), code, sql)));
  if (prepared == nullptr) return invalid("sql", "no statement");
  if (!is_blank(rest, sql.data() + sql.size()))
    return invalid("sql", "more than one statement: '" + std::string{rest} + "' is left");
  return made;
}

void user_sql::keep(std::string_view sql, statement used) {
  used.reset();
  sqlite3_clear_bindings(used.native());
  if (kept_.size() >= kept_statements) kept_.clear();
  kept_.insert_or_assign(std::string{sql}, std::move(used));
}

result<void> user_sql::bind(statement& into, std::span<sql_value const> values) {
  auto const wanted = static_cast<std::size_t>(sqlite3_bind_parameter_count(into.native()));
  if (wanted != values.size())
    return invalid(
        "values", std::to_string(values.size()) + " for " + std::to_string(wanted) + " parameters");
  for (int at = 1; auto const& value : values) {
    switch (value.what()) {
      case sql_value::kind::null: into.null(at); break;
      case sql_value::kind::integer: into.integer(at, value.integer()); break;
      case sql_value::kind::real: into.real(at, value.real()); break;
      case sql_value::kind::text: into.text(at, value.text()); break;
      case sql_value::kind::blob: into.blob(at, value.text()); break;
    }
    ++at;
  }
  return {};
}

/// OR ROLLBACK and RAISE(ROLLBACK) end the whole transaction, and say so in no other way: what came
/// behind it would be a transaction of its own. SQLite ends it as well where the disk fails or
/// memory is short, which is not the function's doing.
error user_sql::judge_failure(error found, bool read_only) {
  if (read_only || !of_.is_idle()) return user_error(std::move(found));
  int const kind = found.native_code & 0xFF;
  if (kind == SQLITE_CONSTRAINT || kind == SQLITE_ABORT || kind == SQLITE_ERROR) {
    found.code = errc::handler_failed;
    found.message = rolled_back_before + (": " + found.message);
  }
  if (!end_) end_ = found;
  return found;
}

error user_sql::end() const {
  return end_ ? *end_ : error{errc::handler_failed, rolled_back_before, origin};
}

result<std::int64_t> user_sql::exec(std::string_view sql, std::span<sql_value const> values) {
  if (of_.is_idle()) return fail(end());
  use const now{*this};
  auto prepared = take(sql);
  if (!prepared) return fail(prepared.error());
  EVSRC_TRY(bind(*prepared, values));
  auto const before = sqlite3_total_changes64(of_.native());
  if (auto ran = prepared->run(); !ran) return fail(judge_failure(std::move(ran.error()), false));
  keep(sql, std::move(*prepared));
  return sqlite3_total_changes64(of_.native()) - before;
}

result<void> user_sql::query(std::string_view sql, std::span<sql_value const> values,
                             unique_function<bool(sql_row const&)>& each, bool read_only) {
  if (!read_only && of_.is_idle()) return fail(end());
  use const now{*this};
  auto prepared = take(sql);
  if (!prepared) return fail(prepared.error());
  if (read_only && sqlite3_stmt_readonly(prepared->native()) == 0)
    return fail(errc::permission_denied, "'" + std::string{sql} + "' writes", "sqlite.query_sql");
  EVSRC_TRY(bind(*prepared, values));
  for (;;) {
    auto const more = prepared->next();
    if (!more) return fail(judge_failure(more.error(), read_only));
    bool const goes_on = *more && each(transaction_access::row(prepared->native()));
    // Not every statement that was reading fails when its transaction is gone.
    if (!read_only && of_.is_idle()) return fail(end());
    if (!goes_on) break;
  }
  keep(sql, std::move(*prepared));
  return {};
}

}  // namespace detail

namespace {

sqlite3_stmt* native(void* statement) noexcept { return static_cast<sqlite3_stmt*>(statement); }
std::span<sql_value const> view(std::initializer_list<sql_value> values) noexcept {
  return {values.begin(), values.size()};
}

}  // namespace

std::size_t sql_row::columns() const noexcept {
  return static_cast<std::size_t>(sqlite3_column_count(native(statement_)));
}
bool sql_row::is_null(std::size_t column) const noexcept {
  return sqlite3_column_type(native(statement_), static_cast<int>(column)) == SQLITE_NULL;
}
std::int64_t sql_row::integer(std::size_t column) const noexcept {
  return sqlite3_column_int64(native(statement_), static_cast<int>(column));
}
double sql_row::real(std::size_t column) const noexcept {
  return sqlite3_column_double(native(statement_), static_cast<int>(column));
}
std::string_view sql_row::text(std::size_t column) const noexcept {
  int const at = static_cast<int>(column);
  auto const* const text = sqlite3_column_text(native(statement_), at);
  if (text == nullptr) return {};
  return {reinterpret_cast<char const*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(native(statement_), at))};
}

result<std::int64_t> transaction::exec(std::string_view sql,
                                       std::initializer_list<sql_value> values) {
  return exec(sql, view(values));
}
result<std::int64_t> transaction::exec(std::string_view sql, std::span<sql_value const> values) {
  return static_cast<detail::user_sql*>(cache_)->exec(sql, values);
}
result<void> transaction::query(std::string_view sql, std::initializer_list<sql_value> values,
                                unique_function<bool(sql_row const&)> each) {
  return query(sql, view(values), std::move(each));
}
result<void> transaction::query(std::string_view sql, std::span<sql_value const> values,
                                unique_function<bool(sql_row const&)> each) {
  return static_cast<detail::user_sql*>(cache_)->query(sql, values, each);
}
result<std::optional<std::int64_t>> transaction::find_integer(
    std::string_view sql, std::initializer_list<sql_value> values) {
  std::optional<std::int64_t> found;
  EVSRC_TRY(query(sql, values, [&](sql_row const& row) {
    if (!row.is_null(0)) found = row.integer(0);
    return false;
  }));
  return found;
}

}  // namespace evsrc::sqlite::inline v0
