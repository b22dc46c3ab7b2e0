// SPDX-License-Identifier: Apache-2.0
// Messages as causes.
#include "evsrc/runtime/message_context.hpp"

namespace evsrc::inline v0 {

std::string message_context::idempotency_key(std::string_view what) const {
  std::string key = around_.consumer + "/" + around_.identity.origin;
  if (!what.empty()) key.append("/").append(what);
  return key;
}

result<void> message_context::keep_alive() {
  if (around_.keep_alive != nullptr) EVSRC_TRY((*around_.keep_alive)());
  if (around_.stop.stop_requested())
    return fail(errc::lock_lost, "the lock of message " + message().id.value + " is lost",
                "message_context.keep_alive");
  return {};
}

result<detail::cause_links> message_context::find_cause() const {
  auto const& from = message();
  detail::cause_links links;
  links.id = around_.identity.origin;
  links.correlation = from.correlation_id;
  links.trace_parent = find_text(from.properties, property_names::trace_parent);
  if (links.trace_parent.empty())
    links.trace_parent = find_text(from.properties, property_names::diagnostic_id);
  if (around_.identity.round != 0)  // what an earlier round sent keeps its ids to itself
    links.root = links.id + "#" + std::to_string(around_.identity.round);
  return links;
}

void message_context::fill(metadata& meta) const {
  auto const known = cause_known();
  if (!known) return;  // cannot happen: a message tells its cause without reading
  auto const& links = **known;
  if (meta.correlation.empty()) meta.correlation = links.correlation;
  if (meta.causation.empty()) meta.causation = links.id;
  if (meta.trace_parent.empty()) meta.trace_parent = links.trace_parent;
}

}  // namespace evsrc::inline v0
