// SPDX-License-Identifier: Apache-2.0
// What an append says about the stream that it goes to.
#pragma once

#include <cstdint>
#include <string>

#include "evsrc/core/position.hpp"

namespace evsrc::inline v0 {

/// The version that a stream must have when the commit is judged (G6).
class expected_version {
 public:
  enum class kind : std::uint8_t { any, none, exists, exactly };

  /// No expectation: never fails on a race of versions.
  [[nodiscard]] static constexpr expected_version any() noexcept { return {kind::any, 0}; }
  /// The stream must not exist.
  [[nodiscard]] static constexpr expected_version none() noexcept { return {kind::none, 0}; }
  /// The stream must have at least one event.
  [[nodiscard]] static constexpr expected_version exists() noexcept { return {kind::exists, 0}; }
  /// The stream must have exactly `version` events; 0 is the same as `none()`.
  [[nodiscard]] static constexpr expected_version exactly(stream_version version) noexcept {
    return version == 0 ? none() : expected_version{kind::exactly, version};
  }

  [[nodiscard]] constexpr kind what() const noexcept { return kind_; }
  [[nodiscard]] constexpr stream_version version() const noexcept { return version_; }
  [[nodiscard]] constexpr bool holds_for(stream_version actual) const noexcept {
    switch (kind_) {
      case kind::any: return true;
      case kind::none: return actual == 0;
      case kind::exists: return actual != 0;
      case kind::exactly: return actual == version_;
    }
    return false;
  }
  friend constexpr bool operator==(expected_version const&, expected_version const&) = default;

 private:
  constexpr expected_version(kind what, stream_version version) noexcept
      : kind_(what), version_(version) {}

  kind kind_ = kind::any;
  stream_version version_ = 0;
};

/// "no stream", "any version", "an existing stream", "version 3": for messages.
[[nodiscard]] std::string to_string(expected_version expected);

}  // namespace evsrc::inline v0
