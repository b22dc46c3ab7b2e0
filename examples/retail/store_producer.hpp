// SPDX-License-Identifier: Apache-2.0
// The tills of many stores: makes up sales and movements of stock and sends them, some malformed on
// purpose; a consumer files each as one JSON document.
#pragma once

#include <cstdint>
#include <string>

#include "evsrc/bus/message_bus.hpp"
#include "evsrc/retail/store_producer.hpp"

namespace retail_example {

inline constexpr char const* store_topic = "store-events";

struct producer_options {
  std::int64_t count = 0;  ///< messages, 1 to 10,000,000
  std::uint64_t seed = 1;  ///< the same seed makes the same messages, but for ids and times
  std::int64_t malformed_per_mille = 20;  ///< without a store, or JSON that is cut off
};

/// Topic `store-events` with the subscriptions sale_event and inventory_event, each of which takes
/// what its name says (a SQL rule on the property event_type). What is there already stays.
[[nodiscard]] evsrc::result<void> declare_store_topic(evsrc::topology& entities);

/// Sends in batches, each message with the properties event_type and priority_shipping and a day
/// to live. `bad_msgs` are among `tot_msgs`; `tot_sales` is price times quantity of the sales that
/// are not malformed.
[[nodiscard]] evsrc::result<evsrc::retail::producer_answer> produce(evsrc::message_bus& bus,
                                                                    producer_options const& with);

}  // namespace retail_example
