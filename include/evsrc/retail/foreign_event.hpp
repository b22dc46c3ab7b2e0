// SPDX-License-Identifier: Apache-2.0
// Events as the systems that evsrc replaces, or talks to, write and expect them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/core/metadata.hpp"
#include "evsrc/model/events.hpp"
#include "evsrc/model/validation.hpp"
#include "evsrc/retail/all_events.hpp"
#include "evsrc/retail/stock_commands.hpp"

namespace evsrc::inline v0::retail {

/// What arrived: one JSON object with the event's fields and, under "metadata" or beside them,
/// event_id, event_type, event_version ("1.0"), timestamp, source, subject, correlation_id,
/// causation_id and user_id.
struct foreign_event {
  metadata meta{};  ///< a nil id and an unset time where the sender said none
  all_events::variant event{};
  /// Their total of an order where it is not the exact sum of its items; the event has the sum.
  std::optional<money> stated_total{};
};

/// Reads an event of any name of `all_events`. Amounts may carry the noise of binary floating point
/// (91.69999999999999) and are then rounded to nine decimals, a total may be off by 0.01, times may
/// lack a zone (UTC). `order.created` is told apart by its fields: those of version 1 and 2 have a
/// `total` and no items. `type` is used where the text does not say its event_type, as the messages
/// of the store producer, which carry it in their properties.
/// @errors malformed: not JSON, or a field missing or of another type; invalid_argument: a rule of
/// the event, the message names the field; unknown_event; newer_version; limit_exceeded
[[nodiscard]] result<foreign_event> read_foreign_event(std::string_view json,
                                                       std::string_view type = {});

/// Reads the request `inventory.release`, which shares its name with what `inventory_released` was
/// once called. The product may stand under sku or product_id. @errors as read_foreign_event
[[nodiscard]] result<release_stock> read_release_request(std::string_view json);

namespace detail {

[[nodiscard]] result<std::string> wrap_foreign(event_name const& name, metadata const& meta,
                                               std::string const& payload);

}  // namespace detail

/// The event as they validate it: the metadata under "metadata", times without a zone, then the
/// fields. @errors invalid_argument: a rule of the event; as encode_json
template <class E>
[[nodiscard]] result<std::string> write_foreign_event(E const& event, metadata const& meta) {
  static_assert(all_events::contains<E>, "evsrc: not an event of the retail domain");
  EVSRC_TRY(check_valid(event));
  std::string payload;
  EVSRC_TRY(encode_json(event, payload));
  return detail::wrap_foreign(E::wire_name, meta, payload);
}

}  // namespace evsrc::inline v0::retail
