// SPDX-License-Identifier: Apache-2.0
// Demands of the checks.
#include "demands.hpp"

namespace evsrc::testing::inline v0::detail {

void require(bool holds, std::string_view otherwise) {
  if (!holds) throw flaw_found{std::string(otherwise)};
}

void give_up(std::string_view what, error const& failure) {
  throw flaw_found{std::string(what) + " failed: " + to_string(failure)};
}

void require_error(error const* failure, errc expected, std::string_view what) {
  auto const wanted = std::string(what) + ": must be " + std::string(to_string(expected));
  require(failure != nullptr, wanted + ", but succeeded");
  require(failure->code == expected, wanted + ", but is " + to_string(*failure));
  require(failure->effect == effect::none, wanted + " with effect none");
}

}  // namespace evsrc::testing::inline v0::detail
