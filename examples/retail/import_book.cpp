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
    if (std::erase(waiting, order) != 0) known.insert(order);
    if (std::find(open.begin(), open.end(), order) == open.end()) open.push_back(order);
  }
}

void import_book::apply(orders_placed const& event) {
  placed.insert(event.order_ids.begin(), event.order_ids.end());
}

void import_book::apply(order_reserved const& event) {
  std::erase(open, event.order_id);
  std::erase(waiting, event.order_id);
  known.erase(event.order_id);
}

void import_book::apply(order_waits const& event) {
  if (std::erase(open, event.order_id) != 0) waiting.push_back(event.order_id);
  known.erase(event.order_id);
  tried.insert(event.order_id);
  for (auto const& one : event.shortages) wanted[one.product_id] += one.requested;
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
}

void import_book::apply(day_closed const& event) {
  closed = event.day;
  placed.clear();
  tried.clear();
  wanted.clear();
}

}  // namespace retail_example
