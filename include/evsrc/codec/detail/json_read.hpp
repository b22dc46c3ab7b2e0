// SPDX-License-Identifier: Apache-2.0
// JSON to values.
#pragma once

#include <limits>

#include "evsrc/codec/detail/enum_text.hpp"
#include "evsrc/codec/detail/json_read_containers.hpp"

namespace evsrc::inline v0::detail {

template <class T>
[[nodiscard]] bool read_optional(json_scanner& from, std::optional<T>& out) {
  if (from.next() == 'n') {
    out.reset();
    return from.read_null();
  }
  if (!out) out.emplace();
  return read_value(from, *out);
}

template <class T, std::size_t I>
[[nodiscard]] bool read_field(json_scanner& from, T& out) {
  return read_value(from, boost::pfr::get<I>(out));
}

template <class T, std::size_t I>
[[nodiscard]] bool read_if_next(json_scanner& from, T& out, object_frame& frame, bool& goes_on) {
  if (!from.match_key(frame.separator, key_text<T, I>)) {
    // An absent optional costs a comparison; a required field elsewhere ends the fast way.
    goes_on = is_optional<field_type<T, I>>;
    return true;
  }
  frame.separator = ',';
  frame.seen |= std::uint64_t{1} << I;
  frame.next = I + 1;
  return read_field<T, I>(from, out);
}

template <class T, std::size_t... I>
[[nodiscard]] bool read_out_of_order(json_scanner& from, T& out, object_frame& frame,
                                     std::index_sequence<I...>) {
  using reader = bool (*)(json_scanner&, T&);
  // One more than there are fields, as an array of none is not allowed.
  static constexpr reader readers[] = {&read_field<T, I>..., nullptr};
  for (;;) {
    int const index = from.next_field(frame);
    if (index == json_scanner::object_end) return true;
    if (index == json_scanner::object_failed) return false;
    if (!readers[index](from, out)) return false;
  }
}

/// The fields of a struct and the closing bracket: those that come in order of declaration without
/// white space are compared with what is expected, the rest goes through the plan.
template <class T, std::size_t... I>
[[nodiscard]] bool read_fields(json_scanner& from, T& out, object_frame& frame,
                               std::index_sequence<I...> all) {
  if (!from.enter()) return false;
  bool goes_on = true;
  bool fine = true;
  (void)((goes_on && (fine = read_if_next<T, I>(from, out, frame, goes_on)) && goes_on) && ...);
  if (!fine) return false;
  bool const is_read = goes_on && frame.separator == ',' && from.match('}');
  if (!is_read && !read_out_of_order(from, out, frame, all)) return false;
  [[maybe_unused]] auto const clear_absent = [&]<class Field>(Field& field, std::size_t index) {
    if constexpr (is_optional<Field>) {
      if ((frame.seen & (std::uint64_t{1} << index)) == 0) field.reset();
    }
  };
  (clear_absent(boost::pfr::get<I>(out), I), ...);
  from.leave();
  return true;
}

template <class T>
[[nodiscard]] bool read_struct(json_scanner& from, T& out) {
  object_frame frame{plan_of<T>};
  frame.unknown_from = from.unknown_count();
  return read_fields(from, out, frame, std::make_index_sequence<field_count<T>>{});
}

template <class Variant, std::size_t I>
[[nodiscard]] bool read_alternative(json_scanner& from, Variant& out, object_frame& frame) {
  using alternative = std::variant_alternative_t<I, Variant>;
  if (out.index() != I) out.template emplace<I>();
  frame.plan = plan_of<alternative>;
  return read_fields(from, *std::get_if<I>(&out), frame,
                     std::make_index_sequence<field_count<alternative>>{});
}

template <class... Ts>
[[nodiscard]] bool read_variant(json_scanner& from, std::variant<Ts...>& out) {
  using variant = std::variant<Ts...>;
  object_frame frame;
  frame.extra = variant_rules<variant>::key;
  frame.unknown_from = from.unknown_count();
  (void)from.next();
  char const* const where = from.at();
  std::string_view name;
  if (!from.find_text(frame.extra, name, frame.extra_seen)) return false;
  if (frame.extra_seen) frame.separator = ',';
  bool fine = false;
  // Ends at the first that fits, read or not: `name` is not to be looked at again, since reading
  // may move the text that it is a part of.
  bool const known = [&]<std::size_t... I>(std::index_sequence<I...>) {
    return ((name == alternative_name<Ts>() &&
             (fine = read_alternative<variant, I>(from, out, frame), true)) ||
            ...);
  }
  (std::index_sequence_for<Ts...>{});
  if (known) return fine;
  return from.fail_at(where, "no alternative is called '" + std::string(name) + "'");
}

template <class E>
[[nodiscard]] bool read_enum(json_scanner& from, E& out) {
  if (from.next() != '"') return from.expected("a string");
  char const* const where = from.at();
  std::string_view text;
  if (!from.read_text(text)) return false;
  return enum_of_text(text, out) ||
         from.fail_at(where, "'" + std::string(text.substr(0, 64)) + "' is not one of its values");
}

template <class T>
[[nodiscard]] bool read_integer(json_scanner& from, T& out) {
  if constexpr (std::is_signed_v<T>) {
    std::int64_t value = 0;
    if (!from.read_integer(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()))
      return false;
    out = static_cast<T>(value);
  } else {
    std::uint64_t value = 0;
    if (!from.read_unsigned(value, std::numeric_limits<T>::max())) return false;
    out = static_cast<T>(value);
  }
  return true;
}

template <class T>
[[nodiscard]] bool read_customized(json_scanner& from, T& out) {
  (void)from.next();
  char const* const where = from.at();
  json_reader reader{from};
  auto value = json_customize<T>::read(reader);
  if (!value) return from.fail_at(where, std::move(value.error().message), value.error().code);
  if (from.failed()) return false;
  out = std::move(*value);
  return true;
}

template <class T>
bool read_value(json_scanner& from, T& out) {
  if constexpr (customized<T>) {
    return read_customized(from, out);
  } else if constexpr (std::is_same_v<T, bool>) {
    return from.read_bool(out);
  } else if constexpr (json_integer<T>) {
    return read_integer(from, out);
  } else if constexpr (std::is_same_v<T, double>) {
    return from.read_double(out);
  } else if constexpr (std::is_same_v<T, float>) {
    return from.read_float(out);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return from.read_string(out);
  } else if constexpr (std::is_enum_v<T>) {
    return read_enum(from, out);
  } else if constexpr (is_strong_id<T>) {
    return read_value(from, out.value);
  } else if constexpr (std::is_same_v<T, money>) {
    return from.read_money(out);
  } else if constexpr (std::is_same_v<T, timestamp>) {
    return from.read_timestamp(out);
  } else if constexpr (std::is_same_v<T, std::chrono::year_month_day>) {
    return from.read_date(out);
  } else if constexpr (is_duration<T>) {
    typename T::rep count{};
    if (!read_value(from, count)) return false;
    out = T{count};
    return true;
  } else if constexpr (std::is_same_v<T, uuid>) {
    return from.read_uuid(out);
  } else if constexpr (std::is_same_v<T, bytes>) {
    return from.read_bytes(out);
  } else if constexpr (is_optional<T>) {
    return read_optional(from, out);
  } else if constexpr (is_made_of<T, std::vector>) {
    return read_vector(from, out);
  } else if constexpr (is_array<T>) {
    return read_array(from, out);
  } else if constexpr (is_made_of<T, std::variant>) {
    return read_variant(from, out);
  } else if constexpr (json_map<T>) {
    return read_map(from, out);
  } else {
    static_assert(
        reflected<T>,
        "evsrc: JSON has no form for this type, which is no plain struct (constructors, bases "
        "and private members rule that out): specialise evsrc::json_customize<T>");
    return read_struct(from, out);
  }
}

}  // namespace evsrc::inline v0::detail
