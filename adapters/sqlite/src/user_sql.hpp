// SPDX-License-Identifier: Apache-2.0
// What stands behind a user's transaction: a gate in front of the connection, and kept statements.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "connection.hpp"
#include "evsrc/sqlite/transaction.hpp"

namespace evsrc::sqlite::inline v0::detail {

/// One per connection. Its address is known to SQLite, so it stays where it is.
class user_sql {
 public:
  explicit user_sql(connection& of);
  user_sql(user_sql const&) = delete;
  user_sql& operator=(user_sql const&) = delete;

  [[nodiscard]] result<std::int64_t> exec(std::string_view sql, std::span<sql_value const> values);
  [[nodiscard]] result<void> query(std::string_view sql, std::span<sql_value const> values,
                                   unique_function<bool(sql_row const&)>& each,
                                   bool read_only = false);
  /// A user's SQL is being compiled or run: SQLite asks the gate.
  [[nodiscard]] bool is_in_use() const noexcept { return depth_ != 0; }
  /// The statement drops or alters a table.
  [[nodiscard]] bool is_changing_tables() const noexcept { return is_changing_tables_; }
  void note_changing_tables() noexcept { is_changing_tables_ = true; }
  void clear() noexcept { kept_.clear(); }
  /// A function comes that has not ended its transaction.
  void begin() noexcept { end_.reset(); }
  /// Why the transaction is gone.
  [[nodiscard]] error end() const;

 private:
  class use;
  [[nodiscard]] result<statement> take(std::string_view sql);
  void keep(std::string_view sql, statement used);
  [[nodiscard]] static result<void> bind(statement& into, std::span<sql_value const> values);
  [[nodiscard]] error judge_failure(error found, bool read_only);

  connection& of_;
  int depth_ = 0;
  bool is_changing_tables_ = false;
  std::optional<error> end_;  ///< of the transaction, by a statement of the function
  std::unordered_map<std::string, statement> kept_;
};

}  // namespace evsrc::sqlite::inline v0::detail

namespace evsrc::sqlite::inline v0 {

/// Makes the values that users are lent.
class transaction_access {
 public:
  [[nodiscard]] static transaction lend(detail::user_sql& of) noexcept { return transaction{&of}; }
  [[nodiscard]] static sql_row row(void* native_statement) noexcept {
    return sql_row{native_statement};
  }
};

}  // namespace evsrc::sqlite::inline v0
