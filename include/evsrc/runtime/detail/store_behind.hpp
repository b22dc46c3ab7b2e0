// SPDX-License-Identifier: Apache-2.0
// For the commonest slip of all: a pointer, or the result of an `open`, where what it points to is
// asked for.
#pragma once

#include <concepts>
#include <type_traits>

namespace evsrc::inline v0::detail {

/// A pointer to a `Port`, plain or smart, or what holds one, such as the result of an `open`.
template <class Handle, class Port>
concept leads_to =
    !std::derived_from<std::remove_cvref_t<Handle>, Port> && requires(Handle && handle) {
  requires requires { static_cast<Port&>(*handle); } || requires {
    static_cast<Port&>(**handle);
  };
};

/// Never compiles, and says how it does. What is there is passed on as it is.
template <class Port, class Handle>
[[nodiscard]] auto& store_behind(Handle&& handle) {
  static_assert(!leads_to<Handle, Port>,
                "evsrc: this takes the store (or bus) itself and not a pointer to it: write one "
                "`*` more, as in `**store` for what `open` answers");
  if constexpr (requires { static_cast<Port&>(*handle); })
    return *handle;
  else if constexpr (requires { static_cast<Port&>(**handle); })
    return **handle;
  else
    return handle;
}

}  // namespace evsrc::inline v0::detail
