// SPDX-License-Identifier: Apache-2.0
// Questions to the store: how did this come to be, what was it then, what is it now.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "evsrc/core/result.hpp"
#include "evsrc/store/event_store.hpp"
#include "sales_summary.hpp"

namespace retail_example {

/// "order/536365" or "stock/85123A", the key byte for byte behind the first slash.
/// @errors invalid_argument: no slash, or nothing behind it
[[nodiscard]] evsrc::result<evsrc::stream_id> parse_stream(std::string const& text);

/// Every event of a stream with its metadata, one a line. @errors not_found: there is no such
/// stream
[[nodiscard]] evsrc::result<std::string> history_of(evsrc::event_store& store,
                                                    evsrc::stream_id const& stream);

/// The state of an order or stock as JSON, after `version` events or now.
/// @errors not_found: no such stream, or never that version; invalid_argument: another category
[[nodiscard]] evsrc::result<std::string> state_of(evsrc::event_store& store,
                                                  evsrc::stream_id const& stream,
                                                  std::optional<evsrc::stream_version> version);
/// True where any order was paid for.
[[nodiscard]] evsrc::result<bool> has_payments(evsrc::event_store& store);

}  // namespace retail_example
