// SPDX-License-Identifier: Apache-2.0
// Any JSON, as a field of a struct.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "evsrc/codec/json_customize.hpp"

namespace evsrc::inline v0 {

/// The text of one JSON value, of any kind: `json_value{R"({"color":"red"})"}`. What was read is
/// written back byte for byte. Encoding fails where the text is not JSON; equality is of text.
struct json_value {
  std::string text = "null";

  friend bool operator==(json_value const&, json_value const&) = default;
};

/// @errors malformed: the text is not JSON. Numbers beyond 64 bits and with a fraction become
/// doubles, objects are sorted by key. Include <nlohmann/json.hpp> to use it.
[[nodiscard]] result<nlohmann::json> to_nlohmann(json_value const& value);
/// @errors malformed: text in it that is not UTF-8, or a number that is not finite
[[nodiscard]] result<json_value> to_json_value(nlohmann::json const& value);

template <>
struct json_customize<json_value> {
  static constexpr std::string_view wire_type = "json";

  static void write(json_writer& to, json_value const& value) { to.write_raw(value.text); }
  [[nodiscard]] static result<json_value> read(json_reader& from) {
    auto const text = from.read_raw();
    if (!text) return fail(text.error());
    return json_value{std::string(*text)};
  }
};

}  // namespace evsrc::inline v0
