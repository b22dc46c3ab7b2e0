// SPDX-License-Identifier: Apache-2.0
// Metadata of events, messages that carry them, and errors that name them.
#include "evsrc/runtime/detail/event_writer.hpp"

#include <exception>

#include "evsrc/runtime/detail/fingerprint.hpp"
#include "evsrc/runtime/detail/replay.hpp"

namespace evsrc::inline v0::detail {

metadata stamped(command_stamp& stamp, std::size_t index, stream_id const& stream) {
  metadata made = *stamp.given;
  if (index >= stamp.ids.size())
    stamp.ids.push_back(index == 0 && !made.id.is_nil() ? made.id
                                                        : make_event_id(stamp.now, *stamp.random));
  made.id = stamp.ids[index];
  made.time = stamp.now;
  if (made.source.empty()) made.source = stamp.source;
  if (made.subject.empty()) made.subject.append(stream.category).append("/").append(stream.key);
  if (made.correlation.empty()) made.correlation = to_string(stamp.ids.front());
  if (made.causation.empty()) made.causation = stamp.key;
  return made;
}

outgoing_message carrying(new_event const& event, std::string_view destination, std::string key) {
  constexpr std::size_t broker_id_bytes = 128;
  std::string const event_id_text = to_string(event.meta.id);
  std::string id = event_id_text + "-" + std::string(destination);
  if (id.size() > broker_id_bytes) id = event_id_text + "-" + fingerprint_of(destination);
  outgoing_message made;
  made.id.value = std::move(id);
  made.destination = destination;
  made.key = std::move(key);
  made.type = event.name;
  made.type_version = event.version;
  made.body = event.payload;
  made.correlation = event.meta.correlation;
  made.causation = event_id_text;
  made.trace_parent = event.meta.trace_parent;
  return made;
}

error event_error(event_name const& name, error reason) {
  reason.message = "event " + std::string(name.name) + ": " + reason.message;
  return reason;
}

error history_error(event_view const& view, error reason) {
  reason.message = "stream " + std::string(view.category) + "-" + std::string(view.key) +
                   " version " + std::to_string(view.version) + ", event " +
                   std::string(view.name) + " v" + std::to_string(view.event_version) + ": " +
                   reason.message;
  return reason;
}

error thrown_error(std::string_view function) {
  std::string what(function);
  try {
    throw;
  } catch (std::exception const& thrown) {
    what.append(" threw: ").append(thrown.what());
  } catch (...) {
    what.append(" threw something that is no std::exception");
  }
  return {errc::handler_failed, std::move(what), "command_handler.handle"};
}

}  // namespace evsrc::inline v0::detail
