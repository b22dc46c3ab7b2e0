// SPDX-License-Identifier: Apache-2.0
// The checks of event stores as GoogleTest tests.
#include "contract/register_checks.hpp"
#include "evsrc/testing/contracts.hpp"

namespace evsrc::testing::inline v0 {

void register_event_store_contract(std::string const& name, store_place_factory make_place,
                                   event_store_features features) {
  detail::register_checks(name + "_event_store", event_store_checks(),
                          &event_store_check::guarantee,
                          contract_setting{std::move(make_place), features});
}

}  // namespace evsrc::testing::inline v0
