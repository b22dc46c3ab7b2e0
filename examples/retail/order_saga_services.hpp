// SPDX-License-Identifier: Apache-2.0
// The services as the saga's hands: each takes commands from a queue of its own, does the step, and
// knows nothing of what comes before or after.
#pragma once

#include "evsrc/runtime/router.hpp"
#include "order_steps.hpp"

namespace retail_example {

[[nodiscard]] evsrc::router inventory_commands(service_surroundings const& around);
[[nodiscard]] evsrc::router payment_commands(service_surroundings const& around,
                                             outside_services& outside);
[[nodiscard]] evsrc::router shipping_commands(service_surroundings const& around,
                                              outside_services& outside);

}  // namespace retail_example
