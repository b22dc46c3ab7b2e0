// SPDX-License-Identifier: Apache-2.0
// One prepared statement.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "evsrc/core/result.hpp"

struct sqlite3_stmt;

namespace evsrc::sqlite::inline v0::detail {

/// Parameters are counted from 1, columns from 0, as SQLite does. Bound text and bytes are not
/// copied: they must live until the statement has run.
class statement {
 public:
  statement() = default;
  explicit statement(sqlite3_stmt* prepared) noexcept : stmt_(prepared) {}
  statement(statement&& other) noexcept
      : stmt_(std::exchange(other.stmt_, nullptr)), failed_(other.failed_) {}
  statement& operator=(statement&& other) noexcept {
    std::swap(stmt_, other.stmt_);
    std::swap(failed_, other.failed_);
    return *this;
  }
  ~statement();

  statement& integer(int parameter, std::int64_t value) noexcept;
  statement& integer(int parameter, std::uint64_t value) noexcept {
    return integer(parameter, static_cast<std::int64_t>(value));
  }
  statement& real(int parameter, double value) noexcept;
  statement& text(int parameter, std::string_view value) noexcept;
  statement& blob(int parameter, std::string_view value) noexcept;
  statement& null(int parameter) noexcept;

  /// Goes to the next row. @return false behind the last one, where the statement is reset
  [[nodiscard]] result<bool> next();
  /// Runs to the end, passing over rows, and resets.
  [[nodiscard]] result<void> run();
  void reset() noexcept;

  [[nodiscard]] std::int64_t integer_at(int column) const noexcept;
  [[nodiscard]] std::uint64_t number_at(int column) const noexcept {
    return static_cast<std::uint64_t>(integer_at(column));
  }
  /// Text or bytes; lives until the next step.
  [[nodiscard]] std::string_view bytes_at(int column) const noexcept;
  [[nodiscard]] bool is_null_at(int column) const noexcept;

  [[nodiscard]] sqlite3_stmt* native() const noexcept { return stmt_; }
  [[nodiscard]] explicit operator bool() const noexcept { return stmt_ != nullptr; }

  /// Resets a statement that may be left in the middle of its rows.
  class rewind {
   public:
    explicit rewind(statement& of) noexcept : of_(of) {}
    rewind(rewind const&) = delete;
    rewind& operator=(rewind const&) = delete;
    ~rewind() { of_.reset(); }

   private:
    statement& of_;
  };

 private:
  [[nodiscard]] error failure(int code) const;
  statement& note(int code) noexcept;

  sqlite3_stmt* stmt_ = nullptr;
  int failed_ = 0;  ///< the first bind that failed
};

}  // namespace evsrc::sqlite::inline v0::detail
