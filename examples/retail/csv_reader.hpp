// SPDX-License-Identifier: Apache-2.0
// Lines and fields of a CSV file, plain or gzip, in bounded memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/result.hpp"

namespace retail_example {

/// The longest line that is looked at; the rest of a longer one is read over.
inline constexpr std::size_t line_bytes_max = 64 * 1024;

/// One line of the file, without its end.
struct csv_line {
  std::string_view text{};   ///< until the next call; the first line_bytes_max bytes
  std::uint64_t number = 0;  ///< counting from 1, the header included
  bool too_long = false;
  bool unterminated = false;  ///< the file ended without a line end: it may be cut off
};

/// Reads one file from its beginning to its end. One thread.
class csv_reader {
 public:
  /// @errors not_found, permission_denied, io_failed: names the file
  [[nodiscard]] static evsrc::result<csv_reader> open(std::string path);

  csv_reader(csv_reader&&) noexcept;
  csv_reader& operator=(csv_reader&&) noexcept;
  ~csv_reader();

  /// The next line; false at the end. LF and CRLF are line ends; a byte order mark before the first
  /// line is no part of it.
  /// @errors malformed: the gzip stream is damaged or cut off, behind all whole lines that it gave,
  ///   with the last one's number
  [[nodiscard]] evsrc::result<bool> next(csv_line& line);
  /// Bytes of the file read so far and in all, for progress.
  [[nodiscard]] std::uint64_t bytes_read() const noexcept;
  [[nodiscard]] std::uint64_t bytes_total() const noexcept;

 private:
  struct source;
  explicit csv_reader(std::unique_ptr<source> from) noexcept;
  void fill();

  std::unique_ptr<source> source_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t number_ = 0;
};

/// Splits a line at its commas (RFC 4180: quotes around a field, doubled inside; no field holds a
/// line end). Fields are views into `line` or into `storage`, which keeps the unquoted ones.
/// @return why the line is broken, empty where it is not
[[nodiscard]] std::string_view split_csv(std::string_view line,
                                         std::vector<std::string_view>& fields,
                                         std::string& storage);

}  // namespace retail_example
