// SPDX-License-Identifier: Apache-2.0
// A state's fields as text, to tell snapshots of another shape.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "evsrc/codec/field_names.hpp"

namespace evsrc::inline v0::detail {

template <class T>
inline constexpr bool is_fixed_array = false;
template <class T, std::size_t Size>
inline constexpr bool is_fixed_array<std::array<T, Size>> = true;

/// Types as the compiler spells them. Another compiler may spell one differently: its snapshots are
/// then replayed once, which is what a cache is for.
class state_shape {
 public:
  template <class T>
  void add() {
    std::string_view const spelled = spelling<T>();
    text_.append(spelled);
    if (std::find(seen_.begin(), seen_.end(), spelled) != seen_.end()) return;
    seen_.push_back(spelled);
    if constexpr (std::is_class_v<T>) {
      add_arguments(static_cast<T*>(nullptr));
      if constexpr (std::is_aggregate_v<T> && !is_fixed_array<T>) add_fields<T>();
    }
  }
  [[nodiscard]] std::string const& text() const noexcept { return text_; }

 private:
  // A named return type would be explained behind the type that is looked for.
  template <class T>
  [[nodiscard]] static constexpr auto spelling() noexcept {
    return std::string_view(__PRETTY_FUNCTION__);
  }
  /// What a container holds matters, not only its own name.
  template <template <class...> class Of, class... Args>
  void add_arguments(Of<Args...>*) {
    (add_argument<Args>(), ...);
  }
  template <class T, std::size_t Size>
  void add_arguments(std::array<T, Size>*) {
    add_argument<T>();
  }
  void add_arguments(void*) {}
  template <class T>
  void add_argument() {
    if constexpr (requires { sizeof(T); }) {  // the tag of a strong id has no definition
      if constexpr (std::is_class_v<T> && !std::is_empty_v<T>) add<T>();
    }
  }
  template <class T>
  void add_fields() {
    constexpr auto names = field_names<T>;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((text_.append("\n").append(names[I]).append(" "),
        add<std::remove_cvref_t<decltype(boost::pfr::get<I>(std::declval<T&>()))>>()),
       ...);
    }
    (std::make_index_sequence<names.size()>{});
  }

  std::string text_;
  std::vector<std::string_view> seen_;
};

}  // namespace evsrc::inline v0::detail
