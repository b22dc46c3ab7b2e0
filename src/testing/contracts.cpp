// SPDX-License-Identifier: Apache-2.0
// The list of all checks.
#include "evsrc/testing/contracts.hpp"

#include <algorithm>
#include <vector>

#include "contract/workbench.hpp"

namespace evsrc::testing::inline v0 {

std::span<event_store_check const> event_store_checks() {
  static auto const all = [] {
    std::vector<event_store_check> list;
    for (auto const& part :
         {detail::commit_checks(), detail::queue_checks(), detail::order_checks(),
          detail::key_checks(), detail::version_checks(), detail::cursor_checks(),
          detail::read_checks(), detail::condition_checks(), detail::owner_checks(),
          detail::outbox_checks(), detail::outbox_due_checks(), detail::snapshot_checks(),
          detail::handle_checks(), detail::race_checks(), detail::process_checks()})
      list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return all;
}

bool covers(event_store_features const& features, event_store_check const& check) {
  return std::all_of(check.needs.begin(), check.needs.end(),
                     [&](auto feature) { return feature == nullptr || features.*feature; });
}

verdict run_event_store_check(std::string_view name, contract_setting const& setting) {
  for (auto const& check : event_store_checks())
    if (check.name == name) return check.run(setting);
  return verdict::fails("there is no check " + std::string(name));
}

}  // namespace evsrc::testing::inline v0
