// SPDX-License-Identifier: Apache-2.0
// The part of a command's run that is the same for every state.
#include "evsrc/runtime/detail/command_run.hpp"

#include "evsrc/runtime/detail/joint_states.hpp"

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

result<void> check_apart(commit const& whole, stream_id const& stream) {
  for (auto const& there : whole.appends)
    if (there.stream == stream && !there.events.empty())
      return fail(errc::unsupported,
                  "the message's commit writes stream " + to_string(stream) +
                      " already: decide before emitting, and with one cache for all handlers",
                  "message_context.handle");
  return {};
}

error joint_state_lost(stream_id const& stream) {
  return {errc::unsupported,
          "a second command on " + to_string(stream) +
              " in one commit: its state is read from the store after each commit, or an earlier "
              "command failed half-way",
          "message_context.handle"};
}

}  // namespace evsrc::inline v0::detail
