// SPDX-License-Identifier: Apache-2.0
// Random orders, stocks and commands.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "evsrc/retail/reserve_order.hpp"

namespace evsrc::property {

/// From `low` to below `high`, each as likely as the others; `inRange` begins with small ones.
template <class T>
rc::Gen<T> between(T low, T high) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(low, high));
}
/// 0 to `count` - 1.
inline int one_of(int count) { return *between(0, count); }

template <class T>
rc::Gen<std::optional<T>> maybe(rc::Gen<T> some) {
  return rc::gen::oneOf(
      rc::gen::just(std::optional<T>{}),
      rc::gen::map(std::move(some), [](T value) { return std::optional<T>{std::move(value)}; }));
}

inline rc::Gen<std::string> product_id() {
  return rc::gen::element<std::string>("85123A", "85123a", "71053", "POST", "22423");
}
inline rc::Gen<std::string> order_id() {
  return rc::gen::element<std::string>("536365", "536366", "A-7", "9", "10", "11", "12", "13", "b");
}

/// Prices with up to three decimals, above zero.
inline rc::Gen<money> price() {
  return rc::gen::apply(
      [](std::int64_t units, int scale) {
        return money{units, static_cast<std::uint8_t>(scale)};
      },
      between<std::int64_t>(1, 200'000), between(0, 4));
}

inline rc::Gen<retail::order_item> order_item() {
  return rc::gen::build<retail::order_item>(
      rc::gen::set(&retail::order_item::product_id, product_id()),
      rc::gen::set(&retail::order_item::quantity, between<std::int64_t>(1, 60)),
      rc::gen::set(&retail::order_item::price, price()),
      rc::gen::set(&retail::order_item::name, rc::gen::element<std::string>("mug", "", "£ box")),
      rc::gen::set(&retail::order_item::line, maybe(between<std::int64_t>(1, 541'910))));
}

inline rc::Gen<std::vector<retail::order_item>> order_items() {
  return rc::gen::resize(
      6, rc::gen::nonEmpty(rc::gen::container<std::vector<retail::order_item>>(order_item())));
}

inline rc::Gen<retail::stock_policy> stock_policy() {
  return rc::gen::build<retail::stock_policy>(
      rc::gen::set(&retail::stock_policy::low_stock, between<std::int64_t>(0, 30)),
      rc::gen::set(&retail::stock_policy::reorder_point, between<std::int64_t>(0, 60)),
      rc::gen::set(&retail::stock_policy::allow_backorder,
                   rc::gen::weightedElement<bool>({{4, false}, {1, true}})));
}

}  // namespace evsrc::property
