// SPDX-License-Identifier: Apache-2.0
// The text of an explanation.
#include "evsrc/runtime/explanation.hpp"

#include "evsrc/runtime/failure_policy.hpp"

namespace evsrc::inline v0 {
namespace {

std::string describe(failed_event const& event) {
  return event.name + " v" + std::to_string(event.event_version) + " (" + to_string(event.stream) +
         " version " + std::to_string(event.version) + ")";
}

void describe_failure(std::string& text, explanation const& what) {
  if (what.failing) {
    text += " at " + describe(*what.failing) + ": " + to_string(what.failing->why);
    if (what.attempts > 1) text += " (attempt " + std::to_string(what.attempts) + ")";
  } else if (what.trouble) {
    text += ": " + to_string(*what.trouble);
  }
}

}  // namespace

std::string_view to_string(failure_policy policy) noexcept {
  switch (policy) {
    case failure_policy::stop: return "stop";
    case failure_policy::park_key: return "park_key";
    case failure_policy::skip: return "skip";
  }
  return "?";
}

std::string_view to_string(standing value) noexcept {
  switch (value) {
    case standing::idle: return "idle";
    case standing::waiting: return "waiting";
    case standing::catching_up: return "catching up";
    case standing::caught_up: return "caught up";
    case standing::retrying: return "retrying";
    case standing::stopped: return "stopped";
  }
  return "?";
}

std::string to_string(explanation const& what) {
  std::string text = what.name + ": ";
  text += to_string(what.standing);
  if (what.standing == standing::idle) text += ", nobody has polled it yet";
  if (what.standing == standing::waiting) text += ", another runner owns it";
  describe_failure(text, what);
  if (what.standing != standing::caught_up || what.events_behind != 0)
    text += "; " + std::string(what.events_behind_is_a_floor ? "at least " : "") +
            std::to_string(what.events_behind) + " events behind";
  for (auto const& key : what.parked)
    text += "; parked from " + describe(key) + ": " + to_string(key.why);
  if (what.skipped != 0) text += "; " + std::to_string(what.skipped) + " events skipped";
  if (what.owner.epoch != 0)
    text += "; owner " + (what.owner.holder.empty() ? "nobody" : what.owner.holder) + ", epoch " +
            std::to_string(what.owner.epoch);
  if (what.last_progress != timestamp{}) text += "; last progress " + to_string(what.last_progress);
  if (!what.rebuild.empty()) text += "; rebuild beside it: " + what.rebuild;
  return text;
}

}  // namespace evsrc::inline v0
