// SPDX-License-Identifier: Apache-2.0
// The part of a command's run that is the same for every state.
#include "evsrc/runtime/detail/command_run.hpp"

#include "evsrc/runtime/detail/joint_commit.hpp"

namespace evsrc::inline v0::detail {

timestamp key_expiry(timestamp now, std::chrono::seconds keep_for) noexcept {
  auto const room = std::chrono::floor<std::chrono::seconds>(timestamp::max() - now);
  return keep_for >= room ? timestamp::max() : now + keep_for;
}

error deadline_error(error last) {
  last.message = "gave up at the deadline: " + last.message;
  return last;
}

result<receipt> commit_through(stream_store& store, commit&& what,
                               std::chrono::milliseconds deadline) {
  return store.append_stream(
      {std::move(what.appends.front()), std::move(what.messages), std::move(what.once)},
      {.deadline = deadline});
}

result<receipt> commit_through(event_store& store, commit&& what,
                               std::chrono::milliseconds deadline) {
  return store.commit(std::move(what), {.deadline = deadline});
}

result<void> check_disjoint(commit const& whole, std::vector<append> const& added) {
  for (auto const& one : added)
    for (auto const& there : whole.appends)
      if (there.stream == one.stream && !there.events.empty())
        return fail(errc::unsupported,
                    "the message's commit writes stream " + to_string(one.stream) +
                        " already: decide before emitting, and once per handler and state",
                    "message_context.handle");
  return {};
}

}  // namespace evsrc::inline v0::detail
