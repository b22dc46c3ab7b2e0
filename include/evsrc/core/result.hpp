// SPDX-License-Identifier: Apache-2.0
// A value or an error. Only what tl::expected 1.0 and std::expected share is used.
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "evsrc/core/error.hpp"

namespace evsrc::inline v0 {

template <class T = void>
using result = tl::expected<T, error>;

/// An error ready to be returned from any function that returns a `result`.
[[nodiscard]] inline tl::unexpected<error> fail(error failure) {
  return tl::unexpected<error>(std::move(failure));
}
[[nodiscard]] inline tl::unexpected<error> fail(errc code, std::string message,
                                                std::string origin = {}) {
  return tl::unexpected<error>(error{code, std::move(message), std::move(origin)});
}

/// Bad input in one field: "quantity: must be above zero, is -3".
[[nodiscard]] inline tl::unexpected<error> invalid(std::string field, std::string const& reason) {
  return fail(errc::invalid_argument, std::move(field) + ": " + reason);
}

}  // namespace evsrc::inline v0

/// Leaves the function with the error if `expression`, a result, holds one.
#define EVSRC_TRY(expression)                                 \
  do {                                                        \
    if (auto evsrc_outcome = (expression); !evsrc_outcome)    \
      return ::evsrc::fail(std::move(evsrc_outcome.error())); \
  } while (false)
