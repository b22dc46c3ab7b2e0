// SPDX-License-Identifier: Apache-2.0
// What fields and enum values are called in JSON, where that is not their C++ name.
#pragma once

#include "evsrc/codec/detail/names.hpp"
#include "evsrc/codec/field_names.hpp"
#include "evsrc/core/limits.hpp"

namespace evsrc::inline v0 {

/// One new name: `evsrc::rename("class_", "class")`.
struct rename {
  std::string_view from{};
  std::string_view to{};

  constexpr rename() noexcept = default;
  constexpr rename(char const* cpp_name, char const* wire_name) noexcept
      : from(cpp_name), to(wire_name) {}
};

/// All names that are not renamed one by one go from order_id to orderId.
struct camel_case_t {};
inline constexpr camel_case_t camel_case{};

template <std::size_t Count>
struct wire_rules {
  std::array<rename, Count> renames{};
  bool camel = false;
};

/// Inside a struct, beside its fields:
/// `static constexpr auto wire_fields = evsrc::wire_fields(evsrc::rename("class_", "class"));`
/// or `= evsrc::wire_fields(evsrc::camel_case);`, with renames behind it or without.
/// Names are UTF-8 without quotes, backslashes and control characters and differ from each other; a
/// field named after a reserved word (`class_`) must be renamed.
template <class... Rules>
requires((std::is_same_v<Rules, rename> || std::is_same_v<Rules, camel_case_t>)&&...)
    [[nodiscard]] constexpr auto wire_fields(Rules... rules) noexcept {
  constexpr std::size_t count = (std::size_t{0} + ... + std::is_same_v<Rules, rename>);
  wire_rules<count> made{{}, (std::is_same_v<Rules, camel_case_t> || ...)};
  [[maybe_unused]] std::size_t at = 0;
  [[maybe_unused]] auto const take = [&](auto const& rule) {
    if constexpr (std::is_same_v<decltype(rule), rename const&>) made.renames[at++] = rule;
  };
  (take(rules), ...);
  return made;
}

/// One value of an enum and its text in JSON: `evsrc::named(level::high, "HIGH")`.
template <class E>
struct named {
  E value;
  std::string_view name;

  constexpr named(E enumerator_value, char const* wire_name) noexcept
      : value(enumerator_value), name(wire_name) {}
};

/// The texts of the values of `E`. By default the enumerators' names, found for values from -128 to
/// 127 of an enum with a fixed underlying type. Specialise it, before its first use, to rename:
///     template <>
///     inline constexpr auto evsrc::enum_names<level> = evsrc::wire_fields(evsrc::camel_case);
/// or to list all of them, which any enum can have:
///     template <>
///     inline constexpr auto evsrc::enum_names<level> =
///         std::array{evsrc::named{level::low, "LOW"}, evsrc::named{level::high, "HIGH"}};
template <class E>
inline constexpr auto enum_names = wire_rules<0>{};

namespace detail {

template <class T>
constexpr auto rules_of() noexcept {
  if constexpr (requires { T::wire_fields.renames; })
    return T::wire_fields;
  else
    return wire_rules<0>{};
}

template <class Rules>
constexpr std::size_t find_rename(Rules const& rules, std::string_view name) noexcept {
  // An index, as GCC's sanitizer makes comparisons of pointers no constant expressions.
  std::size_t at = 0;
  while (at < rules.renames.size() && rules.renames[at].from != name) ++at;
  return at;
}

template <class Rules, class Names>
constexpr bool renames_exist(Rules const& rules, Names const& names) noexcept {
  for (auto const& one : rules.renames) {
    bool found = false;
    for (std::string_view const name : names) found = found || name == one.from;
    if (!found) return false;
  }
  return true;
}

template <class Rules, class Names>
constexpr bool reserved_are_renamed(Rules const& rules, Names const& names) noexcept {
  for (std::string_view const name : names)
    if (is_reserved_word(name) && find_rename(rules, name) == rules.renames.size()) return false;
  return true;
}

template <class Rules, class Names>
constexpr std::size_t longest_name(Rules const& rules, Names const& names) noexcept {
  std::size_t longest = 0;
  for (std::string_view const name : names)
    if (name.size() > longest) longest = name.size();
  for (auto const& one : rules.renames)
    if (one.to.size() > longest) longest = one.to.size();
  return longest;
}

template <std::size_t Max, class Rules>
constexpr short_text<Max> wire_name_of(Rules const& rules, std::string_view name) noexcept {
  auto const at = find_rename(rules, name);
  bool const is_renamed = at < rules.renames.size();
  if (rules.camel && !is_renamed) return to_camel_case<Max>(name);
  short_text<Max> text;
  text.add(is_renamed ? rules.renames[at].to : name);
  return text;
}

template <std::size_t Max, class Rules, std::size_t Count>
constexpr auto apply_rules(Rules const& rules,
                           std::array<std::string_view, Count> const& names) noexcept {
  std::array<short_text<Max>, Count> texts{};
  for (std::size_t i = 0; i < Count; ++i) texts[i] = wire_name_of<Max>(rules, names[i]);
  return texts;
}

template <class Texts>
constexpr bool all_plain(Texts const& texts) noexcept {
  for (auto const& one : texts)
    if (one.view().empty() || !is_plain_text(one.view())) return false;
  return true;
}

template <class Texts>
constexpr bool all_different(Texts const& texts) noexcept {
  for (std::size_t i = 0; i < texts.size(); ++i)
    for (std::size_t j = i + 1; j < texts.size(); ++j)
      if (texts[i].view() == texts[j].view()) return false;
  return true;
}

/// The names of `T`'s fields on the wire, checked.
template <class T>
struct wire_names {
  static constexpr auto rules = rules_of<T>();
  static constexpr auto const& cpp_names = field_names<T>;
  static_assert(cpp_names.size() <= limits::json_object_fields,
                "evsrc: a struct in JSON has at most 64 fields");
  static_assert(renames_exist(rules, cpp_names),
                "evsrc: `wire_fields` renames a field that the struct does not have");
  static_assert(reserved_are_renamed(rules, cpp_names),
                "evsrc: a field named after a reserved word, such as `class_`, needs a wire name: "
                "add evsrc::rename(\"class_\", \"class\") to `wire_fields`");

  static constexpr auto texts = apply_rules<longest_name(rules, cpp_names)>(rules, cpp_names);
  static_assert(all_plain(texts),
                "evsrc: a wire name is UTF-8 without quotes, backslashes and control characters");
  static_assert(all_different(texts), "evsrc: two fields of the struct have the same wire name");
};

}  // namespace detail
}  // namespace evsrc::inline v0
