// SPDX-License-Identifier: Apache-2.0
// What happens to an order. Each event carries the order as the systems around it expect to see it.
// Here and in the files beside it tags name what is not the key of the event's own stream: that is
// read as a stream, and each tag is a row more to write.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/core/event_name.hpp"
#include "evsrc/core/property.hpp"
#include "evsrc/core/timestamp.hpp"
#include "evsrc/model/tags.hpp"
#include "evsrc/retail/order_item.hpp"
#include "evsrc/retail/order_priority.hpp"

namespace evsrc::inline v0::retail {

/// The field names of an address are the shop's own: street, city, country.
using address = std::map<std::string, std::string>;

struct order_created_v1 {
  static constexpr event_name wire_name{"order.created", 1};
  std::string order_id{};
  money total{};  ///< in USD

  friend bool operator==(order_created_v1 const&, order_created_v1 const&) = default;
};

struct order_created_v2 {
  static constexpr event_name wire_name{"order.created", 2};
  using previous = order_created_v1;
  std::string order_id{};
  money total{};
  std::string currency{};  ///< ISO 4217, "GBP"

  friend bool operator==(order_created_v2 const&, order_created_v2 const&) = default;
};

/// Rules of this and the following events: ids of 1 to 512 bytes, an amount above zero that equals
/// the sum of the items exactly where there are items, a currency of three capital letters.
struct order_created {
  static constexpr event_name wire_name{"order.created", 3};
  using previous = order_created_v2;
  std::string order_id{};
  std::string customer_id{};  ///< empty only in what came as version 1 or 2, and what follows it
  std::vector<order_item> items{};
  money total_amount{};
  std::string currency = "USD";
  std::string status = "created";
  address shipping_address{};
  static constexpr auto tags = evsrc::tags(tag{"customer_id", &order_created::customer_id});

  friend bool operator==(order_created const&, order_created const&) = default;
  [[nodiscard]] result<> validate() const;
};

[[nodiscard]] order_created_v2 upcast(order_created_v1 const& from);
[[nodiscard]] order_created upcast(order_created_v2 const& from);

/// The order as it is now; replaces items, amount and address.
struct order_updated {
  static constexpr event_name wire_name{"order.updated", 1};
  std::string order_id{};
  std::string customer_id{};
  std::vector<order_item> items{};
  money total_amount{};
  std::string currency = "USD";
  std::string status = "created";
  address shipping_address{};
  static constexpr auto tags = evsrc::tags(tag{"customer_id", &order_updated::customer_id});

  friend bool operator==(order_updated const&, order_updated const&) = default;
  [[nodiscard]] result<> validate() const;
};

/// Lines added to those that are there: what a large order costs less with than `order_updated`.
struct order_lines_added {
  static constexpr event_name wire_name{"order.lines_added", 1};
  std::string order_id{};
  std::string customer_id{};
  std::vector<order_item> items{};  ///< the new ones; at least one
  money added_amount{};             ///< their sum
  money total_amount{};             ///< of the whole order, with them
  static constexpr auto tags = evsrc::tags(tag{"customer_id", &order_lines_added::customer_id});

  friend bool operator==(order_lines_added const&, order_lines_added const&) = default;
  [[nodiscard]] result<> validate() const;
};

/// Every line has its stock; what goes to the queue `order-fulfillment`.
struct order_confirmed {
  static constexpr event_name wire_name{"order.confirmed", 1};
  std::string order_id{};
  std::string customer_id{};
  std::vector<order_item> items{};
  money total_amount{};
  std::string currency = "USD";
  std::string status = "confirmed";
  address shipping_address{};
  order_priority priority = order_priority::normal;
  timestamp processed_at{};
  static constexpr auto tags = evsrc::tags(tag{"customer_id", &order_confirmed::customer_id});

  friend bool operator==(order_confirmed const&, order_confirmed const&) = default;
  [[nodiscard]] result<> validate() const;
};

struct order_cancelled {
  static constexpr event_name wire_name{"order.cancelled", 1};
  std::string order_id{};
  std::string customer_id{};
  std::vector<order_item> items{};
  money total_amount{};
  std::string currency = "USD";
  std::string status = "cancelled";
  address shipping_address{};
  std::optional<std::string> reason{};
  static constexpr auto tags = evsrc::tags(tag{"customer_id", &order_cancelled::customer_id});

  friend bool operator==(order_cancelled const&, order_cancelled const&) = default;
  [[nodiscard]] result<> validate() const;
};

struct order_completed {
  static constexpr event_name wire_name{"order.completed", 1};
  std::string order_id{};
  std::string customer_id{};
  std::vector<order_item> items{};
  money total_amount{};
  std::string currency = "USD";
  std::string status = "completed";
  address shipping_address{};
  static constexpr auto tags = evsrc::tags(tag{"customer_id", &order_completed::customer_id});

  friend bool operator==(order_completed const&, order_completed const&) = default;
  [[nodiscard]] result<> validate() const;
};

/// The message properties that the fulfilment queue routes by: order_id and priority. Its session
/// is the customer: `publish<order_confirmed>().to("order-fulfillment").key(&...::customer_id)`.
[[nodiscard]] property_list message_properties(order_confirmed const& event);

}  // namespace evsrc::inline v0::retail
