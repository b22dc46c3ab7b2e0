// SPDX-License-Identifier: Apache-2.0
// What rules call sys.: the fields of a message.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "evsrc/bus/rule_set.hpp"
#include "evsrc/core/message.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0::detail {

enum class system_property : std::uint8_t {
  content_type,
  correlation_id,
  enqueued_time,
  message_id,
  partition_key,
  reply_to,
  reply_to_session_id,
  scheduled_time,
  sequence_number,
  session_id,
  subject,
  to,
};

/// Without case; older names, too.
[[nodiscard]] std::optional<system_property> find_system_property(std::string_view name) noexcept;
/// "ContentType, CorrelationId, ..."
[[nodiscard]] std::string system_property_names();
[[nodiscard]] bool is_settable(system_property which) noexcept;

/// Null where it is not set, or not known.
[[nodiscard]] property_value read(system_property which, message const& from,
                                  rule_set::arrival const& known);
/// Null clears. Only of settable ones. @errors invalid_argument: bytes are no text
[[nodiscard]] result<void> write(system_property which, property_value const& value, message& to);

}  // namespace evsrc::inline v0::detail
