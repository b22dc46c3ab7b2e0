// SPDX-License-Identifier: Apache-2.0
// Events and messages that follow from a cause.
#include "evsrc/runtime/effects.hpp"

#include <numeric>

#include "evsrc/core/limits.hpp"
#include "evsrc/runtime/detail/fingerprint.hpp"

namespace evsrc::inline v0 {

result<detail::cause_links const*> effects::cause_known() const {
  if (!cause_) {
    auto found = find_cause();
    if (!found) return fail(std::move(found.error()));
    cause_.emplace(std::move(*found));
    if (cause_->correlation.empty()) cause_->correlation = cause_->id;
  }
  return &*cause_;
}

result<void> effects::stamp(metadata& meta) const {
  auto const cause = cause_known();
  if (!cause) return fail(cause.error());
  auto const now = clock_->now();
  meta.id = make_event_id(now, *random_);
  meta.time = now;
  meta.source = source_;
  meta.causation = (*cause)->id;
  meta.correlation = (*cause)->correlation;
  meta.user = (*cause)->user;
  meta.trace_parent = (*cause)->trace_parent;
  return {};
}

void effects::add(stream_id to, expected_version expected, new_event event) {
  auto& appends = into_->appends;
  bool const joins =
      !appends.empty() && appends.back().stream == to && expected == expected_version::any();
  if (!joins) appends.push_back({std::move(to), expected});
  appends.back().events.push_back(std::move(event));
}

/// The same at each run of the handler, so that a repeat is known as one.
std::string effects::next_message_id(detail::cause_links const& links) {
  std::string const& root = links.root.empty() ? links.id : links.root;
  std::string const count = "/" + std::to_string(++sent_) + "/";
  auto const fits = [&](std::string const& a, std::string const& b) {
    return a.size() + count.size() + b.size() <= limits::message_id_bytes;
  };
  if (fits(root, source_)) return root + count + source_;
  std::string const shorter = detail::fingerprint_of(source_);
  return (fits(root, shorter) ? root : detail::fingerprint_of(root)) + count + shorter;
}

result<void> effects::send(outgoing_message message) {
  auto const cause = cause_known();
  if (!cause) return fail(cause.error());
  auto const& links = **cause;
  if (message.id.value.empty()) message.id.value = next_message_id(links);
  if (message.causation.empty()) message.causation = links.id;
  if (message.correlation.empty()) message.correlation = links.correlation;
  if (message.trace_parent.empty()) message.trace_parent = links.trace_parent;
  into_->messages.push_back(std::move(message));
  return {};
}

namespace detail {

std::size_t count_effects(commit const& what) noexcept {
  std::size_t count = what.messages.size() + what.cancel.size() + what.appends.size();
  for (auto const& one : what.appends) count += one.events.size();
  return count;
}

bool is_half_full(commit const& what) noexcept {
  auto const events = [](std::size_t sum, append const& one) { return sum + one.events.size(); };
  bool const has_many = what.once.size() >= limits::commit_once / 2 ||
                        what.appends.size() >= limits::commit_streams / 2 ||
                        what.messages.size() >= limits::commit_messages / 2 ||
                        what.cancel.size() >= limits::commit_messages / 2 ||
                        std::accumulate(what.appends.begin(), what.appends.end(), std::size_t{0},
                                        events) >= limits::commit_events / 2;
  // Adding all of it up costs more than counting.
  return has_many || (what.once.size() % 32 == 31 && kept_bytes(what) >= limits::commit_bytes / 2);
}

}  // namespace detail
}  // namespace evsrc::inline v0
