// SPDX-License-Identifier: Apache-2.0
// Money that is corrected without goods, such as a bad debt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "evsrc/model/aggregate.hpp"
#include "evsrc/model/decision.hpp"
#include "evsrc/retail/order_item.hpp"

namespace evsrc::inline v0::retail {

/// `amount` is quantity times price exactly; each of them may be below zero.
struct adjustment_recorded {
  static constexpr event_name wire_name{"adjustment.recorded", 1};
  std::string adjustment_id{};
  std::string product_id{};
  std::int64_t quantity = 0;
  money price{};
  money amount{};
  std::string currency = "USD";
  std::string description{};
  std::optional<std::int64_t> line{};
  std::optional<std::string> country{};

  friend bool operator==(adjustment_recorded const&, adjustment_recorded const&) = default;
  [[nodiscard]] result<> validate() const;
};

/// Key of its stream: the adjustment's id.
struct adjustment_note {
  static constexpr evsrc::category category{"adjustment"};
  using events = evsrc::events<adjustment_recorded>;

  std::string adjustment_id{};
  std::int64_t lines = 0;
  money amount{};

  friend bool operator==(adjustment_note const&, adjustment_note const&) = default;
  void apply(adjustment_recorded const& event);
};

struct record_adjustment {
  std::string adjustment_id{};
  std::string product_id{};
  std::int64_t quantity = 1;
  money price{};
  std::string currency = "USD";
  std::string description{};
  std::optional<std::int64_t> line{};
  std::optional<std::string> country{};
  [[nodiscard]] result<> validate() const;
};

decision<adjustment_note> decide(adjustment_note const& state, record_adjustment const& command);

}  // namespace evsrc::inline v0::retail
