// SPDX-License-Identifier: Apache-2.0
// The message that a time-out of a saga comes back as.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "evsrc/model/saga.hpp"

namespace evsrc::inline v0 {
namespace detail {

inline constexpr std::string_view timeout_suffix = ".timeout";

/// "order-saga.timeout" and its terminator.
template <saga S>
constexpr auto timeout_type_text() noexcept {
  constexpr auto category = S::category.name;
  std::array<char, category.size() + timeout_suffix.size() + 1> text{};
  std::size_t at = 0;
  for (char const letter : category) text[at++] = letter;
  for (char const letter : timeout_suffix) text[at++] = letter;
  return text;
}
template <saga S>
inline constexpr auto timeout_type = timeout_type_text<S>();

}  // namespace detail

/// Lies in the outbox until it is due, then goes to saga_options::timeouts_to. Register it at a
/// router with `saga_handler`, which drops it where it was cancelled or set anew meanwhile.
template <saga S>
struct saga_timeout {
  static constexpr event_name wire_name{detail::timeout_type<S>.data(), 1};
  std::string key{};           ///< which saga instance
  std::string name{};          ///< as it was set
  std::uint64_t sequence = 0;  ///< tells it from others of that name

  friend bool operator==(saga_timeout const&, saga_timeout const&) = default;
};

/// A time-out that was set and neither cancelled, replaced nor delivered yet.
struct open_timeout {
  std::string name;
  std::uint64_t sequence = 0;
  timestamp due{};

  friend bool operator==(open_timeout const&, open_timeout const&) = default;
};

/// The rules of a time-out that `react` sets. @errors invalid_argument: names it
[[nodiscard]] result<void> check_timeout(std::string const& name, std::chrono::milliseconds after);

}  // namespace evsrc::inline v0
