// SPDX-License-Identifier: Apache-2.0
// The tables, their version, and how an older file is brought up to date.
#pragma once

#include <span>

#include "connection.hpp"

namespace evsrc::sqlite::inline v0::detail {

/// "evsr" in the file's header (PRAGMA application_id) says whose file it is.
inline constexpr std::int64_t application_id = 0x65767372;

/// Brings a file from version `from` to the next one, inside a transaction.
struct migration {
  int from = 0;
  char const* sql = "";
  result<void> (*convert)(connection& file) = nullptr;  ///< runs behind the SQL
};

/// From the empty file to today's; the last one's successor is the current version.
[[nodiscard]] std::span<migration const> all_migrations() noexcept;
[[nodiscard]] int schema_version(std::span<migration const> migrations) noexcept;

/// @errors newer_version: `found` in a file is one that these migrations do not know
[[nodiscard]] result<void> check_version(std::int64_t found, std::span<migration const> migrations);

enum class file_state : std::uint8_t { empty, older, current };

/// Looks whose file it is, without writing. @errors foreign_file, newer_version, corrupt
[[nodiscard]] result<file_state> inspect_file(connection& file,
                                              std::span<migration const> migrations);
/// Runs what is missing in one transaction. The caller holds the writer's turn.
[[nodiscard]] result<void> migrate(connection& file, std::span<migration const> migrations);

}  // namespace evsrc::sqlite::inline v0::detail
