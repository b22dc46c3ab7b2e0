// SPDX-License-Identifier: Apache-2.0
// The wish to tell somebody something.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "evsrc/core/event_name.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/model/tags.hpp"

namespace evsrc::inline v0::retail {

enum class notification_channel : std::uint8_t { email, sms, push, webhook };

/// Nothing was sent yet: a consumer sends it, and may do so more than once.
struct notification_requested {
  static constexpr event_name wire_name{"notification.requested", 1};
  std::string notification_id{};
  std::string recipient{};  ///< a customer's id or an address of the channel
  notification_channel channel = notification_channel::email;
  std::string message_template{};
  std::map<std::string, std::string> values{};  ///< what the template's places are filled with
  std::optional<std::string> order_id{};
  static constexpr auto tags = evsrc::tags(tag{"order_id", &notification_requested::order_id});

  friend bool operator==(notification_requested const&, notification_requested const&) = default;
  [[nodiscard]] result<> validate() const;
};

}  // namespace evsrc::inline v0::retail
