// SPDX-License-Identifier: Apache-2.0
// A user's SQL inside a commit: tables of one's own, written with the events or not at all.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "evsrc/core/bytes.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/core/unique_function.hpp"

namespace evsrc::sqlite::inline v0 {

/// A value for a `?` of a statement: null, integer, real, text or bytes. Text and bytes are lent
/// until the call returns.
class sql_value {
 public:
  enum class kind : std::uint8_t { null, integer, real, text, blob };

  sql_value(std::nullptr_t = nullptr) noexcept {}  // NOLINT(google-explicit-constructor)
  template <std::integral Integer>
  sql_value(Integer value) noexcept  // NOLINT(google-explicit-constructor)
      : kind_(kind::integer), integer_(static_cast<std::int64_t>(value)) {}
  sql_value(double value) noexcept  // NOLINT(google-explicit-constructor)
      : kind_(kind::real), real_(value) {}
  template <class Text>
  // NOLINTNEXTLINE(google-explicit-constructor)
  requires std::convertible_to<Text const&, std::string_view> sql_value(Text const& value)
  noexcept : kind_(kind::text), text_(value) {}
  sql_value(bytes const& value) noexcept  // NOLINT(google-explicit-constructor)
      : kind_(kind::blob), text_(reinterpret_cast<char const*>(value.data()), value.size()) {}
  template <class Value>
  sql_value(std::optional<Value> const& value) noexcept  // NOLINT(google-explicit-constructor)
      : sql_value(value ? sql_value(*value) : sql_value(nullptr)) {}

  [[nodiscard]] kind what() const noexcept { return kind_; }
  [[nodiscard]] std::int64_t integer() const noexcept { return integer_; }
  [[nodiscard]] double real() const noexcept { return real_; }
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  kind kind_ = kind::null;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::string_view text_{};
};

/// One row of an answer, columns counted from 0. Views live until the function it was given to
/// returns. A column read as another type is converted as SQLite does.
class sql_row {
 public:
  [[nodiscard]] std::size_t columns() const noexcept;
  [[nodiscard]] bool is_null(std::size_t column) const noexcept;
  [[nodiscard]] std::int64_t integer(std::size_t column) const noexcept;
  [[nodiscard]] double real(std::size_t column) const noexcept;
  [[nodiscard]] std::string_view text(std::size_t column) const noexcept;

 private:
  friend class transaction_access;
  explicit sql_row(void* statement) noexcept : statement_(statement) {}
  void* statement_;
};

/// The transaction that a commit is written in. Sees its events and everything before them. It may
/// create, read and write tables of its own; those of evsrc (`evsrc_...`) and sqlite_sequence it
/// may only read, and COMMIT, ROLLBACK, SAVEPOINT, PRAGMA, ATTACH and DETACH are refused with
/// errc::permission_denied. OR ROLLBACK and RAISE(ROLLBACK) end it: that statement, all that follow
/// and the commit fail with errc::handler_failed, and nothing is written. So does a statement at
/// which the disk fails or memory is short: with the error that it was, then.
/// @threads used by the one function that it is lent to
class transaction {
 public:
  transaction(transaction const&) = delete;
  transaction& operator=(transaction const&) = delete;

  /// Runs one statement. @return the number of rows it inserted, changed or deleted.
  /// @cost prepared on first use, then kept by its text
  [[nodiscard]] result<std::int64_t> exec(std::string_view sql,
                                          std::initializer_list<sql_value> values = {});
  [[nodiscard]] result<std::int64_t> exec(std::string_view sql, std::span<sql_value const> values);
  /// Runs one statement and hands `each` its rows until it answers false.
  [[nodiscard]] result<void> query(std::string_view sql, std::initializer_list<sql_value> values,
                                   unique_function<bool(sql_row const&)> each);
  [[nodiscard]] result<void> query(std::string_view sql, std::span<sql_value const> values,
                                   unique_function<bool(sql_row const&)> each);
  /// The first column of the first row; nullopt where there is no row or it is null.
  [[nodiscard]] result<std::optional<std::int64_t>> find_integer(
      std::string_view sql, std::initializer_list<sql_value> values = {});

 private:
  friend class transaction_access;
  explicit transaction(void* cache) noexcept : cache_(cache) {}
  void* cache_;
};

}  // namespace evsrc::sqlite::inline v0
