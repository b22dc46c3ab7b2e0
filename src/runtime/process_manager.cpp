// SPDX-License-Identifier: Apache-2.0
// What feeds a saga: options of its subscription, and time-outs that a relay hands on.
#include "evsrc/runtime/process_manager.hpp"

#include "evsrc/runtime/detail/command_run.hpp"

namespace evsrc::inline v0::detail {

subscription_options feed_options(process_manager_options from, std::string_view category,
                                  query inputs) {
  auto made = std::move(from.feed);
  if (made.name.empty()) made.name = "saga:" + std::string(category);
  if (made.clock == nullptr) made.clock = from.saga.clock;
  if (made.random == nullptr) made.random = from.saga.random;
  made.scope = std::move(inputs);
  return made;
}

result<void> timeout_sender::send(std::span<message const> batch) {
  constexpr int attempts = 5;
  for (int attempt = 1;; ++attempt) {
    commit what;
    for (std::size_t at = 0; at != batch.size(); ++at) {
      auto taken = take(batch[at], what);
      if (taken) continue;
      taken.error().message = "messages[" + std::to_string(at) + "]: " + taken.error().message;
      return fail(std::move(taken.error()));
    }
    auto const done = store_->commit(std::move(what));
    if (done && !done->duplicate) return {};
    // Others moved the saga, or took one of these: what follows is found out anew.
    bool const again = done || is_conflict(done.error());
    if (!again) return fail(done.error());
    if (attempt == attempts)
      return fail(errc::unavailable, "others change the same sagas", "saga_timeout_sender.send");
  }
}

result<std::vector<std::int64_t>> timeout_sender::schedule(std::span<message const>, timestamp) {
  return fail(errc::unsupported, "time-outs wait in the outbox", "saga_timeout_sender.schedule");
}

result<void> timeout_sender::cancel_scheduled(std::span<std::int64_t const>) {
  return fail(errc::unsupported, "time-outs wait in the outbox",
              "saga_timeout_sender.cancel_scheduled");
}

}  // namespace evsrc::inline v0::detail
