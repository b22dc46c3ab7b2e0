// SPDX-License-Identifier: Apache-2.0
// One row of the Online Retail file, with its types.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/money.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/core/timestamp.hpp"

namespace retail_example {

/// What a row says. The texts are views of the line.
struct sale_row {
  std::uint64_t number = 0;  ///< of the data row, counting from 1: the line's identity
  std::string_view invoice{};
  std::string_view stock_code{};
  std::string_view description{};
  std::int64_t quantity = 0;
  evsrc::timestamp time{};  ///< the shop's local time, taken as UTC
  evsrc::money price{};
  std::string_view customer{};
  std::string_view country{};
};

/// Where each column stands in this file, found by its name in the header.
class sale_columns {
 public:
  /// @errors malformed: names each column that is missing or stands twice
  [[nodiscard]] static evsrc::result<sale_columns> from_header(std::string_view header);

  /// Reads the fields of one line. What could be read is in `row` even when another field is
  /// broken.
  /// @return the reason for a rejection ("columns", "quantity", ...), empty where the row is fine
  [[nodiscard]] std::string_view read(std::string_view line, std::vector<std::string_view>& fields,
                                      std::string& storage, sale_row& row) const;

 private:
  std::array<std::size_t, 8> index_{};
  std::size_t count_ = 0;
};

/// Quantity times price in 1/1000 GBP; 0 where it does not fit.
[[nodiscard]] std::int64_t value_milli_gbp(std::int64_t quantity, evsrc::money price) noexcept;

}  // namespace retail_example
