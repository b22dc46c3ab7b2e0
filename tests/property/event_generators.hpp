// SPDX-License-Identifier: Apache-2.0
// Random valid events of every type of the retail domain: fields of any content first, then made to
// keep the rules of their event.
#pragma once

#include <algorithm>
#include <boost/pfr/core.hpp>
#include <string>

#include "evsrc/retail/all_events.hpp"
#include "order_generators.hpp"

namespace evsrc::property {

/// Text that JSON has to escape, of one to four bytes for each character.
inline std::string any_text() {
  static constexpr char const* pieces[] = {"a",  "Z",  "0",    " ",    "\"", "\\", "/",
                                           "\n", "\t", "\x01", "\x7f", "é",  "£",  "€",
                                           "日", "😀",  "<",    "'",    "\r", "\b"};
  std::string text;
  auto const length = 1 + one_of(12);
  for (int at = 0; at < length; ++at) text += pieces[one_of(std::size(pieces))];
  return text;
}

inline void fill(std::string& field) { field = any_text(); }
inline void fill(bool& field) { field = one_of(2) == 1; }
inline void fill(std::int64_t& field) { field = *between<std::int64_t>(1, 1'000'000'001); }
inline void fill(double& field) { field = *between(0, 1'000'001) / 1'000'000.0; }
inline void fill(money& field) {
  field = {*between<std::int64_t>(1, 100'000'000), static_cast<std::uint8_t>(one_of(10))};
}
inline void fill(timestamp& field) {
  // Years 1 to 9999.
  field = timestamp{std::chrono::microseconds{
      *between<std::int64_t>(-62'135'596'800'000'000, 253'402'300'800'000'000)}};
}
inline void fill(json_value& field) {
  field.text = *rc::gen::element<std::string>("{}", R"({"a":[1,2.50,null,"\u00e9"]})",
                                              R"({ "b" : { "c" : 1e-7 } })", R"({"d":true})");
}
inline void fill(retail::order_item& field) { field = *order_item(); }
inline void fill(retail::stock_reason& field) {
  field = static_cast<retail::stock_reason>(one_of(6));
}
inline void fill(retail::order_priority& field) {
  field = static_cast<retail::order_priority>(one_of(3));
}
inline void fill(retail::severity& field) { field = static_cast<retail::severity>(one_of(4)); }
inline void fill(retail::health_status& field) {
  field = static_cast<retail::health_status>(one_of(3));
}
inline void fill(retail::notification_channel& field) {
  field = static_cast<retail::notification_channel>(one_of(4));
}
inline void fill(retail::stock_shortage& field) {
  field = {any_text(), 1 + one_of(100), -one_of(100)};
}
inline void fill(std::map<std::string, std::string>& field) {
  for (auto count = one_of(4); count > 0; --count) field[any_text()] = any_text();
}
template <class T>
void fill(std::optional<T>& field) {
  if (one_of(2) == 1) fill(field.emplace());
}
template <class T>
void fill(std::vector<T>& field) {
  field.resize(static_cast<std::size_t>(one_of(5)));
  for (auto& one : field) fill(one);
}

/// Sums, levels and codes as the rules of the event want them.
template <class E>
void settle(E& event) {
  if constexpr (requires { event.currency; })
    event.currency = *rc::gen::element<std::string>("GBP", "USD", "EUR");
  if constexpr (requires { event.items; }) {
    bool const needs_items = requires { event.added_amount; }
    || requires { event.refund_amount; };
    if (needs_items && event.items.empty()) fill(event.items.emplace_back());
    auto const sum = retail::total_of(event.items).value();
    if constexpr (requires { event.refund_amount; }) event.refund_amount = sum;
    if constexpr (requires { event.added_amount; }) {
      event.added_amount = sum;
      event.total_amount = sum;
    } else if constexpr (requires { event.total_amount; }) {
      if (!event.items.empty()) event.total_amount = sum;
    }
    if constexpr (requires { event.priority; })
      event.priority = retail::priority(event.total_amount);
  }
  if constexpr (requires { event.threshold_level; }) {
    event.threshold_level = *maybe(between<std::int64_t>(5, 100));
    auto const threshold = event.threshold_level.value_or(10);
    if constexpr (std::is_same_v<E, retail::inventory_out_of_stock>)
      event.current_stock = -one_of(50);
    else if constexpr (std::is_same_v<E, retail::inventory_low_stock>)
      event.current_stock = *between<std::int64_t>(1, threshold);
    else
      event.current_stock = threshold + one_of(1000);
    event.previous_stock = one_of(100) - 50;
    event.change_amount = event.current_stock - event.previous_stock;
  }
  if constexpr (requires { event.shortages; })
    if (event.shortages.empty()) fill(event.shortages.emplace_back());
  if constexpr (requires { event.discount; }) {
    fill(event.store_id.emplace());
    fill(event.id.emplace());
    event.discount = money{one_of(1001), 1};
  }
  if constexpr (requires { event.confidence_scores; }) {
    event.confidence_scores.resize(event.recommendations.size());
    for (auto& score : event.confidence_scores) fill(score);
  }
  if constexpr (std::is_same_v<E, retail::adjustment_recorded>)
    event.amount = checked_multiply(event.price, event.quantity).value();
}

template <class E>
E any_event() {
  E event;
  boost::pfr::for_each_field(event, [](auto& field) {
    field = {};
    fill(field);
  });
  settle(event);
  return event;
}

}  // namespace evsrc::property
