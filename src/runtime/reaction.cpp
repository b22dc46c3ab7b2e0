// SPDX-License-Identifier: Apache-2.0
// Events and messages that follow from an event.
#include "evsrc/runtime/reaction.hpp"

#include "evsrc/runtime/detail/fingerprint.hpp"

namespace evsrc::inline v0 {

result<void> reaction::stamp(metadata& meta) const {
  auto cause = cause_->meta();
  if (!cause) return fail(cause.error());
  auto const now = clock_->now();
  meta.id = make_event_id(now, *random_);
  meta.time = now;
  meta.source = source_;
  meta.causation = to_string(cause_->id);
  meta.correlation = cause->correlation.empty() ? meta.causation : std::move(cause->correlation);
  meta.user = std::move(cause->user);
  meta.trace_parent = std::move(cause->trace_parent);
  return {};
}

void reaction::add(stream_id to, expected_version expected, new_event event) {
  auto& appends = into_->appends;
  bool const joins =
      !appends.empty() && appends.back().stream == to && expected == expected_version::any();
  if (!joins) appends.push_back({std::move(to), expected});
  appends.back().events.push_back(std::move(event));
}

result<void> reaction::send(outgoing_message message) {
  auto const cause = cause_->meta();
  if (!cause) return fail(cause.error());
  auto const event_id_text = to_string(cause_->id);
  if (message.id.value.empty()) {
    constexpr std::size_t broker_id_bytes = 128;
    std::string const id = event_id_text + "/" + std::to_string(++sent_) + "/";
    bool const fits = id.size() + source_.size() <= broker_id_bytes;
    message.id.value = id + (fits ? source_ : detail::fingerprint_of(source_));
  }
  if (message.causation.empty()) message.causation = event_id_text;
  if (message.correlation.empty())
    message.correlation = cause->correlation.empty() ? event_id_text : cause->correlation;
  if (message.trace_parent.empty()) message.trace_parent = cause->trace_parent;
  into_->messages.push_back(std::move(message));
  return {};
}

namespace detail {

std::size_t count_effects(commit const& what) noexcept {
  std::size_t count = what.messages.size() + what.cancel.size() + what.appends.size();
  for (auto const& one : what.appends) count += one.events.size();
  return count;
}

void add_effect_key(commit& what, std::string const& scope, event_view const& cause) {
  idempotency_entry entry;
  entry.scope = scope;
  entry.key = to_string(cause.id);
  entry.fingerprint = "event";
  what.once.push_back(std::move(entry));
}

}  // namespace detail
}  // namespace evsrc::inline v0
