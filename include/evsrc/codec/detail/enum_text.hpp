// SPDX-License-Identifier: Apache-2.0
// The texts of an enum's values, from reflection or from the user's list.
#pragma once

#include "evsrc/codec/wire_fields.hpp"

namespace evsrc::inline v0::detail {

template <class E>
inline constexpr bool has_listed_names = !requires {
  enum_names<E>.renames;
};

/// Value and text of each enumerator where the user's rules apply to the names found.
template <class E>
struct reflected_enum {
  static_assert(fixed_enum<E>,
                "evsrc: the values of an enum without a fixed underlying type cannot be found: "
                "make it an enum class or list them in evsrc::enum_names");
  static constexpr auto const& rules = enum_names<E>;
  static constexpr auto cpp_names = [] {
    std::array<std::string_view, enumerators<E>.size()> names{};
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = enumerators<E>[i].name;
    return names;
  }();
  static_assert(!cpp_names.empty(),
                "evsrc: an enum without values from -128 to 127 lists them in evsrc::enum_names");
  static_assert(renames_exist(rules, cpp_names),
                "evsrc: `enum_names` renames a value that the enum does not have");
  static_assert(reserved_are_renamed(rules, cpp_names),
                "evsrc: an enum value named after a reserved word, such as `new_`, needs a wire "
                "name: add evsrc::rename(\"new_\", \"new\") to `evsrc::enum_names`");
  static constexpr auto texts = apply_rules<longest_name(rules, cpp_names)>(rules, cpp_names);
  static constexpr std::size_t size = texts.size();
  static constexpr E value(std::size_t i) noexcept { return enumerators<E>[i].value; }
  static constexpr std::string_view text(std::size_t i) noexcept { return texts[i].view(); }
};

template <class E>
struct listed_enum {
  static constexpr std::size_t size = enum_names<E>.size();
  static constexpr E value(std::size_t i) noexcept { return enum_names<E>[i].value; }
  static constexpr std::string_view text(std::size_t i) noexcept { return enum_names<E>[i].name; }
};

template <class E>
struct enum_texts : std::conditional_t<has_listed_names<E>, listed_enum<E>, reflected_enum<E>> {
  using list = std::conditional_t<has_listed_names<E>, listed_enum<E>, reflected_enum<E>>;

  static constexpr bool sound() noexcept {
    for (std::size_t i = 0; i < list::size; ++i) {
      if (list::text(i).empty() || !is_plain_text(list::text(i))) return false;
      for (std::size_t j = i + 1; j < list::size; ++j)
        if (list::text(i) == list::text(j) || list::value(i) == list::value(j)) return false;
    }
    return true;
  }
  static_assert(sound(),
                "evsrc: the texts of an enum are plain UTF-8, and each stands for one value");
};

/// The text of `value`; empty where it has none.
template <class E>
constexpr std::string_view text_of_enum(E value) noexcept {
  using list = enum_texts<E>;
  for (std::size_t i = 0; i < list::size; ++i)
    if (list::value(i) == value) return list::text(i);
  return {};
}

/// False where no value has this text.
template <class E>
constexpr bool enum_of_text(std::string_view text, E& value) noexcept {
  using list = enum_texts<E>;
  for (std::size_t i = 0; i < list::size; ++i) {
    if (list::text(i) != text) continue;
    value = list::value(i);
    return true;
  }
  return false;
}

}  // namespace evsrc::inline v0::detail
