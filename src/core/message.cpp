// SPDX-License-Identifier: Apache-2.0
// From a row of the outbox to what a bus carries, and names of dispositions.
#include "evsrc/core/message.hpp"

#include "evsrc/core/settlement.hpp"

namespace evsrc::inline v0 {
namespace {

/// Those set by the caller win.
void offer(property_list& in, std::string_view name, property_value value) {
  if (find_property(in, name) == nullptr) in.emplace_back(std::string{name}, std::move(value));
}

}  // namespace

message to_message(outgoing_message row) {
  message made;
  made.body = std::move(row.body);
  made.content_type = std::move(row.content_type);
  made.id = std::move(row.id);
  made.session_id = std::move(row.key);
  made.correlation_id = std::move(row.correlation);
  made.time_to_live = row.time_to_live;
  made.properties = std::move(row.properties);
  if (!row.type.empty()) {
    made.subject = row.type;
    offer(made.properties, property_names::type, std::move(row.type));
    offer(made.properties, property_names::type_version, std::int64_t{row.type_version});
  }
  if (!row.causation.empty())
    offer(made.properties, property_names::causation, std::move(row.causation));
  if (!row.trace_parent.empty()) {
    offer(made.properties, property_names::diagnostic_id, row.trace_parent);
    offer(made.properties, property_names::trace_parent, std::move(row.trace_parent));
  }
  return made;
}

std::string_view to_string(disposition value) noexcept {
  switch (value) {
    case disposition::complete: return "complete";
    case disposition::abandon: return "abandon";
    case disposition::defer: return "defer";
    case disposition::dead_letter: return "dead_letter";
  }
  return "unlisted";
}

}  // namespace evsrc::inline v0
