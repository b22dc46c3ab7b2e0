// SPDX-License-Identifier: Apache-2.0
// Lets a relay hand due time-outs straight to their saga, without a bus in between.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evsrc/bus/sender.hpp"
#include "evsrc/runtime/saga_handler.hpp"
#include "evsrc/store/event_store.hpp"

namespace evsrc::inline v0 {
namespace detail {

/// The sender's part that is the same for every saga: decodes, commits, tries again on conflicts.
class timeout_sender : public sender {
 public:
  explicit timeout_sender(event_store& store) noexcept : store_(&store) {}

  using sender::send;
  [[nodiscard]] result<void> send(std::span<message const> batch) override;
  [[nodiscard]] result<std::vector<std::int64_t>> schedule(std::span<message const> batch,
                                                           timestamp at) override;
  [[nodiscard]] result<void> cancel_scheduled(std::span<std::int64_t const> numbers) override;
  [[nodiscard]] std::size_t max_batch_bytes() const override { return limits::send_bytes; }

 protected:
  [[nodiscard]] virtual result<void> take(message const& one, commit& into) = 0;

 private:
  event_store* store_;
};

}  // namespace detail

/// Takes the messages of `saga_timeout<S>`: what follows from a batch is one commit. It cannot
/// schedule: the outbox holds time-outs until they are due.
/// @errors of send: malformed: no time-out of this saga; as saga_handler::react and
///   event_store::commit. Nothing was taken, unless error::effect says otherwise; repeats are fine
/// @threads every function may be called from any thread
template <saga S, class Publications = publications<>>
class saga_timeout_sender final : public detail::timeout_sender {
 public:
  saga_timeout_sender(event_store& store, saga_handler<S, Publications> const& saga) noexcept
      : timeout_sender(store), saga_(&saga) {}

 private:
  [[nodiscard]] result<void> take(message const& one, commit& into) override {
    auto const due = decode_json<saga_timeout<S>>(std::string_view(one.body));
    if (!due) return fail(due.error());
    auto const outcome = saga_->react(*due, cause_of(one), into);
    if (!outcome) return fail(outcome.error());
    return {};
  }

  saga_handler<S, Publications> const* saga_;
};

}  // namespace evsrc::inline v0
