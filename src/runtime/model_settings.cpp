// SPDX-License-Identifier: Apache-2.0
// What projections of all models have in common.
#include "evsrc/runtime/detail/model_settings.hpp"

namespace evsrc::inline v0::detail {

runner_settings settings_of(projection_options const& from, std::string_view name, query names,
                            bool is_durable) {
  runner_settings made;
  made.name = !from.name.empty() ? from.name : std::string(name);
  if (made.name.empty()) made.name = "projection";
  made.journal_category = "evsrc.projection";
  made.scope = std::move(names);
  made.is_durable = is_durable;
  made.batch_events = from.batch_events;
  if (is_durable) made.catch_up_events = from.catch_up_events;
  made.on_failure = from.on_failure;
  made.attempts = from.attempts;
  made.patience = from.patience;
  made.heartbeat = from.heartbeat;
  made.holder = from.holder;
  made.clock = from.clock;
  made.random = from.random;
  return made;
}

}  // namespace evsrc::inline v0::detail
