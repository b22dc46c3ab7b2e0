// SPDX-License-Identifier: Apache-2.0
// What an input of a saga adds to a commit, as bytes.
#include "evsrc/runtime/detail/saga_step.hpp"

#include <algorithm>
#include <iterator>

#include "evsrc/core/limits.hpp"
#include "evsrc/runtime/detail/command_run.hpp"
#include "evsrc/runtime/detail/fingerprint.hpp"

namespace evsrc::inline v0 {

result<saga_cause> cause_of(event_view const& event) {
  auto meta = event.meta();
  if (!meta) return fail(std::move(meta.error()));
  return saga_cause{to_string(event.id), std::move(meta->correlation), std::move(meta->user),
                    std::move(meta->trace_parent)};
}

saga_cause cause_of(message const& input) {
  auto const origin = find_text(input.properties, property_names::origin_id);
  return {origin.empty() ? input.id.value : std::string(origin),
          input.correlation_id,
          {},
          std::string(find_text(input.properties, property_names::trace_parent))};
}

std::string_view to_string(saga_outcome what) noexcept {
  switch (what) {
    case saga_outcome::reacted: return "reacted";
    case saga_outcome::repeated: return "repeated";
    case saga_outcome::passed_over: return "passed_over";
    case saga_outcome::stale: return "stale";
    case saga_outcome::unaddressed: return "unaddressed";
  }
  return "unlisted";
}

namespace detail {
namespace {

constexpr char const* origin = "saga_handler.react";

std::string scope_of(saga_surroundings const& around) {
  return "saga:" + std::string(around.category);
}

/// One id with another type is a mistake of the sender, not a repeat.
std::string fingerprint_of_type(std::string_view type) {
  constexpr std::size_t fingerprint_bytes = 64;
  return type.size() <= fingerprint_bytes ? std::string(type) : fingerprint_of(type);
}

template <class T>
void move_to_end(std::vector<T>& from, std::vector<T>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

/// As saga_timeout<S>, whatever S is.
struct timeout_fields {
  std::string key;
  std::string name;
  std::uint64_t sequence = 0;
};

/// One that is set in the same commit is not sent at all.
void cancel_in(commit& what, message_id id) {
  auto const set = std::find_if(what.messages.begin(), what.messages.end(),
                                [&](outgoing_message const& one) { return one.id == id; });
  if (set == what.messages.end())
    what.cancel.push_back(std::move(id));
  else
    what.messages.erase(set);
}

}  // namespace

void view_pending(new_event const& event, stream_id const& stream, stream_version version,
                  pending_view& to) {
  to.payload.assign(event.payload).append(payload_padding, '\0');
  to.encoded_metadata.clear();
  encode_metadata(event.meta, to.encoded_metadata);
  to.view.category = stream.category;
  to.view.key = stream.key;
  to.view.version = version;
  to.view.name = event.name;
  to.view.event_version = event.version;
  to.view.payload = std::string_view(to.payload).substr(0, event.payload.size());
  to.view.id = event.meta.id;
  to.view.time = event.meta.time;
  to.view.encoded_metadata = to.encoded_metadata;
}

std::string timeouts_key(std::string_view category, std::string_view key) {
  return std::string(category).append("/").append(key);
}

saga_surroundings saga_surroundings_of(stream_store& store, idempotency_store& keys,
                                       std::string timeouts_to, std::string source,
                                       std::chrono::seconds keep_inputs_for, clock* time,
                                       random_source* random, std::string_view category) {
  if (timeouts_to.empty()) timeouts_to = std::string(category) + ".timeouts";
  if (source.empty()) source = category;
  return {&store,
          &keys,
          time != nullptr ? time : &system_clock(),
          random != nullptr ? random : &system_random(),
          std::move(timeouts_to),
          std::move(source),
          keep_inputs_for,
          category};
}

saga_writes::saga_writes(saga_surroundings const& around, std::string const& key,
                         saga_cause const& cause, commit& into)
    : around_(around), key_(key), cause_(cause), into_(&into), now_(around.time->now()) {
  meta_.source = around.source;
  meta_.correlation = cause.correlation.empty() ? cause.id : cause.correlation;
  meta_.causation = cause.id;
  meta_.user = cause.user;
  meta_.trace_parent = cause.trace_parent;
}

command_stamp saga_writes::stamp() const noexcept {
  command_stamp made;
  made.given = &meta_;
  made.now = now_;
  made.random = around_.random;
  return made;
}

result<bool> saga_writes::is_known(std::string_view type) const {
  if (cause_.id.empty()) return invalid("id", "an input without one cannot be told from a repeat");
  if (key_.size() > limits::session_id_bytes)
    return invalid("key", std::to_string(key_.size()) + " bytes, at most " +
                              std::to_string(limits::session_id_bytes) + " are allowed");
  auto const scope = scope_of(around_);
  auto const judge = [&](std::string const& fingerprint) -> result<bool> {
    if (fingerprint == fingerprint_of_type(type)) return true;
    return fail(errc::key_reused, "the id " + cause_.id + " was that of another input before",
                origin);
  };
  for (auto const& entry : into_->once)
    if (entry.scope == scope && entry.key == cause_.id) return judge(entry.fingerprint);
  auto const found = around_.keys->find_once(scope, cause_.id);
  if (!found) return fail(found.error());
  return *found ? judge((*found)->fingerprint) : result<bool>(false);
}

saga_outcome saga_writes::conclude(saga_outcome what, std::string_view type) {
  for (auto& id : own_.cancel) cancel_in(*into_, std::move(id));
  move_to_end(own_.appends, into_->appends);
  move_to_end(own_.messages, into_->messages);
  into_->once.push_back({scope_of(around_), cause_.id, fingerprint_of_type(type),
                         std::string(to_string(what)), key_expiry(now_, around_.keep_inputs_for)});
  return what;
}

outgoing_message saga_writes::message(std::string destination, std::string key,
                                      event_name const& type, std::string body) const {
  outgoing_message made;
  made.destination = std::move(destination);
  made.key = std::move(key);
  made.type = type.name;
  made.type_version = type.version;
  made.body = std::move(body);
  made.correlation = meta_.correlation;
  made.causation = cause_.id;
  made.trace_parent = cause_.trace_parent;
  return made;
}

result<void> saga_writes::send(std::string destination, std::string key, event_name const& type,
                               std::string body) {
  if (destination.empty()) return invalid("destination", "empty");
  if (key.empty()) key = key_;
  auto made = message(std::move(destination), std::move(key), type, std::move(body));
  // The same input gives the same ids: brokers can tell a repeat.
  auto const number = "/" + std::to_string(++sent_);
  std::string stem = cause_.id + "/" + std::string(around_.category);
  if (stem.size() + number.size() > limits::message_id_bytes) stem = fingerprint_of(stem);
  made.id.value = stem + number;
  own_.messages.push_back(std::move(made));
  return {};
}

result<void> saga_writes::set_timeout(timeout_book& book, std::string const& name,
                                      std::chrono::milliseconds after, event_name const& type) {
  EVSRC_TRY(check_timeout(name, after));
  auto const set = book.set(name, now_ + after);
  if (!set) return fail(set.error());
  std::string body;
  EVSRC_TRY(encode_json(timeout_fields{key_, name, set->sequence}, body));
  auto made = message(around_.timeouts_to, key_, type, std::move(body));
  made.id = timeout_id(around_.category, key_, name, set->sequence);
  made.not_before = set->due;
  own_.messages.push_back(std::move(made));
  return {};
}

result<void> saga_writes::write_timeouts(timeout_book const& book) {
  auto with = stamp();
  return book.write(with, own_);
}

}  // namespace detail
}  // namespace evsrc::inline v0
