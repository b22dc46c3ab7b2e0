// SPDX-License-Identifier: Apache-2.0
// The names of a struct's fields and of an enum's values, as the compiler knows them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/pfr/core.hpp>

// One answer for a whole program, set by the build (1 with Boost 1.84 or later): translation units
// that disagreed would have different definitions of one template.
#ifndef EVSRC_HAS_PFR_NAMES
#define EVSRC_HAS_PFR_NAMES 0
#endif
#if EVSRC_HAS_PFR_NAMES
#include <boost/pfr/core_name.hpp>
#endif

namespace evsrc::inline v0 {
namespace detail {

constexpr bool is_name_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80U;
}

/// The last identifier of `text`, whatever brackets stand behind it.
constexpr std::string_view last_name(std::string_view text) noexcept {
  std::size_t end = text.size();
  while (end > 0 && !is_name_char(text[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_name_char(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

#if EVSRC_HAS_PFR_NAMES

template <class T, std::size_t I>
consteval std::string_view field_name() noexcept {
  return boost::pfr::get_name<I, T>();
}

#else

/// Lends its fields' addresses to constant expressions; no `T` is ever made. An extern constant
/// would do as well, but neither compiler lets one have a type without linkage.
template <class T>
union unseen {
  char none;
  T value;
  constexpr unseen() noexcept : none{} {}
  constexpr ~unseen() {}  // NOLINT(modernize-use-equals-default): it would be deleted
};
template <class T>
struct unseen_holder {
#if defined(__clang__)
  static inline constinit unseen<T> const object{};  // a constexpr one would need a literal T
#else
  static constexpr unseen<T> object{};  // constinit would leave a destructor to be run
#endif
};

/// Clang 14 takes the address of a subobject as a template argument only inside a class.
template <class Field>
struct field_pointer {
  Field const* at;
};

/// The text ends in "... .T::name)}]" (GCC) or "... .value.name}]" (Clang); a named return type
/// would be explained behind it.
template <auto Pointer>
consteval auto name_at() noexcept {
  return last_name(__PRETTY_FUNCTION__);
}

template <class T, std::size_t I>
consteval std::string_view field_name() noexcept {
  using field = std::remove_cvref_t<decltype(boost::pfr::get<I>(unseen_holder<T>::object.value))>;
  return name_at<field_pointer<field>{&boost::pfr::get<I>(unseen_holder<T>::object.value)}>();
}

#endif

/// The enumerator with this value; empty where there is none.
template <auto Value>
constexpr auto enumerator_name() noexcept {
  // "... Value = ns::color::red]", or with a cast where the value has no name: "= (ns::color)7]".
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_suffix(1);
  auto const name = last_name(text);
  auto const before = text.size() - name.size();
  bool const is_number = name.front() >= '0' && name.front() <= '9';
  bool const is_cast = before > 0 && (text[before - 1] == ')' || text[before - 1] == '-');
  return is_number || is_cast ? std::string_view{} : name;
}

/// One enumerator: its value and what it is called.
template <class E>
struct enumerator {
  E value;
  std::string_view name;
};

inline constexpr int enumerator_min = -128;
inline constexpr int enumerator_max = 127;

template <class E>
constexpr bool in_enum_range(int value) noexcept {
  using rep = std::underlying_type_t<E>;
  if constexpr (std::is_same_v<rep, bool>) return value == 0 || value == 1;
  if (value < 0) return std::is_signed_v<rep>;
  return static_cast<std::uint64_t>(value) <=
         static_cast<std::uint64_t>(std::numeric_limits<rep>::max());
}

template <class E, int Value>
constexpr std::string_view name_of_value() noexcept {
  if constexpr (in_enum_range<E>(Value)) return enumerator_name<static_cast<E>(Value)>();
  return {};
}

template <class E>
inline constexpr auto names_in_range = []<int... Offset>(std::integer_sequence<int, Offset...>) {
  return std::array{name_of_value<E, enumerator_min + Offset>()...};
}
(std::make_integer_sequence<int, enumerator_max - enumerator_min + 1>{});

template <class E>
constexpr std::size_t count_enumerators() noexcept {
  std::size_t named = 0;
  for (auto const name : names_in_range<E>) named += name.empty() ? 0 : 1;
  return named;
}

template <class E>
constexpr auto all_enumerators() noexcept {
  std::array<enumerator<E>, count_enumerators<E>()> found{};
  std::size_t at = 0;
  for (int value = enumerator_min; value <= enumerator_max; ++value) {
    auto const name = names_in_range<E>[static_cast<std::size_t>(value - enumerator_min)];
    if (!name.empty()) found[at++] = {static_cast<E>(value), name};
  }
  return found;
}

/// True where every value of the underlying type is one of the enum: `enum class`, `enum : int`.
template <class E>
concept fixed_enum = std::is_enum_v<E> && requires {
  E{0};
};

}  // namespace detail

/// The names of the fields of the aggregate `T`, in order of declaration.
/// @source the name is read from the compiler's own text of a pointer to the field, as Boost.PFR
/// does since 1.84
template <class T>
inline constexpr auto field_names = []<std::size_t... I>(std::index_sequence<I...>) {
  return std::array<std::string_view, sizeof...(I)>{detail::field_name<T, I>()...};
}
(std::make_index_sequence<boost::pfr::tuple_size_v<T>>{});

/// The enumerators of `E` whose values are -128 to 127, in order of value; of two names for one
/// value the first declared. Others need `evsrc::enum_names` (codec/wire_fields.hpp).
template <detail::fixed_enum E>
inline constexpr auto enumerators = detail::all_enumerators<E>();

}  // namespace evsrc::inline v0
