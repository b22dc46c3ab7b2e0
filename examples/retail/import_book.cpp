// SPDX-License-Identifier: Apache-2.0
// How the book of an import follows from its events.
#include "import_book.hpp"

#include <algorithm>

namespace retail_example {

void import_book::apply(import_started const& event) {
  file = event.file;
  shop = event.shop;
}

void import_book::apply(rows_imported const& event) {
  through_row = event.through_row;
  prefix_hash = event.prefix_hash;
  day = event.day;
  for (auto const& order : event.reopened) {
    std::erase(waiting, order);
    if (std::find(open.begin(), open.end(), order) == open.end()) open.push_back(order);
  }
}

void import_book::apply(order_settled const& event) {
  std::erase(open, event.order_id);
  auto const place = std::find(waiting.begin(), waiting.end(), event.order_id);
  if (event.confirmed && place != waiting.end()) waiting.erase(place);
  if (!event.confirmed && place == waiting.end()) waiting.push_back(event.order_id);
}

void import_book::apply(delivery_ordered const& event) {
  due[event.due].push_back({event.sku, event.quantity});
  on_order[event.sku] += event.quantity;
}

void import_book::apply(delivery_arrived const& event) {
  auto const at = due.find(event.due);
  if (at != due.end()) {
    auto const taken = std::find_if(at->second.begin(), at->second.end(), [&](delivery const& one) {
      return one.sku == event.sku && one.quantity == event.quantity;
    });
    if (taken != at->second.end()) at->second.erase(taken);
    if (at->second.empty()) due.erase(at);
  }
  auto const left = on_order[event.sku] -= event.quantity;
  if (left <= 0) on_order.erase(event.sku);
  ++arrivals_since_close;
}

void import_book::apply(day_closed const& event) {
  closed = event.day;
  arrivals_since_close = 0;
}

}  // namespace retail_example
