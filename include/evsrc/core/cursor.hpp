// SPDX-License-Identifier: Apache-2.0
// "Up to here" in one store.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evsrc::inline v0 {

/// Says what a reader has seen (G7). Opaque: returned by reads and commits, given back to the same
/// store. Default-constructed it stands before the first event of any store.
class cursor {
 public:
  cursor() = default;
  /// For adapters: `store` is a fingerprint of the store's id, never 0; `major` and `minor` are the
  /// store's own, compared in that order.
  cursor(std::uint64_t store, std::uint64_t major, std::uint64_t minor = 0) noexcept
      : store_(store), major_(major), minor_(minor) {}

  [[nodiscard]] bool is_start() const noexcept { return store_ == 0; }
  [[nodiscard]] std::uint64_t store() const noexcept { return store_; }
  [[nodiscard]] std::uint64_t major() const noexcept { return major_; }
  [[nodiscard]] std::uint64_t minor() const noexcept { return minor_; }

  friend bool operator==(cursor const&, cursor const&) = default;
  /// Cursors of two stores are unordered; the start is before all others.
  friend std::partial_ordering operator<=>(cursor const& a, cursor const& b) noexcept {
    if (a.is_start() || b.is_start()) return b.is_start() <=> a.is_start();
    if (a.store_ != b.store_) return std::partial_ordering::unordered;
    if (auto const order = a.major_ <=> b.major_; order != 0) return order;
    return a.minor_ <=> b.minor_;
  }

 private:
  std::uint64_t store_ = 0;
  std::uint64_t major_ = 0;
  std::uint64_t minor_ = 0;
};

/// Text of at most 50 characters that `parse_cursor` reads back; "start" for the start.
[[nodiscard]] std::string to_string(cursor const& where);
[[nodiscard]] std::optional<cursor> parse_cursor(std::string_view text) noexcept;

}  // namespace evsrc::inline v0
