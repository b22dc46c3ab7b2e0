// SPDX-License-Identifier: Apache-2.0
// What customers look at and buy, and what is recommended to them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evsrc/codec/json_value.hpp"
#include "evsrc/core/event_name.hpp"
#include "evsrc/core/money.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/model/tags.hpp"

namespace evsrc::inline v0::retail {

struct product_viewed {
  static constexpr event_name wire_name{"analytics.product_viewed", 1};
  std::string session_id{};
  std::optional<std::string> product_id{};
  std::optional<std::string> category{};
  std::string action = "view";
  std::optional<money> value{};
  json_value properties{"{}"};  ///< any object
  static constexpr auto tags = evsrc::tags(tag{"session_id", &product_viewed::session_id});

  friend bool operator==(product_viewed const&, product_viewed const&) = default;
  [[nodiscard]] result<> validate() const;
};

struct product_purchased {
  static constexpr event_name wire_name{"analytics.product_purchased", 1};
  std::string session_id{};
  std::optional<std::string> product_id{};
  std::optional<std::string> category{};
  std::string action = "purchase";
  std::optional<money> value{};
  json_value properties{"{}"};
  static constexpr auto tags = evsrc::tags(tag{"session_id", &product_purchased::session_id});

  friend bool operator==(product_purchased const&, product_purchased const&) = default;
  [[nodiscard]] result<> validate() const;
};

/// As many scores as recommendations, each from 0 to 1, or none.
struct recommendation_generated {
  static constexpr event_name wire_name{"analytics.recommendation_generated", 1};
  std::string user_id{};
  std::vector<json_value> recommendations{};  ///< objects
  std::string algorithm{};
  std::vector<double> confidence_scores{};
  json_value context{"{}"};  ///< an object
  static constexpr auto tags = evsrc::tags(tag{"user_id", &recommendation_generated::user_id});

  friend bool operator==(recommendation_generated const&,
                         recommendation_generated const&) = default;
  [[nodiscard]] result<> validate() const;
};

}  // namespace evsrc::inline v0::retail
