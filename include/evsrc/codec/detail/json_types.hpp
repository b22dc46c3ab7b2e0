// SPDX-License-Identifier: Apache-2.0
// Which C++ types have which form in JSON.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "evsrc/codec/json_customize.hpp"
#include "evsrc/codec/wire_fields.hpp"
#include "evsrc/core/bytes.hpp"
#include "evsrc/core/event_name.hpp"
#include "evsrc/core/id.hpp"

namespace evsrc::inline v0 {

/// The key that says which alternative of a variant stands in an object. Specialise it for another:
/// `template <> inline constexpr std::string_view evsrc::discriminator<payment_method> = "kind";`
template <class Variant>
inline constexpr std::string_view discriminator = "type";

namespace detail {

template <class T, template <class...> class Of>
inline constexpr bool is_made_of = false;
template <template <class...> class Of, class... Args>
inline constexpr bool is_made_of<Of<Args...>, Of> = true;

template <class T>
inline constexpr bool is_array = false;
template <class T, std::size_t Size>
inline constexpr bool is_array<std::array<T, Size>> = true;

template <class T>
inline constexpr bool is_strong_id = false;
template <class Tag, class Rep>
inline constexpr bool is_strong_id<strong_id<Tag, Rep>> = true;

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

template <class T>
inline constexpr bool is_optional = is_made_of<T, std::optional>;

/// char and its wide cousins are letters, not numbers: a letter is a std::string.
template <class T>
concept json_integer =
    std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char> &&
    !std::is_same_v<T, wchar_t> && !std::is_same_v<T, char8_t> && !std::is_same_v<T, char16_t> &&
    !std::is_same_v<T, char32_t>;

/// std::map and what is like it: sorted, so that equal values have equal text.
template <class T>
concept json_map = requires(T& map, typename T::key_type key) {
  typename T::mapped_type;
  typename T::key_compare;
  map.try_emplace(key);
  map.clear();
};

template <class T>
concept reflected = std::is_class_v<T> && std::is_aggregate_v<T> && !is_array<T>;

/// The name of one alternative of a variant: its wire name's, or `json_name`.
template <class T>
constexpr std::string_view alternative_name() noexcept {
  if constexpr (requires { T::wire_name.name; })
    return T::wire_name.name;
  else if constexpr (requires { std::string_view{T::json_name}; })
    return T::json_name;
  else
    return {};
}

template <class T>
struct variant_alternative {
  static_assert(reflected<T>, "evsrc: the alternatives of a variant in JSON are plain structs");
  static_assert(is_plain_text(alternative_name<T>()) && !alternative_name<T>().empty(),
                "evsrc: an alternative of a variant needs `wire_name` or "
                "`static constexpr std::string_view json_name = \"...\";`");
  static constexpr bool value = true;
};

constexpr bool are_different(std::initializer_list<std::string_view> names) noexcept {
  for (auto const* a = names.begin(); a != names.end(); ++a)
    for (auto const* b = a + 1; b != names.end(); ++b)
      if (*a == *b) return false;
  return true;
}

template <class Variant>
struct variant_rules;
template <class... Ts>
struct variant_rules<std::variant<Ts...>> {
  static constexpr std::string_view key = discriminator<std::variant<Ts...>>;
  static_assert((variant_alternative<Ts>::value && ...));
  static_assert(is_plain_text(key) && !key.empty());
  static_assert(are_different({alternative_name<Ts>()...}),
                "evsrc: two alternatives of a variant have the same name in JSON");
  template <class T>
  static constexpr bool uses_key() noexcept {
    for (auto const& one : wire_names<T>::texts)
      if (one.view() == key) return true;
    return false;
  }
  static_assert(!(uses_key<Ts>() || ...),
                "evsrc: an alternative of a variant has a field with the name of the "
                "discriminator: rename it, or specialise evsrc::discriminator");
};

/// `"name":`, as one array that is compared and copied whole.
template <class T, std::size_t I>
inline constexpr auto key_text = [] {
  constexpr auto const& name = wire_names<T>::texts[I];
  std::array<char, name.size + 3> text{};
  text[0] = '"';
  for (std::size_t i = 0; i < name.size; ++i) text[i + 1] = name.chars[i];
  text[name.size + 1] = '"';
  text[name.size + 2] = ':';
  return text;
}();

template <class T, std::size_t I>
using field_type = boost::pfr::tuple_element_t<I, T>;

template <class T>
inline constexpr std::size_t field_count = wire_names<T>::texts.size();

template <class T>
inline constexpr auto field_texts = [] {
  std::array<std::string_view, field_count<T>> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = wire_names<T>::texts[i].view();
  return names;
}();

template <class T>
inline constexpr object_plan plan_of = []<std::size_t... I>(std::index_sequence<I...>) {
  constexpr std::uint64_t required =
      (std::uint64_t{0} | ... |
       (is_optional<field_type<T, I>> ? std::uint64_t{0} : std::uint64_t{1} << I));
  return object_plan{field_texts<T>.data(), sizeof...(I), required};
}
(std::make_index_sequence<field_count<T>>{});

}  // namespace detail
}  // namespace evsrc::inline v0
