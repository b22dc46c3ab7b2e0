// SPDX-License-Identifier: Apache-2.0
// The stock of one product.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/model/aggregate.hpp"
#include "evsrc/retail/inventory_events.hpp"

namespace evsrc::inline v0::retail {

enum class stock_level : std::uint8_t { in_stock, low, out };

/// The shop's configuration for a product; travels in each command.
struct stock_policy {
  std::int64_t low_stock = 10;      ///< below this the level is low
  std::int64_t reorder_point = 50;  ///< at or below this it is time to order
  bool allow_backorder = false;     ///< available may go below zero

  friend bool operator==(stock_policy const&, stock_policy const&) = default;
  /// @errors invalid_argument: a threshold below zero
  [[nodiscard]] result<> validate() const;
};

[[nodiscard]] constexpr stock_level level_of(std::int64_t available,
                                             std::int64_t low_stock) noexcept {
  if (available <= 0) return stock_level::out;
  return available < low_stock ? stock_level::low : stock_level::in_stock;
}

struct stock_reservation {
  std::string order_id{};
  std::int64_t quantity = 0;

  friend bool operator==(stock_reservation const&, stock_reservation const&) = default;
};

/// Key of its stream: the SKU, byte for byte. Pieces are available, reserved for an order, or
/// shipped, and none gets lost (`is_balanced`). Its size grows with its open reservations only.
struct stock {
  static constexpr evsrc::category category{"stock"};
  using events = evsrc::events<inventory_updated, inventory_low_stock, inventory_out_of_stock,
                               inventory_reserved, inventory_released, inventory_shipped>;

  std::string sku{};  ///< empty before any event
  std::string product_id{};
  std::string warehouse_id{};
  std::int64_t available = 0;
  std::int64_t reserved = 0;
  std::int64_t shipped = 0;
  std::int64_t opening = 0;
  std::int64_t received = 0;
  std::int64_t returned = 0;
  std::int64_t adjusted = 0;                      ///< corrections, up less down
  std::int64_t written_off = 0;                   ///< as a positive number
  std::vector<stock_reservation> reservations{};  ///< by order id

  friend bool operator==(stock const&, stock const&) = default;

  [[nodiscard]] bool exists() const noexcept { return !sku.empty(); }
  [[nodiscard]] std::int64_t reserved_for(std::string_view order_id) const noexcept;
  /// The law of a product; laws.hpp says where it does not hold.
  [[nodiscard]] bool is_balanced() const;

  void apply(inventory_updated const& event) { change(event); }
  void apply(inventory_low_stock const& event) { change(event); }
  void apply(inventory_out_of_stock const& event) { change(event); }
  void apply(inventory_reserved const& event);
  void apply(inventory_released const& event);
  void apply(inventory_shipped const& event);

 private:
  template <class Event>
  void change(Event const& event);
  void name(std::string const& by_sku, std::string const& by_product, std::string const& where);
  void reserve(std::string const& order_id, std::int64_t quantity);
};

extern template void stock::change(inventory_updated const&);
extern template void stock::change(inventory_low_stock const&);
extern template void stock::change(inventory_out_of_stock const&);

}  // namespace evsrc::inline v0::retail
