// SPDX-License-Identifier: Apache-2.0
// JSON to vectors, arrays and maps.
#pragma once

#include "evsrc/codec/detail/enum_text.hpp"
#include "evsrc/codec/detail/json_types.hpp"

namespace evsrc::inline v0::detail {

template <class T>
[[nodiscard]] bool read_value(json_scanner& from, T& out);

/// Calls `read_one(index)` for each element of the array that comes next.
template <class ReadOne>
[[nodiscard]] bool read_elements(json_scanner& from, ReadOne&& read_one) {
  if (from.next() != '[') return from.expected("an array");
  if (!from.enter()) return false;
  from.take();
  if (from.next() == ']') {
    from.take();
    from.leave();
    return true;
  }
  for (std::size_t index = 0;; ++index) {
    if (!read_one(index)) return false;
    if (from.match(',')) continue;
    char const c = from.next();
    if (c != ',' && c != ']') return from.expected("',' or ']'");
    from.take();
    if (c == ']') break;
  }
  from.leave();
  return true;
}

template <class T>
[[nodiscard]] bool read_vector(json_scanner& from, std::vector<T>& out) {
  std::size_t count = 0;
  bool const fine = read_elements(from, [&](std::size_t index) {
    count = index + 1;
    if constexpr (std::is_same_v<T, bool>) {
      bool value = false;
      if (!from.read_bool(value)) return false;
      if (out.size() < count) out.resize(count);
      out[index] = value;
      return true;
    } else {
      if (out.size() < count) out.emplace_back();
      return read_value(from, out[index]);
    }
  });
  if (fine) out.resize(count);
  return fine;
}

template <class T, std::size_t Size>
[[nodiscard]] bool read_array(json_scanner& from, std::array<T, Size>& out) {
  std::size_t count = 0;
  bool const fine = read_elements(from, [&](std::size_t index) {
    if (index == Size) return from.fail("the array has more than its fixed number of elements");
    ++count;
    return read_value(from, out[index]);
  });
  if (!fine) return false;
  return count == Size || from.fail("the array has " + std::to_string(count) + " elements, not " +
                                    std::to_string(Size));
}

template <class Key>
[[nodiscard]] bool parse_map_key(json_scanner& from, std::string_view text, Key& out) {
  if constexpr (std::is_same_v<Key, std::string>) {
    out.assign(text);
    return true;
  } else if constexpr (is_strong_id<Key>) {
    return parse_map_key(from, text, out.value);
  } else if constexpr (std::is_same_v<Key, uuid>) {
    auto const id = parse_uuid(text);
    if (id) out = *id;
    return id.has_value();
  } else if constexpr (std::is_enum_v<Key>) {
    return enum_of_text(text, out);
  } else {
    static_assert(json_integer<Key>,
                  "evsrc: the key of a map in JSON is text, an integer, an enum or an identifier");
    std::conditional_t<std::is_signed_v<Key>, std::int64_t, std::uint64_t> value{};
    if (!parse_integer_text(text, value)) return false;
    out = static_cast<Key>(value);
    return static_cast<decltype(value)>(out) == value;
  }
}

template <class Map>
[[nodiscard]] bool read_map(json_scanner& from, Map& out) {
  out.clear();
  if (from.next() != '{') return from.expected("an object");
  if (!from.enter()) return false;
  from.take();
  if (from.next() == '}') {
    from.take();
    from.leave();
    return true;
  }
  for (;;) {
    (void)from.next();
    char const* const where = from.at();
    std::string_view text;
    if (!from.read_key(text)) return false;
    typename Map::key_type key{};
    if (!parse_map_key(from, text, key)) return from.fail_at(where, "the key is not of its type");
    auto const [place, is_new] = out.try_emplace(std::move(key));
    if (!is_new) return from.fail_field(where, text, "stands there twice");
    if (!read_value(from, place->second)) return false;
    char const c = from.next();
    if (c != ',' && c != '}') return from.expected("',' or '}'");
    from.take();
    if (c == '}') break;
  }
  from.leave();
  return true;
}

}  // namespace evsrc::inline v0::detail
