// SPDX-License-Identifier: Apache-2.0
// Named, typed values that travel beside a message's body.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "evsrc/core/bytes.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/core/timestamp.hpp"
#include "evsrc/core/uuid.hpp"

namespace evsrc::inline v0 {

/// What AMQP application properties can hold and rules can ask for; monostate is null.
using property_value =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, timestamp, uuid, bytes>;

/// In the order in which they were set; a name stands once. Names are compared byte by byte, but
/// for SQL rules, which ignore the case of ASCII letters.
using property_list = std::vector<std::pair<std::string, property_value>>;

/// The value of that name; null where there is none. Lives until the list is changed.
[[nodiscard]] property_value const* find_property(property_list const& in,
                                                  std::string_view name) noexcept;
/// The text of that name; empty where there is none or it is no text.
[[nodiscard]] std::string_view find_text(property_list const& in, std::string_view name) noexcept;
/// Replaces the value of that name, or adds it at the end.
void set_property(property_list& in, std::string name, property_value value);

/// Bytes of one name and its value.
[[nodiscard]] std::size_t size_bytes(std::pair<std::string, property_value> const& of) noexcept;
/// Bytes of all names and values, as they count towards limits::message_header_bytes.
[[nodiscard]] std::size_t size_bytes(property_list const& of) noexcept;

/// Appends a compact form: count, then length-prefixed names and tagged values. An empty list is
/// zero bytes.
void encode_properties(property_list const& from, std::string& out);
/// Reads what `encode_properties` wrote. @errors malformed: cut off or not ours
[[nodiscard]] result<property_list> decode_properties(std::string_view encoded);

}  // namespace evsrc::inline v0
