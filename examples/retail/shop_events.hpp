// SPDX-License-Identifier: Apache-2.0
// Decided events into the writer; days and times.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "evsrc/core/timestamp.hpp"
#include "import_book.hpp"

namespace retail_example {

[[nodiscard]] inline calendar_day day_of(evsrc::timestamp time) noexcept {
  return calendar_day(std::chrono::floor<std::chrono::days>(time));
}

/// Adds every event that was decided for one stream; `more` are headers of the events.
template <class A, class Writer, class Decision>
[[nodiscard]] evsrc::result<void> add_all(
    Writer& writer, std::string const& key, Decision const& decided, evsrc::timestamp time,
    std::vector<std::pair<std::string, std::string>> const& more = {}) {
  for (auto const& event : decided.events())
    EVSRC_TRY(std::visit(
        [&](auto const& one) { return writer.template add<A>(key, one, time, more); }, event));
  return {};
}

}  // namespace retail_example
