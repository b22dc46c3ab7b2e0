// SPDX-License-Identifier: Apache-2.0
// The checks of buses as GoogleTest tests.
#include "contract/register_checks.hpp"
#include "evsrc/testing/bus_contracts.hpp"

namespace evsrc::testing::inline v0 {

void register_bus_contract(std::string const& name, bus_place_factory make_place,
                           message_bus_features features) {
  detail::register_checks(name + "_message_bus", message_bus_checks(),
                          &message_bus_check::behaviour,
                          bus_contract_setting{std::move(make_place), features});
}

}  // namespace evsrc::testing::inline v0
