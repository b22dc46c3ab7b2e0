// SPDX-License-Identifier: Apache-2.0
// What commands and rejections are called where they are written down.
#pragma once

#include <cstddef>
#include <string_view>

namespace evsrc::inline v0 {
namespace detail {

/// The name in `__PRETTY_FUNCTION__` without its namespaces: "[with T = bank::withdraw]".
constexpr std::string_view unqualified_name(std::string_view pretty) noexcept {
  std::size_t begin = pretty.find("T = ") + 4;
  std::size_t const end = pretty.rfind(']');
  int depth = 0;
  for (std::size_t at = begin; at < end; ++at) {
    if (pretty[at] == '<') ++depth;
    if (pretty[at] == '>') --depth;
    if (pretty[at] == ':' && depth == 0) begin = at + 1;
  }
  return pretty.substr(begin, end - begin);
}

/// A named return type would be explained behind the name that is looked for.
template <class T>
constexpr auto compiler_name() noexcept {
  return unqualified_name(__PRETTY_FUNCTION__);
}

}  // namespace detail

/// Names a command or rejection under an idempotency key: its `json_name`, or its C++ name without
/// namespaces, so that a type may move to another one; two commands that only a namespace tells
/// apart want names. A type that is renamed while its keys live keeps the old name:
/// `static constexpr std::string_view json_name = "insufficient_funds";`
template <class T>
[[nodiscard]] constexpr std::string_view recorded_name() noexcept {
  if constexpr (requires { std::string_view(T::json_name); })
    return T::json_name;
  else
    return detail::compiler_name<T>();
}

namespace detail {

template <class... Ts>
consteval bool are_named_differently() {
  std::string_view const names[] = {recorded_name<Ts>()..., {}};
  for (std::size_t i = 0; i != sizeof...(Ts); ++i)
    for (std::size_t j = 0; j != i; ++j)
      if (names[i] == names[j]) return false;
  return true;
}

template <class Decision>
inline constexpr bool are_rejections_told_apart = true;
template <template <class...> class Decision, class State, class... Rejections>
inline constexpr bool are_rejections_told_apart<Decision<State, Rejections...>> = [] {
  static_assert(are_named_differently<Rejections...>(),
                "evsrc: two rejections of one decision have the same name; give one of them "
                "`static constexpr std::string_view json_name = \"...\"`");
  return true;
}();

}  // namespace detail
}  // namespace evsrc::inline v0
