// SPDX-License-Identifier: Apache-2.0
// How services say that they live, and that something went wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evsrc/codec/json_value.hpp"
#include "evsrc/core/event_name.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/model/tags.hpp"

namespace evsrc::inline v0::retail {

enum class health_status : std::uint8_t { healthy, degraded, unhealthy };

struct health_checked {
  static constexpr event_name wire_name{"system.health_check", 1};
  std::string service{};
  health_status status = health_status::healthy;
  std::optional<json_value> details{};  ///< an object
  static constexpr auto tags = evsrc::tags(tag{"service", &health_checked::service});

  friend bool operator==(health_checked const&, health_checked const&) = default;
  [[nodiscard]] result<> validate() const;
};

enum class severity : std::uint8_t { low, medium, high, critical };

struct error_occurred {
  static constexpr event_name wire_name{"system.error", 1};
  std::string error_code{};
  std::string error_message{};
  std::optional<std::string> stack_trace{};
  retail::severity severity = retail::severity::low;
  std::vector<std::string> affected_resources{};
  std::optional<std::string> recovery_action{};
  static constexpr auto tags = evsrc::tags(tag{"error_code", &error_occurred::error_code});

  friend bool operator==(error_occurred const&, error_occurred const&) = default;
  [[nodiscard]] result<> validate() const;
};

}  // namespace evsrc::inline v0::retail
