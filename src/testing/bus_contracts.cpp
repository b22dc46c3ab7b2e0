// SPDX-License-Identifier: Apache-2.0
// The list of all checks of buses.
#include "evsrc/testing/bus_contracts.hpp"

#include <algorithm>
#include <vector>

#include "bus_contract/bus_workbench.hpp"

namespace evsrc::testing::inline v0 {

std::span<message_bus_check const> message_bus_checks() {
  static auto const all = [] {
    std::vector<message_bus_check> list;
    for (auto const& part :
         {detail::sending_checks(), detail::duplicate_checks(), detail::scheduling_checks(),
          detail::receiving_checks(), detail::lock_checks(), detail::settling_checks(),
          detail::dead_letter_checks(), detail::expiry_checks(), detail::session_checks(),
          detail::peek_checks(), detail::transaction_checks(), detail::topic_checks(),
          detail::rule_checks(), detail::limit_checks(), detail::topology_checks(),
          detail::bus_handle_checks(), detail::bus_race_checks(), detail::bus_process_checks()})
      list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return all;
}

bool covers(message_bus_features const& features, message_bus_check const& check) {
  return std::all_of(check.needs.begin(), check.needs.end(),
                     [&](auto feature) { return feature == nullptr || features.*feature; });
}

verdict run_message_bus_check(std::string_view name, bus_contract_setting const& setting) {
  for (auto const& check : message_bus_checks())
    if (check.name == name) return check.run(setting);
  return verdict::fails("there is no check " + std::string(name));
}

}  // namespace evsrc::testing::inline v0
