// SPDX-License-Identifier: Apache-2.0
// Names of error codes, and which errors may pass.
#include "evsrc/core/error.hpp"

#include <string>
#include <string_view>

namespace evsrc::inline v0 {

std::string_view to_string(errc code) noexcept {
  switch (code) {
    case errc::invalid_argument: return "invalid_argument";
    case errc::limit_exceeded: return "limit_exceeded";
    case errc::malformed: return "malformed";
    case errc::unknown_event: return "unknown_event";
    case errc::newer_version: return "newer_version";
    case errc::version_conflict: return "version_conflict";
    case errc::condition_failed: return "condition_failed";
    case errc::key_reused: return "key_reused";
    case errc::fenced: return "fenced";
    case errc::checkpoint_mismatch: return "checkpoint_mismatch";
    case errc::checkpoint_ahead: return "checkpoint_ahead";
    case errc::not_found: return "not_found";
    case errc::overloaded: return "overloaded";
    case errc::timed_out: return "timed_out";
    case errc::cancelled: return "cancelled";
    case errc::closed: return "closed";
    case errc::unavailable: return "unavailable";
    case errc::disk_full: return "disk_full";
    case errc::read_only: return "read_only";
    case errc::corrupt: return "corrupt";
    case errc::foreign_file: return "foreign_file";
    case errc::unsupported: return "unsupported";
    case errc::permission_denied: return "permission_denied";
    case errc::handler_failed: return "handler_failed";
    case errc::io_failed: return "io_failed";
    case errc::lock_lost: return "lock_lost";
    case errc::session_locked: return "session_locked";
    case errc::already_exists: return "already_exists";
    case errc::entity_disabled: return "entity_disabled";
    case errc::quota_exceeded: return "quota_exceeded";
  }
  return "unlisted";
}

std::string_view to_string(effect value) noexcept {
  switch (value) {
    case effect::none: return "none";
    case effect::applied: return "applied";
    case effect::unknown: return "unknown";
  }
  return "unlisted";
}

std::string to_string(error const& failure) {
  std::string text{to_string(failure.code)};
  text += ": ";
  text += failure.message;

  std::string where = failure.origin;
  auto const add = [&where](std::string_view part) {
    if (!where.empty()) where += ", ";
    where += part;
  };
  if (failure.native_code != 0) add("native code " + std::to_string(failure.native_code));
  if (failure.effect != effect::none) {
    add("effect ");
    where += to_string(failure.effect);
  }
  if (!where.empty()) text += " (" + where + ")";
  return text;
}

bool is_retryable(errc code) noexcept {
  switch (code) {
    case errc::overloaded:
    case errc::timed_out:
    case errc::unavailable:
    case errc::disk_full:
    case errc::session_locked:
    case errc::quota_exceeded: return true;
    // A version only grows and a condition stays broken: the decision must be made again on what
    // is there now, which is another call.
    case errc::version_conflict:
    case errc::condition_failed:
    case errc::invalid_argument:
    case errc::limit_exceeded:
    case errc::malformed:
    case errc::unknown_event:
    case errc::newer_version:
    case errc::key_reused:
    case errc::fenced:
    case errc::checkpoint_mismatch:
    case errc::checkpoint_ahead:
    case errc::not_found:
    case errc::cancelled:
    case errc::closed:
    case errc::read_only:
    case errc::corrupt:
    case errc::foreign_file:
    case errc::unsupported:
    case errc::permission_denied:
    case errc::handler_failed:
    case errc::io_failed:
    case errc::lock_lost:
    case errc::already_exists:
    case errc::entity_disabled: return false;
  }
  return false;
}

bool is_retryable(error const& failure) noexcept {
  return failure.effect == effect::none && is_retryable(failure.code);
}

}  // namespace evsrc::inline v0
