// SPDX-License-Identifier: Apache-2.0
// The part of a command's run that is the same for every state.
#include "evsrc/runtime/detail/command_run.hpp"

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

}  // namespace evsrc::inline v0::detail
