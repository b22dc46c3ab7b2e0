// SPDX-License-Identifier: Apache-2.0
// How far an import has come: an aggregate like any other, written in the commits that it
// describes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "evsrc/model/aggregate.hpp"
#include "evsrc/retail/inventory_events.hpp"

namespace retail_example {

using calendar_day = std::chrono::year_month_day;
inline constexpr calendar_day no_day{std::chrono::sys_days{}};  ///< 1970-01-01: before any row

/// What the shop decides by. Fixed when an import begins: the same rows then end the same.
struct shop_options {
  std::int64_t opening_stock = 1'000;  ///< pieces of a product when its first row comes
  std::int64_t low_stock = 10;
  std::int64_t reorder_point = 50;
  std::int64_t lead_days = 2;  ///< from ordering to arrival, in the data's own time
  bool replenish = true;
  bool allow_backorder = false;

  friend bool operator==(shop_options const&, shop_options const&) = default;
};

struct import_started {
  static constexpr evsrc::event_name wire_name{"import.started", 1};
  std::string file;  ///< its name when it was first imported, for people
  shop_options shop;
};

/// Rows up to `through_row` are in the store; `prefix_hash` is of their text.
struct rows_imported {
  static constexpr evsrc::event_name wire_name{"import.rows_imported", 1};
  std::int64_t through_row = 0;
  std::string prefix_hash;
  calendar_day day = no_day;
  std::vector<std::string> reopened;  ///< orders that are new or have new lines
};

/// A step of closing a day: these orders were handed to the services, as messages in the same
/// commit.
struct orders_placed {
  static constexpr evsrc::event_name wire_name{"import.orders_placed", 1};
  std::vector<std::string> order_ids;
};

/// A step of closing a day: an order has all its stock, and the shop is done with it.
struct order_reserved {
  static constexpr evsrc::event_name wire_name{"import.order_reserved", 1};
  std::string order_id;
};

/// A step of closing a day: an order was tried and has not.
struct order_waits {
  static constexpr evsrc::event_name wire_name{"import.order_waits", 1};
  std::string order_id;
  std::vector<evsrc::retail::stock_shortage> shortages;
};

struct delivery_ordered {
  static constexpr evsrc::event_name wire_name{"import.delivery_ordered", 1};
  std::string sku;
  std::int64_t quantity = 0;
  calendar_day due = no_day;
};

struct delivery_arrived {
  static constexpr evsrc::event_name wire_name{"import.delivery_arrived", 1};
  std::string sku;
  std::int64_t quantity = 0;
  calendar_day due = no_day;
};

struct day_closed {
  static constexpr evsrc::event_name wire_name{"import.day_closed", 1};
  calendar_day day = no_day;
};

/// Key of its stream: the fingerprint of the file's first two lines.
struct import_book {
  static constexpr evsrc::category category{"import"};
  using events = evsrc::events<import_started, rows_imported, orders_placed, order_reserved,
                               order_waits, delivery_ordered, delivery_arrived, day_closed>;

  struct delivery {
    std::string sku;
    std::int64_t quantity = 0;
  };

  std::string file;
  shop_options shop{};
  std::int64_t through_row = 0;
  std::string prefix_hash;
  calendar_day day = no_day;         ///< of the latest row
  calendar_day closed = no_day;      ///< the latest day that is closed
  std::vector<std::string> open;     ///< orders to reserve when their day closes, in order
  std::vector<std::string> waiting;  ///< orders that wait for stock, in order
  /// Those of `open` that waited when a row was added to them: the services know them.
  std::set<std::string, std::less<>> known;
  std::map<calendar_day, std::vector<delivery>> due;
  std::map<std::string, std::int64_t, std::less<>> on_order;
  // Of the close that is under way; empty between two.
  std::set<std::string, std::less<>> placed;                ///< orders that were handed over
  std::set<std::string, std::less<>> tried;                 ///< orders that go on waiting
  std::map<std::string, std::int64_t, std::less<>> wanted;  ///< pieces that these ask for, by SKU

  void apply(import_started const& event);
  void apply(rows_imported const& event);
  void apply(orders_placed const& event);
  void apply(order_reserved const& event);
  void apply(order_waits const& event);
  void apply(delivery_ordered const& event);
  void apply(delivery_arrived const& event);
  void apply(day_closed const& event);
};

}  // namespace retail_example
