// SPDX-License-Identifier: Apache-2.0
// The shape of a type in JSON as lines of text, one for each field, whatever the compiler.
#pragma once

#include "evsrc/codec/detail/enum_text.hpp"
#include "evsrc/codec/detail/json_types.hpp"

namespace evsrc::inline v0::detail {

/// One address for each type, to notice a struct within itself.
template <class T>
inline constexpr char type_mark = 0;

class type_printer {
 public:
  void line(std::string_view path, std::string_view kind) {
    text_.append(path).append(": ").append(kind).append("\n");
  }
  void describe_duration(std::string_view path, std::string_view count, std::intmax_t num,
                         std::intmax_t den) {
    line(path, "duration " + std::string(count) + " of " + std::to_string(num) + "/" +
                   std::to_string(den) + " s");
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

  template <class T>
  void describe(std::string const& path) {
    if constexpr (customized<T>) {
      if constexpr (requires { json_customize<T>::wire_type; })
        line(path, json_customize<T>::wire_type);
      else
        line(path, "custom");
    } else if constexpr (!scalar_kind<T>().empty()) {
      line(path, scalar_kind<T>());
    } else if constexpr (std::is_enum_v<T>) {
      line(path, "enum");
      for (std::size_t i = 0; i < enum_texts<T>::size; ++i)
        line(path + "=" + std::string(enum_texts<T>::text(i)), "value");
    } else if constexpr (is_strong_id<T>) {
      describe<typename T::rep>(path);
    } else if constexpr (is_duration<T>) {
      describe_duration(path, scalar_kind<typename T::rep>(), T::period::num, T::period::den);
    } else if constexpr (is_optional<T>) {
      describe<typename T::value_type>(path + "?");
    } else if constexpr (is_made_of<T, std::vector>) {
      describe<typename T::value_type>(path + "[]");
    } else if constexpr (is_array<T>) {
      describe<typename T::value_type>(path + "[" + std::to_string(std::tuple_size_v<T>) + "]");
    } else if constexpr (is_made_of<T, std::variant>) {
      describe_variant(path, static_cast<T*>(nullptr));
    } else if constexpr (json_map<T>) {
      describe_keys<typename T::key_type>(path + "{#}");
      describe<typename T::mapped_type>(path + "{}");
    } else {
      static_assert(
          reflected<T>,
          "evsrc: JSON has no form for this type, which is no plain struct (constructors, bases "
          "and private members rule that out): specialise evsrc::json_customize<T>");
      describe_struct<T>(path, "object");
    }
  }

 private:
  template <class T>
  static constexpr std::string_view scalar_kind() noexcept {
    if constexpr (std::is_same_v<T, bool>) return "bool";
    if constexpr (json_integer<T>) {
      constexpr std::array<std::string_view, 2> of_size[] = {
          {"int8", "uint8"}, {"int16", "uint16"}, {"int32", "uint32"}, {"int64", "uint64"}};
      constexpr std::size_t row = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
      return of_size[row][std::is_unsigned_v<T> ? 1 : 0];
    }
    if constexpr (std::is_same_v<T, double>) return "double";
    if constexpr (std::is_same_v<T, float>) return "float";
    if constexpr (std::is_same_v<T, std::string>) return "string";
    if constexpr (std::is_same_v<T, money>) return "money";
    if constexpr (std::is_same_v<T, timestamp>) return "timestamp";
    if constexpr (std::is_same_v<T, std::chrono::year_month_day>) return "date";
    if constexpr (std::is_same_v<T, uuid>) return "uuid";
    if constexpr (std::is_same_v<T, bytes>) return "base64";
    return {};
  }

  /// Text, which most keys are, gets no line.
  template <class Key>
  void describe_keys(std::string const& path) {
    if constexpr (is_strong_id<Key>)
      describe_keys<typename Key::rep>(path);
    else if constexpr (!std::is_same_v<Key, std::string>)
      describe<Key>(path);
  }

  template <class T>
  void describe_struct(std::string const& path, std::string_view kind) {
    for (std::size_t up = 1; up <= open_.size(); ++up) {
      if (open_[open_.size() - up] == &type_mark<T>)
        return line(path, std::string(kind) + ", as " + std::to_string(up) + " above");
    }
    if (!path.empty()) line(path, kind);
    open_.push_back(&type_mark<T>);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (describe<field_type<T, I>>((path.empty() ? path : path + ".") +
                                  std::string(field_texts<T>[I])),
       ...);
    }
    (std::make_index_sequence<field_count<T>>{});
    open_.pop_back();
  }

  template <class... Ts>
  void describe_variant(std::string const& path, std::variant<Ts...>*) {
    line(path, "variant by " + std::string(variant_rules<std::variant<Ts...>>::key));
    (describe_struct<Ts>(path + "|" + std::string(alternative_name<Ts>()), "alternative"), ...);
  }

  std::string text_{};
  std::vector<char const*> open_{};
};

}  // namespace evsrc::inline v0::detail
