// SPDX-License-Identifier: Apache-2.0
// The events of the tills: sales and movements of stock as the store producer sends them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/core/event_name.hpp"
#include "evsrc/core/money.hpp"
#include "evsrc/core/property.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/core/timestamp.hpp"
#include "evsrc/model/tags.hpp"

namespace evsrc::inline v0::retail {

/// How long a message of the store producer may wait.
inline constexpr std::chrono::hours store_message_time_to_live{24};

/// Tills of different age leave out `id` or `request_id`; one of them is there. A message without a
/// store, which the producer sends now and then on purpose, decodes and fails its rules.
struct sale_event {
  static constexpr event_name wire_name{"sale_event", 1};
  std::optional<std::string> id{};
  std::optional<std::string> request_id{};
  std::optional<std::int64_t> store_id{};
  std::string store_fqdn{};
  std::string store_ip{};
  std::int64_t cust_id = 0;
  std::string category{};
  std::int64_t sku = 0;
  money price{};
  std::int64_t qty = 0;
  money discount{};  ///< per cent, 0 to 100
  bool gift_wrap = false;
  std::string variant{};
  bool priority_shipping = false;
  timestamp ts{};
  std::string contact_me{};
  std::optional<bool> is_return{};
  static constexpr auto tags = evsrc::tags(tag{"sku", &sale_event::sku});

  friend bool operator==(sale_event const&, sale_event const&) = default;
  [[nodiscard]] result<> validate() const;
};

struct inventory_event {
  static constexpr event_name wire_name{"inventory_event", 1};
  std::optional<std::string> id{};
  std::optional<std::string> request_id{};
  std::optional<std::int64_t> store_id{};
  std::string store_fqdn{};
  std::string store_ip{};
  std::int64_t cust_id = 0;
  std::string category{};
  std::int64_t sku = 0;
  money price{};
  std::int64_t qty = 0;
  money discount{};
  bool gift_wrap = false;
  std::string variant{};
  bool priority_shipping = false;
  timestamp ts{};
  std::string contact_me{};
  std::optional<bool> is_return{};
  static constexpr auto tags = evsrc::tags(tag{"sku", &inventory_event::sku});

  friend bool operator==(inventory_event const&, inventory_event const&) = default;
  [[nodiscard]] result<> validate() const;
};

/// event_type ("sale_event" or "inventory_event") and priority_shipping (a bool): what
/// subscriptions of the topic filter by.
[[nodiscard]] property_list message_properties(sale_event const& event);
[[nodiscard]] property_list message_properties(inventory_event const& event);

/// What the producer answers after a round of sending.
struct producer_answer {
  bool status = false;
  std::int64_t tot_msgs = 0;
  std::int64_t bad_msgs = 0;
  std::int64_t sale_evnts = 0;
  std::int64_t inventory_evnts = 0;
  money tot_sales{};

  friend bool operator==(producer_answer const&, producer_answer const&) = default;
};

}  // namespace evsrc::inline v0::retail
