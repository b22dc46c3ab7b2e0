// SPDX-License-Identifier: Apache-2.0
// SQLite's result codes as evsrc errors.
#pragma once

#include <string_view>

#include "evsrc/core/error.hpp"

struct sqlite3;

namespace evsrc::sqlite::inline v0::detail {

[[nodiscard]] errc to_errc(int code) noexcept;
/// "/data/store.db: SELECT ...: database disk image is malformed", with file and text of `handle`
/// if there is one.
[[nodiscard]] error native_error(sqlite3* handle, int code, std::string_view what);
/// True where fsync itself failed: what reached the disk is unknown from then on (G2).
[[nodiscard]] bool is_failed_sync(int code) noexcept;
/// True for the input and output errors that leave open whether a COMMIT is in the file.
[[nodiscard]] bool leaves_commit_open(int code) noexcept;
[[nodiscard]] bool is_busy(int code) noexcept;

}  // namespace evsrc::sqlite::inline v0::detail
