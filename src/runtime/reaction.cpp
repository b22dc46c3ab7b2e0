// SPDX-License-Identifier: Apache-2.0
// Events as causes.
#include "evsrc/runtime/reaction.hpp"

namespace evsrc::inline v0 {

result<detail::cause_links> reaction::find_cause() const {
  auto meta = event_->meta();
  if (!meta) return fail(std::move(meta.error()));
  return detail::cause_links{to_string(event_->id), std::move(meta->correlation),
                             std::move(meta->user), std::move(meta->trace_parent)};
}

namespace detail {

void add_effect_key(commit& what, std::string const& scope, event_view const& cause) {
  idempotency_entry entry;
  entry.scope = scope;
  entry.key = to_string(cause.id);
  entry.fingerprint = "event";
  what.once.push_back(std::move(entry));
}

}  // namespace detail
}  // namespace evsrc::inline v0
