// SPDX-License-Identifier: Apache-2.0
// One decision over several streams or queries: a state like any other.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "evsrc/model/decision.hpp"

namespace evsrc::inline v0 {

/// Any number of `A`, each under its key.
template <aggregate A>
struct many {};

namespace detail {

template <class Part>
struct part_of {
  using aggregate_type = Part;
  using state = Part;
  using keys = std::string;
  static constexpr bool is_many = false;
};
template <class A>
struct part_of<many<A>> {
  using aggregate_type = A;
  using state = std::map<std::string, A, std::less<>>;
  using keys = std::vector<std::string>;
  static constexpr bool is_many = true;
};

template <class... As>
consteval bool stand_once() {
  auto const count = []<class A>(std::type_identity<A>) {
    return (std::size_t{0} + ... + std::size_t{std::is_same_v<A, As>});
  };
  return ((count(std::type_identity<As>{}) == 1) && ...);
}

/// An event on its way to one stream of a part. `key` is empty for a part that stands alone.
template <class A>
struct addressed {
  using aggregate_type = A;
  std::string key;
  typename A::events::variant event;
  friend bool operator==(addressed const&, addressed const&) = default;
};

}  // namespace detail

/// The state of `decide(together<order, many<stock>> const&, command)`. Each part is an aggregate
/// or `many` of one, each aggregate stands in one part. All that was read is guarded by one commit;
/// a conflict on any of it decides again.
template <class... Parts>
class together {
  static_assert(sizeof...(Parts) > 0, "evsrc: a together<...> has at least one part");
  static_assert(detail::stand_once<typename detail::part_of<Parts>::aggregate_type...>(),
                "evsrc: each aggregate stands in one part of a together<...>");

 public:
  template <class A>
  static constexpr std::size_t index_of =
      detail::index_in<A, typename detail::part_of<Parts>::aggregate_type...>;

  /// Which streams: one key for each part in order, a list of keys for `many`; an empty list is
  /// none. `{"536365", {"85123A", "71053"}}`
  using keys = std::tuple<typename detail::part_of<Parts>::keys...>;
  using parts = std::tuple<typename detail::part_of<Parts>::state...>;

  /// The state of the part `A`: an `A`, or a map from key to `A` for `many<A>`.
  template <class A>
  [[nodiscard]] auto const& get() const noexcept {
    return std::get<index_of<A>>(parts_);
  }
  template <class A>
  [[nodiscard]] auto& get() noexcept {
    return std::get<index_of<A>>(parts_);
  }
  /// One of many; the state before any event where the key was not loaded.
  template <class A>
  [[nodiscard]] A const& at(std::string_view key) const {
    static A const initial{};
    auto const& all = get<A>();
    auto const found = all.find(key);
    return found == all.end() ? initial : found->second;
  }

 private:
  parts parts_;
};

namespace detail {

template <class T>
inline constexpr bool is_together = false;
template <class... Parts>
inline constexpr bool is_together<together<Parts...>> = true;

template <class... Parts>
struct decided<together<Parts...>> {
  using event = std::variant<addressed<typename part_of<Parts>::aggregate_type>...>;
  template <class E>
  static constexpr bool accepts =
      (std::is_same_v<E, addressed<typename part_of<Parts>::aggregate_type>> || ...);

  template <class A>
  static constexpr bool is_many_part =
      ((std::is_same_v<A, typename part_of<Parts>::aggregate_type> && part_of<Parts>::is_many) ||
       ...);

  template <class A, class E>
  [[nodiscard]] static addressed<A> address(E&& one) {
    static_assert(!is_many_part<A>, "evsrc: of many, say which: d.to<Part>(key, event)");
    return {{}, std::forward<E>(one)};
  }
  template <class A, class E>
  [[nodiscard]] static addressed<A> address(std::string key, E&& one) {
    static_assert(is_many_part<A>,
                  "evsrc: the part stands alone, its key is known: d.to<Part>(event)");
    return {std::move(key), std::forward<E>(one)};
  }
};

}  // namespace detail

}  // namespace evsrc::inline v0
