// SPDX-License-Identifier: Apache-2.0
// What the ledger of keys says, for people.
#include "evsrc/runtime/waiting_keys.hpp"

#include "evsrc/runtime/detail/key_ledger.hpp"

namespace evsrc::inline v0 {

result<std::vector<waiting_key>> find_waiting_keys(event_store& store, std::string_view consumer) {
  detail::key_ledger const ledger(store, system_clock(), system_random(), consumer);
  auto const keys = ledger.keys_not_open();
  if (!keys) return fail(keys.error());
  std::vector<waiting_key> found;
  for (auto const& key : *keys) {
    auto const state = ledger.load(key);
    if (!state) return fail(state.error());
    waiting_key one{key, std::string(to_string(state->standing()))};
    if (state->front) one.message_id = state->front->identity.origin;
    one.reason = state->reason;
    one.description = state->description;
    one.since = state->since;
    one.held = state->held.size();
    found.push_back(std::move(one));
  }
  return found;
}

}  // namespace evsrc::inline v0
