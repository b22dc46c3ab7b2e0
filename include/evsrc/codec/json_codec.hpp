// SPDX-License-Identifier: Apache-2.0
// Plain structs to JSON and back. What each C++ type looks like: docs/json.md.
#pragma once

#include "evsrc/codec/detail/json_read.hpp"
#include "evsrc/codec/detail/json_write.hpp"

namespace evsrc::inline v0 {

// A field is an aggregate (no constructor, no base, no private member), an arithmetic type, an enum
// (by its names), std::string, std::optional, vector, array, map or variant of such, money,
// timestamp, std::chrono dates and durations, uuid, bytes, a strong id, json_value, or a type with
// json_customize. Only a std::optional field may be absent: one with a default initializer may not.
// Fields that the struct does not have are passed over.

/// Appends `value` to `out`, fields in order of declaration, without white space.
/// @errors invalid_argument: a number that is not finite, text that is not UTF-8, an enum value
/// without a name, a date out of range; limit_exceeded: more than `max_bytes` or
/// limits::json_depth, so that what is written can be read. Nothing is appended.
/// @cost one pass; allocates only to grow `out`
template <class T>
[[nodiscard]] result<void> encode_json(T const& value, std::string& out,
                                       std::size_t max_bytes = limits::event_payload_bytes) {
  detail::json_printer printer{out, max_bytes};
  detail::write_value(printer, value);
  return printer.finish();
}

/// Reads into a value that exists and reuses its strings and vectors. After an error the value
/// holds some of the document's fields.
/// @errors malformed: not JSON, a field missing, twice or of another type; limit_exceeded: more
/// than `max_bytes` or limits::json_depth. The message is "path: reason at byte n".
/// @cost one pass; allocates only for what the value holds
template <class T>
[[nodiscard]] result<void> decode_json_into(T& value, padded_json json,
                                            std::size_t max_bytes = limits::event_payload_bytes) {
  detail::json_scanner scanner{json};
  if (scanner.start(max_bytes) && detail::read_value(scanner, value) && scanner.finish()) return {};
  return fail(scanner.take_failure());
}

/// A new value. @errors as decode_json_into
template <class T>
[[nodiscard]] result<T> decode_json(padded_json json,
                                    std::size_t max_bytes = limits::event_payload_bytes) {
  result<T> value{};
  if (auto read = decode_json_into(*value, json, max_bytes); !read)
    return fail(std::move(read.error()));
  return value;
}

/// As above, from text with nothing readable behind it. @cost one more copy of the text
template <class T>
[[nodiscard]] result<T> decode_json(std::string_view json,
                                    std::size_t max_bytes = limits::event_payload_bytes) {
  if (json.size() > max_bytes) return decode_json<T>(padded_json{json}, max_bytes);
  std::string padded;
  padded.reserve(json.size() + payload_padding);
  padded.assign(json).append(payload_padding, '\0');
  return decode_json<T>(padded_json{std::string_view(padded).substr(0, json.size())}, max_bytes);
}

template <class T>
result<T> json_reader::read() {
  result<T> value{};
  if (!detail::read_value(scanner_, *value)) return fail(scanner_.take_failure());
  return value;
}

template <class T>
void json_writer::write(T const& value) {
  detail::write_value(printer_, value);
}

/// The version of an event as others write it: "1", or "1.0" with a zero behind the point.
/// @errors malformed
[[nodiscard]] result<std::uint32_t> parse_event_version(std::string_view text);

}  // namespace evsrc::inline v0
