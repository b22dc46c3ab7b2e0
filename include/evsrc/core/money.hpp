// SPDX-License-Identifier: Apache-2.0
// Exact decimal amounts.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evsrc::inline v0 {

/// An exact amount: `units` times 10 to the power of minus `scale`; {4585, 2} is 45.85. A currency
/// stands beside it where one is needed. Equality and order are of the value (1.5 == 1.50); the
/// scale is kept so that what was read is written with the same digits.
struct money {
  std::int64_t units = 0;
  std::uint8_t scale = 2;  ///< decimal places, 0 to 9

  friend bool operator==(money const& a, money const& b) noexcept { return (a <=> b) == 0; }
  friend std::strong_ordering operator<=>(money const& a, money const& b) noexcept;
};

inline constexpr std::uint8_t money_scale_max = 9;

/// nullopt where the exact value does not fit 64 bits at the larger scale of the two.
[[nodiscard]] std::optional<money> checked_add(money a, money b) noexcept;
[[nodiscard]] std::optional<money> checked_subtract(money a, money b) noexcept;
[[nodiscard]] std::optional<money> checked_multiply(money price, std::int64_t quantity) noexcept;
/// The same value at another scale; nullopt where digits would be lost or the value does not fit.
[[nodiscard]] std::optional<money> rescale(money amount, std::uint8_t scale) noexcept;
/// The amount in units of 10^-scale, half away from zero; nullopt where it does not fit.
[[nodiscard]] std::optional<money> round_to(money amount, std::uint8_t scale) noexcept;

/// "45.85", "-0.05", "7" (scale 0): what stands in JSON.
[[nodiscard]] std::string to_string(money amount);
/// Reads a JSON number ("45.85", "1e2", "-3"), exactly; nullopt for other text, for more than nine
/// decimal places and for what does not fit.
[[nodiscard]] std::optional<money> parse_money(std::string_view text) noexcept;

}  // namespace evsrc::inline v0
