// SPDX-License-Identifier: Apache-2.0
// What happens to an order's parcel.
#pragma once

#include <optional>
#include <string>

#include "evsrc/core/event_name.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/core/timestamp.hpp"
#include "evsrc/model/tags.hpp"

namespace evsrc::inline v0::retail {

struct shipping_scheduled {
  static constexpr event_name wire_name{"shipping.scheduled", 1};
  std::string order_id{};
  std::string customer_id{};
  std::string shipment_id{};
  std::optional<std::string> carrier{};
  std::optional<timestamp> scheduled_for{};
  static constexpr auto tags = evsrc::tags(tag{"customer_id", &shipping_scheduled::customer_id});

  friend bool operator==(shipping_scheduled const&, shipping_scheduled const&) = default;
  [[nodiscard]] result<> validate() const;
};

struct shipping_shipped {
  static constexpr event_name wire_name{"shipping.shipped", 1};
  std::string order_id{};
  std::string customer_id{};
  std::string shipment_id{};
  std::optional<std::string> carrier{};
  std::optional<std::string> tracking_number{};
  static constexpr auto tags = evsrc::tags(tag{"customer_id", &shipping_shipped::customer_id});

  friend bool operator==(shipping_shipped const&, shipping_shipped const&) = default;
  [[nodiscard]] result<> validate() const;
};

/// The parcel did not go out; the flow refunds, or schedules again.
struct shipping_failed {
  static constexpr event_name wire_name{"shipping.failed", 1};
  std::string order_id{};
  std::string customer_id{};
  std::string shipment_id{};
  std::string reason{};
  static constexpr auto tags = evsrc::tags(tag{"customer_id", &shipping_failed::customer_id});

  friend bool operator==(shipping_failed const&, shipping_failed const&) = default;
  [[nodiscard]] result<> validate() const;
};

}  // namespace evsrc::inline v0::retail
