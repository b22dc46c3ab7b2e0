// SPDX-License-Identifier: Apache-2.0
// How evsrc says that the world failed. A business "no" is the user's own type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace evsrc::inline v0 {

/// What went wrong. `is_retryable` says which of these may pass when tried again.
enum class errc : std::uint8_t {
  invalid_argument = 1,  ///< the caller's value is wrong; the message names the field
  limit_exceeded,        ///< larger, deeper or more than core/limits.hpp allows
  malformed,             ///< text or bytes that do not decode; the message names path and offset
  unknown_event,         ///< an event name that the family does not list
  newer_version,         ///< an event or a file written by a later version of the program
  version_conflict,      ///< the stream is not at the expected version
  condition_failed,      ///< an event exists that the decision had not seen
  key_reused,            ///< an idempotency key came back with another request
  fenced,                ///< another owner has taken over
  checkpoint_mismatch,   ///< a checkpoint is not where the caller thought
  checkpoint_ahead,      ///< a cursor of another store, or beyond what this one holds
  not_found,
  overloaded,  ///< a bounded queue is full; nothing was taken
  timed_out,
  cancelled,
  closed,       ///< the store or bus was closed
  unavailable,  ///< busy, locked, or not reachable now
  disk_full,
  read_only,
  corrupt,       ///< the stored bytes are damaged
  foreign_file,  ///< a file that evsrc did not write
  unsupported,   ///< this platform, file system or store cannot do it
  permission_denied,
  handler_failed,  ///< the user's function threw or returned an error
  io_failed,
  // of buses
  lock_lost,       ///< of a message or session: expired, settled, or never held
  session_locked,  ///< the session has another holder
  already_exists,
  entity_disabled,  ///< for sends or receives
  quota_exceeded,   ///< the entity is full
};

/// What a failed call left behind (G2).
enum class effect : std::uint8_t {
  none,     ///< nothing was changed
  applied,  ///< the change is in place, only the answer failed
  unknown,  ///< nobody can say; settle by idempotency key, never retry blindly
};

[[nodiscard]] std::string_view to_string(errc code) noexcept;
[[nodiscard]] std::string_view to_string(effect value) noexcept;

/// One failure of the world.
struct error {
  errc code = errc::invalid_argument;
  std::string message;   ///< one sentence: what, where, why; names the field for bad input
  std::string origin{};  ///< the call that failed, such as "sqlite.commit"
  int native_code = 0;   ///< the vendor's number (SQLite result code, errno), 0 without one
  evsrc::effect effect = evsrc::effect::none;

  friend bool operator==(error const&, error const&) = default;
};

/// "version_conflict: stream account-42 is at 3, expected 2 (sqlite.commit)"
[[nodiscard]] std::string to_string(error const& failure);

/// True where the same call may succeed later without a change of its arguments.
[[nodiscard]] bool is_retryable(errc code) noexcept;
/// Also false where the effect is not `none`: what may have happened is settled, not repeated.
[[nodiscard]] bool is_retryable(error const& failure) noexcept;

}  // namespace evsrc::inline v0
