// SPDX-License-Identifier: Apache-2.0
// What happens to the money of an order.
#pragma once

#include <optional>
#include <string>

#include "evsrc/core/event_name.hpp"
#include "evsrc/core/money.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/model/tags.hpp"

namespace evsrc::inline v0::retail {

/// Amounts are above zero, ids of 1 to 512 bytes, a currency has three capital letters.
struct payment_completed {
  static constexpr event_name wire_name{"payment.completed", 1};
  std::string order_id{};
  std::string customer_id{};
  std::string payment_id{};
  money amount{};
  std::string currency = "USD";
  std::optional<std::string> method{};
  static constexpr auto tags = evsrc::tags(tag{"customer_id", &payment_completed::customer_id});

  friend bool operator==(payment_completed const&, payment_completed const&) = default;
  [[nodiscard]] result<> validate() const;
};

struct payment_failed {
  static constexpr event_name wire_name{"payment.failed", 1};
  std::string order_id{};
  std::string customer_id{};
  std::optional<std::string> payment_id{};  ///< absent where it failed before it got one
  money amount{};
  std::string currency = "USD";
  std::string reason{};
  static constexpr auto tags = evsrc::tags(tag{"customer_id", &payment_failed::customer_id});

  friend bool operator==(payment_failed const&, payment_failed const&) = default;
  [[nodiscard]] result<> validate() const;
};

/// A part of what was paid went back, or all of it.
struct payment_refunded {
  static constexpr event_name wire_name{"payment.refunded", 1};
  std::string order_id{};
  std::string customer_id{};
  std::string payment_id{};
  money amount{};
  std::string currency = "USD";
  std::optional<std::string> reason{};
  static constexpr auto tags = evsrc::tags(tag{"customer_id", &payment_refunded::customer_id});

  friend bool operator==(payment_refunded const&, payment_refunded const&) = default;
  [[nodiscard]] result<> validate() const;
};

}  // namespace evsrc::inline v0::retail
