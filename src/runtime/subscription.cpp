// SPDX-License-Identifier: Apache-2.0
// Handlers and the commits that their effects stand in.
#include "evsrc/runtime/subscription.hpp"

namespace evsrc::inline v0 {
namespace {

detail::runner_settings settings_of(subscription_options const& from) {
  detail::runner_settings made;
  made.name = from.name;
  made.journal_category = "evsrc.subscription";
  made.scope = from.scope;
  made.batch_events = from.batch_events;
  made.on_failure = from.on_failure;
  made.attempts = from.attempts;
  made.patience = from.patience;
  made.heartbeat = from.heartbeat;
  made.holder = from.holder;
  made.clock = from.clock;
  made.random = from.random;
  return made;
}

}  // namespace

subscription::target::target(event_store& store, subscription_options const& options,
                             event_handler handler)
    : store_(&store),
      handler_(std::move(handler)),
      clock_(options.clock != nullptr ? options.clock : &system_clock()),
      random_(options.random != nullptr ? options.random : &system_random()),
      name_(options.name) {}

result<receipt> subscription::target::process(detail::event_batch& batch) {
  if (batch.has_effects) {
    for (std::size_t at = 0; at != batch.events.size(); ++at) {
      if (at != 0 && detail::is_half_full(batch.with)) {
        batch.full_at = at;
        batch.blamed = detail::event_batch::nobody;
        return receipt{};
      }
      batch.blamed = at;
      EVSRC_TRY(handle(*batch.events[at], batch.with));
    }
    batch.blamed = detail::event_batch::nobody;
  }
  return store_->commit(std::move(batch.with));
}

result<void> subscription::target::handle(event_view const& event, commit& with) {
  auto const before = detail::count_effects(with);
  reaction effects(event, with, *clock_, *random_, name_);
  try {
    EVSRC_TRY(handler_(event, effects));
  } catch (...) {
    return fail(detail::history_error(event, detail::thrown_error("the handler")));
  }
  if (detail::count_effects(with) != before)
    detail::add_effect_key(with, "subscription:" + name_, event);
  return {};
}

subscription::subscription(event_store& store, subscription_options const& options,
                           event_handler handler)
    : target_(store, options, std::move(handler)), runner_(store, settings_of(options), target_) {}

}  // namespace evsrc::inline v0
