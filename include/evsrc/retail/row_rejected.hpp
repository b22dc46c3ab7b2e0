// SPDX-License-Identifier: Apache-2.0
// A row of an imported file that broke a rule: kept with its reason, never dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "evsrc/core/event_name.hpp"
#include "evsrc/core/money.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/core/timestamp.hpp"
#include "evsrc/model/tags.hpp"

namespace evsrc::inline v0::retail {

struct row_rejected {
  static constexpr event_name wire_name{"import.row_rejected", 1};
  std::string file{};     ///< what the importer knows the file by
  std::int64_t row = 0;   ///< from 1, the header not counted
  std::string reason{};   ///< a short word that counts are made by: "price"
  std::string message{};  ///< the rule and the value: "price: must be above zero, is 0.00"
  std::string invoice{};
  std::string product_id{};
  std::optional<std::int64_t> quantity{};  ///< absent where it could not be read, as the next two
  std::optional<money> price{};
  std::optional<timestamp> time{};
  std::optional<std::string> country{};
  static constexpr auto tags = evsrc::tags(tag{"reason", &row_rejected::reason});

  friend bool operator==(row_rejected const&, row_rejected const&) = default;
  [[nodiscard]] result<> validate() const;
};

}  // namespace evsrc::inline v0::retail
