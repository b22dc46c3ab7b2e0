// SPDX-License-Identifier: Apache-2.0
// Values to JSON.
#pragma once

#include "evsrc/codec/detail/enum_text.hpp"
#include "evsrc/codec/detail/json_types.hpp"

namespace evsrc::inline v0::detail {

template <class T>
void write_value(json_printer& to, T const& value);

/// The fields of a struct and the closing bracket; `separator` stands before the first of them.
template <class T, std::size_t... I>
void write_fields(json_printer& to, T const& value, char separator, std::index_sequence<I...>) {
  json_printer::level const within{to};
  if (!within) return;
  [[maybe_unused]] auto const one = [&]<std::size_t At>(std::integral_constant<std::size_t, At>) {
    auto const& field = boost::pfr::get<At>(value);
    if constexpr (is_optional<field_type<T, At>>) {
      if (!field) return;
      to.put_key(separator, key_text<T, At>);
      separator = ',';
      write_value(to, *field);
    } else {
      to.put_key(separator, key_text<T, At>);
      separator = ',';
      write_value(to, field);
    }
  };
  (one(std::integral_constant<std::size_t, I>{}), ...);
  if (separator == '{') to.put('{');
  to.put('}');
}

template <class Elements>
void write_elements(json_printer& to, Elements const& elements) {
  json_printer::level const within{to};
  if (!within) return;
  to.put('[');
  bool first = true;
  for (auto const& element : elements) {
    if (!first) to.put(',');
    first = false;
    write_value<typename Elements::value_type>(to, element);
  }
  to.put(']');
}

/// The key of a map is text in JSON, also where it is a number.
template <class Key>
void write_map_key(json_printer& to, Key const& key) {
  if constexpr (std::is_same_v<Key, std::string>) {
    to.put_string(key);
  } else if constexpr (is_strong_id<Key>) {
    write_map_key(to, key.value);
  } else if constexpr (json_integer<Key>) {
    to.put('"');
    write_value(to, key);
    to.put('"');
  } else {
    static_assert(std::is_enum_v<Key> || std::is_same_v<Key, uuid>,
                  "evsrc: the key of a map in JSON is text, an integer, an enum or an identifier");
    write_value(to, key);
  }
}

template <class Map>
void write_map(json_printer& to, Map const& map) {
  json_printer::level const within{to};
  if (!within) return;
  char separator = '{';
  for (auto const& [key, value] : map) {
    to.put(separator);
    separator = ',';
    write_map_key(to, key);
    to.put(':');
    write_value(to, value);
  }
  if (separator == '{') to.put('{');
  to.put('}');
}

template <class T>
void write_alternative(json_printer& to, std::string_view key, T const& value) {
  to.put('{');
  to.put_string(key);
  to.put(':');
  to.put_string(alternative_name<T>());
  write_fields(to, value, ',', std::make_index_sequence<field_count<T>>{});
}

template <class... Ts>
void write_variant(json_printer& to, std::variant<Ts...> const& value) {
  constexpr auto key = variant_rules<std::variant<Ts...>>::key;
  if (value.valueless_by_exception()) return to.fail("is a variant without a value");
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (void)((value.index() == I && (write_alternative(to, key, *std::get_if<I>(&value)), true)) ||
           ...);
  }
  (std::index_sequence_for<Ts...>{});
}

template <class E>
void write_enum(json_printer& to, E value) {
  auto const text = text_of_enum(value);
  if (!text.empty()) return to.put_string(text);
  auto const number = static_cast<std::underlying_type_t<E>>(value);
  to.fail("is a value of an enum without a name, " + std::to_string(number));
}

template <class T>
void write_value(json_printer& to, T const& value) {
  if constexpr (customized<T>) {
    json_writer writer{to};
    json_customize<T>::write(writer, value);
  } else if constexpr (std::is_same_v<T, bool>) {
    to.put_bool(value);
  } else if constexpr (json_integer<T> && std::is_signed_v<T>) {
    to.put_integer(value);
  } else if constexpr (json_integer<T>) {
    to.put_unsigned(value);
  } else if constexpr (std::is_same_v<T, double>) {
    to.put_double(value);
  } else if constexpr (std::is_same_v<T, float>) {
    to.put_float(value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    to.put_string(value);
  } else if constexpr (std::is_enum_v<T>) {
    write_enum(to, value);
  } else if constexpr (is_strong_id<T>) {
    write_value(to, value.value);
  } else if constexpr (std::is_same_v<T, money>) {
    to.put_money(value);
  } else if constexpr (std::is_same_v<T, timestamp>) {
    to.put_timestamp(value);
  } else if constexpr (std::is_same_v<T, std::chrono::year_month_day>) {
    to.put_date(value);
  } else if constexpr (is_duration<T>) {
    write_value(to, value.count());
  } else if constexpr (std::is_same_v<T, uuid>) {
    to.put_string(to_string(value));
  } else if constexpr (std::is_same_v<T, bytes>) {
    to.put_string(to_base64(value));
  } else if constexpr (is_optional<T>) {
    if (value)
      write_value(to, *value);
    else
      to.put_null();
  } else if constexpr (is_made_of<T, std::vector> || is_array<T>) {
    write_elements(to, value);
  } else if constexpr (is_made_of<T, std::variant>) {
    write_variant(to, value);
  } else if constexpr (json_map<T>) {
    write_map(to, value);
  } else {
    static_assert(
        reflected<T>,
        "evsrc: JSON has no form for this type, which is no plain struct (constructors, bases "
        "and private members rule that out): specialise evsrc::json_customize<T>");
    write_fields(to, value, '{', std::make_index_sequence<field_count<T>>{});
  }
}

}  // namespace evsrc::inline v0::detail
