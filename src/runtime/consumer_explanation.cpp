// SPDX-License-Identifier: Apache-2.0
// Checks of a consumer's options, and its explanation as text.
#include "evsrc/runtime/consumer_explanation.hpp"

#include "evsrc/core/limits.hpp"
#include "evsrc/runtime/detail/inbox.hpp"

namespace evsrc::inline v0 {

using std::chrono::milliseconds;

namespace {

std::string describe(milliseconds span) {
  if (span == milliseconds::max()) return "for ever";
  struct unit {
    std::int64_t ms;
    char const* name;
  };
  constexpr unit units[] = {
      {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}, {1, "ms"}};
  std::string text;
  auto rest = span.count();
  for (auto const& one : units) {
    if (rest / one.ms == 0) continue;
    text += (text.empty() ? "" : " ") + std::to_string(rest / one.ms) + one.name;
    rest %= one.ms;
  }
  return text.empty() ? "0s" : text;
}

}  // namespace

result<void> validate(consumer_options const& what) {
  constexpr std::size_t name_bytes = 64;
  if (what.name.empty()) return invalid("name", "empty");
  if (what.name.size() > name_bytes) return invalid("name", "more than 64 bytes");
  if (what.entity.empty()) return invalid("entity", "empty");
  if (what.threads == 0 || what.threads > 1'000) return invalid("threads", "must be 1 to 1000");
  if (what.max_in_flight == 0) return invalid("max_in_flight", "must be at least 1");
  if (what.messages_per_commit == 0 || what.messages_per_commit > limits::receive_messages)
    return invalid("messages_per_commit",
                   "must be 1 to " + std::to_string(limits::receive_messages));
  if (what.keep_order && what.sessions == 0)
    return invalid("keep_order",
                   "needs an entity with sessions: only those are delivered in order");
  if (auto policy = validate(what.retry); !policy) {
    policy.error().message = "retry." + policy.error().message;
    return policy;
  }
  if (what.max_lock_renewal < milliseconds(0)) return invalid("max_lock_renewal", "negative");
  if (what.relay_outage < milliseconds(0)) return invalid("relay_outage", "negative");
  if (what.max_message_age && *what.max_message_age <= milliseconds(0))
    return invalid("max_message_age", "must be above zero");
  if (what.max_held_per_key == 0) return invalid("max_held_per_key", "must be at least 1");
  if (what.failures_before_pause == 0)
    return invalid("failures_before_pause", "must be at least 1");
  return {};
}

milliseconds inbox_window_terms::sum() const noexcept {
  if (message_age == milliseconds::max()) return detail::window_for_ever;
  auto const rest = deliveries + delays + relay_outage;
  auto const room = detail::window_for_ever - rest;
  return message_age >= room ? detail::window_for_ever : message_age + rest;
}

std::string to_string(inbox_window_terms const& what) {
  return describe(what.sum()) + ": messages " + describe(what.message_age) + " + deliveries " +
         describe(what.deliveries) + " + delays " + describe(what.delays) + " + relay outage " +
         describe(what.relay_outage);
}

std::string_view to_string(consumer_standing value) noexcept {
  switch (value) {
    case consumer_standing::idle: return "idle";
    case consumer_standing::running: return "running";
    case consumer_standing::empty: return "empty";
    case consumer_standing::paused: return "paused";
    case consumer_standing::draining: return "draining";
    case consumer_standing::stopped: return "stopped";
  }
  return "?";
}

std::string to_string(consumer_explanation const& what) {
  std::string text = what.name + " on " + what.entity + ": ";
  text += to_string(what.standing);
  if (what.standing == consumer_standing::idle) text += ", nobody has polled it yet";
  if (what.trouble) text += ": " + to_string(*what.trouble);
  auto const& counts = what.counts;
  auto const add = [&](std::uint64_t count, char const* name) {
    if (count != 0) text += "; " + std::to_string(count) + " " + name;
  };
  add(what.in_hand, "in hand");
  add(counts.done, "done");
  add(counts.duplicates, "duplicates");
  add(counts.retried, "tried again later");
  add(counts.deferred, "deferred");
  add(counts.held, "held");
  add(counts.conflicts, "conflicts");
  add(counts.locks_lost, "locks lost");
  for (auto const& [reason, count] : counts.dead_letters)
    add(count, ("dead-lettered as " + reason).c_str());
  for (auto const& key : what.keys) {
    text += "; key " + key.key + " is " + key.standing;
    if (!key.message_id.empty()) text += " by " + key.message_id;
    if (!key.reason.empty()) text += " (" + key.reason + ": " + key.description + ")";
    text += ", holds " + std::to_string(key.held);
  }
  text += "; " + std::to_string(what.attempts) + " attempts; inbox window " +
          describe(what.inbox_window);
  if (what.window_terms.message_age != milliseconds::max())
    text += " (needs " + to_string(what.window_terms) + ")";
  return text;
}

}  // namespace evsrc::inline v0
