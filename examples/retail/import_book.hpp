// SPDX-License-Identifier: Apache-2.0
// How far an import has come: an aggregate like any other, written in the commits that it describes.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "evsrc/model/aggregate.hpp"

namespace retail_example {

using calendar_day = std::chrono::year_month_day;

/// What the shop decides by. Fixed when an import begins: the same rows then end the same.
struct shop_options {
  std::int64_t opening_stock = 1'000;  ///< pieces of a product when its first row comes
  std::int64_t low_stock = 10;
  std::int64_t reorder_point = 50;
  std::int64_t lead_days = 7;          ///< from ordering to arrival, in the data's own time
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
  calendar_day day{};
  std::vector<std::string> reopened;  ///< orders that are new or have new lines
};

/// A step of closing a day: what became of one order.
struct order_settled {
  static constexpr evsrc::event_name wire_name{"import.order_settled", 1};
  std::string order_id;
  bool confirmed = false;  ///< else it waits for stock
};

struct delivery_ordered {
  static constexpr evsrc::event_name wire_name{"import.delivery_ordered", 1};
  std::string sku;
  std::int64_t quantity = 0;
  calendar_day due{};
};

struct delivery_arrived {
  static constexpr evsrc::event_name wire_name{"import.delivery_arrived", 1};
  std::string sku;
  std::int64_t quantity = 0;
  calendar_day due{};
};

struct day_closed {
  static constexpr evsrc::event_name wire_name{"import.day_closed", 1};
  calendar_day day{};
};

/// Key of its stream: the fingerprint of the file's first two lines.
struct import_book {
  static constexpr evsrc::category category{"import"};
  using events = evsrc::events<import_started, rows_imported, order_settled, delivery_ordered,
                               delivery_arrived, day_closed>;

  struct delivery {
    std::string sku;
    std::int64_t quantity = 0;
  };

  std::string file;
  shop_options shop{};
  std::int64_t through_row = 0;
  std::string prefix_hash;
  calendar_day day{};               ///< of the latest row
  calendar_day closed{};            ///< the latest day that is closed
  std::vector<std::string> open;    ///< orders to reserve when their day closes, in order
  std::vector<std::string> waiting; ///< orders that wait for stock, in order
  std::map<calendar_day, std::vector<delivery>> due;
  std::map<std::string, std::int64_t, std::less<>> on_order;
  std::int64_t arrivals_since_close = 0;  ///< something came in: who waits is tried again

  void apply(import_started const& event);
  void apply(rows_imported const& event);
  void apply(order_settled const& event);
  void apply(delivery_ordered const& event);
  void apply(delivery_arrived const& event);
  void apply(day_closed const& event);
};

}  // namespace retail_example
