// SPDX-License-Identifier: Apache-2.0
// What happens to the stock of one product.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evsrc/core/event_name.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/model/tags.hpp"

namespace evsrc::inline v0::retail {

/// Why the number of available pieces changed.
enum class stock_reason : std::uint8_t {
  opening,      ///< what was there when the book was opened
  received,     ///< from a supplier
  returned,     ///< by a customer
  corrected,    ///< counted again, up or down
  written_off,  ///< lost, broken, given away
  reserved,     ///< a level that an `inventory_reserved` before it reached
};

/// The number of pieces that can be sold, and how it changed: change = current - previous. One
/// change is one event, and its type says the new level: `inventory_out_of_stock` at zero or below
/// (backorders), `inventory_low_stock` under the threshold, else `inventory_updated`.
struct inventory_updated {
  static constexpr event_name wire_name{"inventory.updated", 1};
  std::string product_id{};
  std::string sku{};
  std::int64_t current_stock = 0;
  std::int64_t previous_stock = 0;
  std::int64_t change_amount = 0;
  std::string warehouse_id{};
  std::optional<std::int64_t> threshold_level{};
  std::optional<std::int64_t> reorder_point{};
  stock_reason reason = stock_reason::corrected;
  std::optional<std::string> reference{};  ///< the paper behind it: an order, an invoice, a row

  friend bool operator==(inventory_updated const&, inventory_updated const&) = default;
  [[nodiscard]] result<> validate() const;
};

struct inventory_low_stock {
  static constexpr event_name wire_name{"inventory.low_stock", 1};
  std::string product_id{};
  std::string sku{};
  std::int64_t current_stock = 0;
  std::int64_t previous_stock = 0;
  std::int64_t change_amount = 0;
  std::string warehouse_id{};
  std::optional<std::int64_t> threshold_level{};
  std::optional<std::int64_t> reorder_point{};
  stock_reason reason = stock_reason::corrected;
  std::optional<std::string> reference{};

  friend bool operator==(inventory_low_stock const&, inventory_low_stock const&) = default;
  [[nodiscard]] result<> validate() const;
};

struct inventory_out_of_stock {
  static constexpr event_name wire_name{"inventory.out_of_stock", 1};
  std::string product_id{};
  std::string sku{};
  std::int64_t current_stock = 0;
  std::int64_t previous_stock = 0;
  std::int64_t change_amount = 0;
  std::string warehouse_id{};
  std::optional<std::int64_t> threshold_level{};
  std::optional<std::int64_t> reorder_point{};
  stock_reason reason = stock_reason::corrected;
  std::optional<std::string> reference{};

  friend bool operator==(inventory_out_of_stock const&, inventory_out_of_stock const&) = default;
  [[nodiscard]] result<> validate() const;
};

/// Pieces went from available to an order.
struct inventory_reserved {
  static constexpr event_name wire_name{"inventory.reserved", 1};
  std::string order_id{};
  std::string product_id{};
  std::string sku{};
  std::int64_t quantity = 0;
  std::int64_t current_stock = 0;  ///< available afterwards
  std::string warehouse_id{};
  static constexpr auto tags = evsrc::tags(tag{"order_id", &inventory_reserved::order_id});

  friend bool operator==(inventory_reserved const&, inventory_reserved const&) = default;
  [[nodiscard]] result<> validate() const;
};

/// Pieces went back from an order to available. It was once written under the name of the request;
/// the request itself is the command `release_stock`.
struct inventory_released {
  static constexpr event_name wire_name{"inventory.released", 1, "inventory.release"};
  std::string order_id{};
  std::string product_id{};
  std::string sku{};
  std::int64_t quantity = 0;
  std::int64_t current_stock = 0;  ///< available afterwards
  std::string warehouse_id{};
  std::optional<std::string> reason{};
  static constexpr auto tags = evsrc::tags(tag{"order_id", &inventory_released::order_id});

  friend bool operator==(inventory_released const&, inventory_released const&) = default;
  [[nodiscard]] result<> validate() const;
};

/// Reserved pieces left the house; what is available stays the same.
struct inventory_shipped {
  static constexpr event_name wire_name{"inventory.shipped", 1};
  std::string order_id{};
  std::string product_id{};
  std::string sku{};
  std::int64_t quantity = 0;
  std::string warehouse_id{};
  static constexpr auto tags = evsrc::tags(tag{"order_id", &inventory_shipped::order_id});

  friend bool operator==(inventory_shipped const&, inventory_shipped const&) = default;
  [[nodiscard]] result<> validate() const;
};

struct stock_shortage {
  std::string product_id{};
  std::int64_t requested = 0;
  std::int64_t available = 0;

  friend bool operator==(stock_shortage const&, stock_shortage const&) = default;
};

/// An order could not be reserved and waits; an event of the order, not of the stocks.
struct inventory_insufficient {
  static constexpr event_name wire_name{"inventory.insufficient", 1};
  std::string order_id{};
  std::string customer_id{};
  std::vector<stock_shortage> shortages{};  ///< at least one; each requests more than is available
  static constexpr auto tags =
      evsrc::tags(tag{"customer_id", &inventory_insufficient::customer_id});

  friend bool operator==(inventory_insufficient const&, inventory_insufficient const&) = default;
  [[nodiscard]] result<> validate() const;
};

}  // namespace evsrc::inline v0::retail
