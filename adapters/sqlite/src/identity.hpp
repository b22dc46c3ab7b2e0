// SPDX-License-Identifier: Apache-2.0
// Which store a file is, and which positions it may still speak of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connection.hpp"
#include "evsrc/core/cursor.hpp"

namespace evsrc::sqlite::inline v0::detail {

/// A position is (epoch << 40) | number; the number goes on counting when the epoch is raised.
inline constexpr unsigned epoch_shift = 40;
inline constexpr std::uint64_t number_mask = (std::uint64_t{1} << epoch_shift) - 1;
inline constexpr std::uint64_t epoch_max = (std::uint64_t{1} << 23U) - 1;

struct store_identity {
  struct ended_epoch {
    std::uint64_t epoch = 0;
    std::uint64_t last_position = 0;
  };

  std::string id_hex;
  std::uint64_t fingerprint = 0;  ///< of the id, for cursors
  std::uint64_t epoch = 0;
  std::vector<ended_epoch> ended;
  std::string unsynced_boot;
  bool is_backup = false;

  [[nodiscard]] static result<store_identity> read(connection& from);
  /// Reads the file again where it is in another epoch than is known: who opens a store may raise
  /// it while others have it open.
  [[nodiscard]] result<void> catch_up(connection& from, std::uint64_t present_epoch);

  [[nodiscard]] cursor at(std::uint64_t position) const noexcept { return {fingerprint, position}; }
  /// The position behind `last`, the highest that was ever given out. 0: no number is left.
  [[nodiscard]] std::uint64_t next_position(std::uint64_t last) const noexcept;
  /// @errors checkpoint_ahead: of another store, beyond the head, or lost by a restore or with the
  ///   power
  [[nodiscard]] result<void> know(cursor const& where, std::uint64_t head) const;
};

/// Ends the epoch of `file` and begins `epoch`, without a mark of unsynced commits. Inside a
/// transaction of the caller.
[[nodiscard]] result<void> raise_epoch(connection& file, std::uint64_t epoch);

}  // namespace evsrc::sqlite::inline v0::detail
