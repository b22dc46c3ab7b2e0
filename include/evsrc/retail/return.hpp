// SPDX-License-Identifier: Apache-2.0
// Goods that came back: a paper of its own, which changes no order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evsrc/model/aggregate.hpp"
#include "evsrc/model/decision.hpp"
#include "evsrc/retail/order_item.hpp"

namespace evsrc::inline v0::retail {

/// Lines of one return; a return whose lines arrive in parts has several of these. Quantities are
/// positive, prices may be zero, `refund_amount` is the exact sum: money that went back.
struct return_recorded {
  static constexpr event_name wire_name{"return.recorded", 1};
  std::string return_id{};
  std::string customer_id{};
  std::vector<order_item> items{};  ///< at least one
  money refund_amount{};
  std::string currency = "USD";
  std::optional<std::string> country{};
  static constexpr auto tags = evsrc::tags(tag{"customer_id", &return_recorded::customer_id});

  friend bool operator==(return_recorded const&, return_recorded const&) = default;
  [[nodiscard]] result<> validate() const;
};

/// Key of its stream: the return's id, such as a credit note's number.
struct return_note {
  static constexpr evsrc::category category{"return"};
  using events = evsrc::events<return_recorded>;

  std::string return_id{};
  std::string customer_id{};
  std::int64_t lines = 0;
  std::int64_t units = 0;
  money refund{};

  friend bool operator==(return_note const&, return_note const&) = default;
  void apply(return_recorded const& event);
};

struct record_return {
  std::string return_id{};
  std::string customer_id = anonymous_customer;
  std::vector<order_item> items{};
  std::string currency = "USD";
  std::optional<std::string> country{};
  [[nodiscard]] result<> validate() const;
};

/// The stocks are told apart from this, by `receive_stock` with the reason returned.
decision<return_note> decide(return_note const& state, record_return const& command);

}  // namespace evsrc::inline v0::retail
